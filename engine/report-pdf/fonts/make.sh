#!/usr/bin/env bash
# Makes the fonts of this folder again. Wants npm and Python with `fonttools` and `brotli`; works in a scratch folder.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
scratch="$(mktemp -d)"
trap 'rm -r "$scratch"' EXIT
cd "$scratch"

for package in noto-sans@0.4.2 noto-sans-mono@0.4.2 noto-sans-symbols-2@0.4.1 noto-sans-jp@0.4.3; do
  npm pack --silent "@expo-google-fonts/$package" | xargs tar xzf
  mv package "${package%@*}"
done

# The characters of JIS X 0208, with the additions that Windows-31J made to it: circled numbers and kanji of names.
# Bold has the kana, signs and kanji of level 1 alone; a program falls back to the regular weight for rarer kanji.
python3 - <<'PY'
def characters(rows, codec):
    for row in rows:
        for cell in range(1, 95):
            lead, odd = divmod(row - 1, 2)
            first = lead + (0x81 if lead < 31 else 0xc1)
            second = cell + 0x9e if odd else cell + (0x3f if cell < 64 else 0x40)
            try:
                yield bytes([first, second]).decode(codec)
            except UnicodeDecodeError:
                pass
half = {chr(c) for c in range(0xff61, 0xffa0)}
every = set(characters(range(1, 121), "cp932")) | half
common = set(characters(range(1, 48), "cp932")) | half
open("every.txt", "w").write("".join(sorted(every)))
open("common.txt", "w").write("".join(sorted(common)))
PY

latin=U+0020-024F,U+0259,U+02C6-02DD,U+0300-0345,U+0370-03FF,U+0400-052F,U+1E00-1EFF,U+2010-205E,U+2070-209C,U+20A0-20C0,U+2100-214F,U+2190-21FF,U+2200-22FF,U+25A0-25FF,U+FFFD
subset() {
  pyftsubset "$1" --output-file="$here/$2" "${@:3}" --no-hinting --notdef-outline --layout-features=kern,ccmp,locl,mark,mkmk
}
subset noto-sans/400Regular/NotoSans_400Regular.ttf NotoSans-Regular.ttf --unicodes="$latin"
subset noto-sans/700Bold/NotoSans_700Bold.ttf NotoSans-Bold.ttf --unicodes="$latin"
subset noto-sans-mono/400Regular/NotoSansMono_400Regular.ttf NotoSansMono-Regular.ttf --unicodes="$latin,U+2500-257F"
subset noto-sans-symbols-2/400Regular/NotoSansSymbols2_400Regular.ttf NotoSansSymbols2-Regular.ttf --unicodes=U+2600-27BF
subset noto-sans-jp/400Regular/NotoSansJP_400Regular.ttf NotoSansJP-Regular.ttf --text-file=every.txt
subset noto-sans-jp/700Bold/NotoSansJP_700Bold.ttf NotoSansJP-Bold.ttf --text-file=common.txt
cp noto-sans/LICENSE_FONT "$here/OFL-NotoSans.txt"
cp noto-sans-jp/LICENSE_FONT "$here/OFL-NotoSansJP.txt"
