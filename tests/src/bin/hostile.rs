//! Scans every hostile repository of a folder, one by one, with the built `redan`, and checks what must hold for each.
//!
//! `hostile FOLDER [--redan PATH] [--only PREFIX]`: FOLDER holds `manifest.jsonl` with a line for each case (`id`, `oracle`, `same_as`) and
//! the case's repository under its id. Ends with a table of what failed, and with exit code 1 if anything did.

#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a development tool that starts the program under test and reads its results"
)]

use std::collections::BTreeMap;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

const CANARY: &str = "CANARY-7f3a9c51-DO-NOT-LEAK";
const WALL: Duration = Duration::from_secs(10);
const MEMORY_KIB: u64 = 1 << 20;

struct Outcome {
    exit: Option<i32>,
    wall: Duration,
    peak_kib: u64,
    json: String,
    stderr: String,
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let folder = PathBuf::from(
        arguments.next().ok_or("usage: hostile FOLDER [--redan PATH] [--only PREFIX]")?,
    );
    let mut redan = PathBuf::from("target/release/redan");
    let mut only = String::new();
    while let Some(option) = arguments.next() {
        let value = arguments.next().ok_or("an option without value")?;
        match option.as_str() {
            "--redan" => redan = value.into(),
            "--only" => only = value,
            other => return Err(format!("unknown option {other}").into()),
        }
    }
    let manifest = fs::read_to_string(folder.join("manifest.jsonl"))?;
    let mut failures = vec![];
    let mut fingerprints: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut same = vec![];
    let (mut cases, mut slowest, mut largest) =
        (0, (Duration::ZERO, String::new()), (0, String::new()));
    for line in manifest.lines() {
        let case: serde_json::Value = serde_json::from_str(line)?;
        let id = case["id"].as_str().unwrap_or_default().to_owned();
        let path = folder.join(&id);
        if !id.starts_with(&only) || !path.is_dir() {
            continue;
        }
        let oracle = case["oracle"].as_str().unwrap_or("BASE").to_owned();
        cases += 1;
        let outcome = scan(&redan, &path)?;
        for problem in judge(&oracle, &outcome, &folder) {
            println!("FAIL {id}: {problem}");
            failures.push(format!("{id}: {problem}"));
        }
        if outcome.wall > slowest.0 {
            slowest = (outcome.wall, id.clone());
        }
        if outcome.peak_kib > largest.0 {
            largest = (outcome.peak_kib, id.clone());
        }
        if let Some(twin) = case["same_as"].as_str() {
            same.push((id.clone(), twin.to_owned()));
        }
        fingerprints.insert(id, prints(&outcome.json));
    }
    for (id, twin) in same {
        let skipped = fingerprints.get(&id).is_none_or(Vec::is_empty);
        if let Some(other) = fingerprints.get(&twin)
            && fingerprints.get(&id) != Some(other)
            && !skipped
        {
            println!("FAIL {id}: findings differ from those of {twin}");
            failures.push(id);
        }
    }
    println!(
        "slowest {:.2} s ({}), largest {} MiB ({})",
        slowest.0.as_secs_f64(),
        slowest.1,
        largest.0 / 1024,
        largest.1
    );
    println!("{} passed, {} failed", cases - failures.len().min(cases), failures.len());
    Ok(if failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn scan(redan: &Path, repository: &Path) -> Result<Outcome, Box<dyn Error>> {
    let out = env::temp_dir().join(format!("redan-hostile-{}.json", std::process::id()));
    let err = env::temp_dir().join(format!("redan-hostile-{}.err", std::process::id()));
    let _ = fs::remove_file(&out);
    let begun = Instant::now();
    let mut child = Command::new(redan)
        .arg("scan")
        .arg(repository)
        .args(["--untrusted", "--no-cache", "--output-format", "json", "--output"])
        .arg(&out)
        .env("NO_COLOR", "1")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(fs::File::create(&err)?)
        .spawn()?;
    let status_file = format!("/proc/{}/status", child.id());
    let mut peak_kib = 0;
    let status = loop {
        // The high-water mark only grows, so the last reading before the end is close to the truth.
        if let Ok(status) = fs::read_to_string(&status_file) {
            let mark = status.lines().find_map(|l| l.strip_prefix("VmHWM:"));
            let kib = mark.and_then(|l| l.split_whitespace().next()?.parse().ok());
            peak_kib = kib.unwrap_or(peak_kib).max(peak_kib);
        }
        if let Some(status) = child.try_wait()? {
            break Some(status);
        }
        if begun.elapsed() > WALL * 3 {
            child.kill()?;
            child.wait()?;
            break None;
        }
        thread::sleep(Duration::from_millis(3));
    };
    Ok(Outcome {
        exit: status.and_then(|s| s.code()),
        wall: begun.elapsed(),
        peak_kib,
        json: fs::read_to_string(&out).unwrap_or_default(),
        stderr: String::from_utf8_lossy(&fs::read(&err)?).into_owned(),
    })
}

fn judge(oracle: &str, outcome: &Outcome, folder: &Path) -> Vec<String> {
    let mut problems = vec![];
    match outcome.exit {
        Some(0..=3) => {}
        Some(code) => problems.push(format!(
            "exit code {code}: {}",
            outcome.stderr.lines().next().unwrap_or_default()
        )),
        None => problems.push("killed, or ended by a signal".to_owned()),
    }
    if outcome.stderr.contains("panicked") {
        problems.push("a panic".to_owned());
    }
    if outcome.wall > WALL {
        problems.push(format!("took {:.1} s", outcome.wall.as_secs_f64()));
    }
    if outcome.peak_kib > MEMORY_KIB {
        problems.push(format!("took {} MiB", outcome.peak_kib / 1024));
    }
    let report: serde_json::Value = serde_json::from_str(&outcome.json).unwrap_or_default();
    let list = |key: &str| report["coverage"][key].as_array().map_or(0, Vec::len);
    let unseen = report["coverage"]["unseen"].as_object().map_or(0, serde_json::Map::len);
    // A file that no extractor had a reason to parse cannot hit a limit: the report says how many were parsed.
    let unparsed = usize::from(report["coverage"]["parsed"] == 0);
    let told =
        list("skipped") + unseen + unparsed + report["diagnostics"].as_array().map_or(0, Vec::len);
    match oracle {
        // A case that was read whole has nothing to tell; the report must then say so.
        "WARN" if told == 0 && report["complete"] != true => {
            problems.push("nothing was told of what was skipped or limited".to_owned());
        }
        "CLEAN" => {
            let limited =
                report["coverage"]["skipped"].as_array().into_iter().flatten().find(|s| {
                    matches!(s["reason"].as_str(), Some("limit" | "too-large" | "syntax"))
                });
            if let Some(limited) = limited {
                problems.push(format!("a limit was hit: {limited}"));
            }
        }
        _ => {}
    }
    if outcome.json.contains(CANARY) || outcome.stderr.contains(CANARY) {
        problems.push("a secret was shown".to_owned());
    }
    if folder.join("_outside/EXECUTED").exists() {
        problems.push("something was executed".to_owned());
    }
    problems
}

fn prints(json: &str) -> Vec<String> {
    let report: serde_json::Value = serde_json::from_str(json).unwrap_or_default();
    let findings = report["findings"].as_array().cloned().unwrap_or_default();
    findings.iter().filter_map(|f| f["fingerprint"].as_str().map(str::to_owned)).collect()
}
