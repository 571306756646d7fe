"""Judges the formats that Python reads: judge.py FOLDER [SCHEMAS]

Needs `junitparser` and `openpyxl`, and `xmllint`. FOLDER is as for judge.mjs.
"""

import csv
import re
import subprocess
import sys
from pathlib import Path

import openpyxl
from junitparser import JUnitXml

FORMULA = re.compile(r"^[=+\-@\t\r\n＝＋－＠]")
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
failures = []


def must(holds, file, what):
    if not holds:
        failures.append(f"{file}: {what}")


def judge_csv(file):
    with file.open(newline="", encoding="utf-8") as text:
        rows = list(csv.reader(text, strict=True))
    for row in rows:
        must(len(row) == len(rows[0]), file, f"{len(row)} cells in a row of {len(rows[0])}")
        for cell in row:
            must(not FORMULA.match(cell), file, f"formula {cell[:60]!r}")
            must(not CONTROL.search(cell), file, f"control code in {cell[:60]!r}")
    return rows


def judge_xlsx(file):
    book = openpyxl.load_workbook(file)
    for sheet in book:
        must(not sheet._hyperlinks, file, f"links in {sheet.title}")
        for row in sheet.iter_rows():
            for cell in row:
                must(cell.data_type in "sn", file, f"{cell.coordinate} is of type {cell.data_type}")
                must(cell.hyperlink is None, file, f"{cell.coordinate} is a link")
    rows = len(list(file.with_suffix("").parent.glob(file.stem + ".csv"))) and judge_csv(file.with_suffix(".csv"))
    if rows:
        must(book.worksheets[1].max_row == len(rows), file, "not as many findings as in CSV")


def judge_junit(files, schema):
    for file in files:
        told = JUnitXml.fromfile(str(file))
        cases = [case for suite in told for case in suite]
        must(told.tests == len(cases), file, f"{told.tests} tests are told, {len(cases)} are there")
    if not schema.is_file():
        print(f"no {schema.name}: not judged by it")
        return
    for start in range(0, len(files), 200):
        part = [str(f) for f in files[start : start + 200]]
        run = subprocess.run(["xmllint", "--noout", "--schema", str(schema), *part], capture_output=True, text=True)
        for line in run.stderr.splitlines():
            if not line.endswith(" validates"):
                failures.append(line)


def main():
    folder, schemas = Path(sys.argv[1]), Path(sys.argv[2] if len(sys.argv) > 2 else ".")
    of = lambda ending: sorted(p for part in ("fixtures", "trees") for p in (folder / part).glob(f"*.{ending}"))
    for ending, judge in (("csv", judge_csv), ("xlsx", judge_xlsx)):
        before = len(failures)
        for file in of(ending):
            judge(file)
        print(f"{ending}: {len(of(ending))} files, {len(failures) - before} failures")
    before = len(failures)
    judge_junit(of("junit"), schemas / "junit-10.xsd")
    print(f"junit: {len(of('junit'))} files, {len(failures) - before} failures")
    for one in failures[:100]:
        print("FAILED", one)
    print(f"{len(failures)} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
