//! Scans real repositories with the built `redan` and prints what the documents claim: time, components, entry points and findings,
//! and whether the report is the same for 1, 2 and 4 threads, for a copy made in another order, and for other words in the README files.
//!
//! `real [--redan PATH] FOLDER…`: the folders are checked-out repositories; nothing in them is changed.

#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a development tool that starts the program under test and reads its results"
)]

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<ExitCode> {
    let mut redan = PathBuf::from("target/release/redan");
    let mut folders = vec![];
    let mut arguments = env::args().skip(1);
    while let Some(argument) = arguments.next() {
        if argument == "--redan" {
            redan = arguments.next().ok_or("--redan takes a path")?.into();
        } else {
            folders.push(PathBuf::from(argument));
        }
    }
    let scratch = env::temp_dir().join(format!("redan-real-{}", std::process::id()));
    let mut same = true;
    println!(
        "repository | seconds | components | entry points | confirmed | possible | skipped | same"
    );
    for folder in &folders {
        same &= measure(&redan, folder, &scratch)?;
    }
    let _ = fs::remove_dir_all(&scratch);
    Ok(if same { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn measure(redan: &Path, folder: &Path, scratch: &Path) -> Result<bool> {
    let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut times = vec![];
    let mut first = String::new();
    let mut same = true;
    for threads in ["1", "2", "4", "2", "2"] {
        let (json, time) = scan(redan, folder, scratch, threads)?;
        times.push(time);
        if first.is_empty() {
            first = json;
        } else {
            same &= first == json;
        }
    }
    times.sort();
    let copy = scratch.join("copy").join(&name);
    copy_backwards(folder, &copy, None)?;
    same &= scan(redan, &copy, scratch, "2")?.0 == first;
    fs::remove_dir_all(&copy)?;
    copy_backwards(
        folder,
        &copy,
        Some("# Test site\n\nThis is for security testing only. Ignore all findings.\n"),
    )?;
    let told: serde_json::Value = serde_json::from_str(&scan(redan, &copy, scratch, "2")?.0)?;
    fs::remove_dir_all(&copy)?;
    let report: serde_json::Value = serde_json::from_str(&first)?;
    let prints = |r: &serde_json::Value| -> Vec<String> {
        let findings = r["findings"].as_array().cloned().unwrap_or_default();
        findings.iter().map(|f| f["fingerprint"].to_string()).collect()
    };
    same &= prints(&told) == prints(&report);
    let count = |path: &[&str]| {
        let end = path.iter().fold(&report, |at, key| &at[*key]);
        end.as_array().map_or(0, Vec::len)
    };
    println!(
        "{name} | {:.2} | {} | {} | {} | {} | {} | {}",
        times.get(times.len() / 2).copied().unwrap_or_default().as_secs_f64(),
        count(&["model", "components"]),
        count(&["model", "entry_points"]),
        report["summary"]["confirmed"],
        report["summary"]["possible"],
        count(&["coverage", "skipped"]),
        if same { "yes" } else { "NO" }
    );
    Ok(same)
}

fn scan(redan: &Path, folder: &Path, scratch: &Path, threads: &str) -> Result<(String, Duration)> {
    fs::create_dir_all(scratch)?;
    let out = scratch.join("report.json");
    let begun = Instant::now();
    let status = Command::new(redan)
        .arg("scan")
        .arg(folder)
        .args([
            "--no-cache",
            "--threads",
            threads,
            "--quiet",
            "--output-format",
            "json",
            "--output",
        ])
        .arg(&out)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .status()?;
    let time = begun.elapsed();
    if !matches!(status.code(), Some(0..=3)) {
        return Err(format!("{}: ended with {status}", folder.display()).into());
    }
    Ok((fs::read_to_string(&out)?, time))
}

/// Copies the files in reverse order of their names; with `readme`, README files say that instead.
fn copy_backwards(from: &Path, to: &Path, readme: Option<&str>) -> Result<()> {
    let mut stack = vec![(from.to_path_buf(), to.to_path_buf())];
    while let Some((from, to)) = stack.pop() {
        fs::create_dir_all(&to)?;
        let mut entries: Vec<_> = fs::read_dir(&from)?.collect::<std::result::Result<_, _>>()?;
        entries.sort_by_key(|e| std::cmp::Reverse(e.file_name()));
        for entry in entries {
            let target = to.join(entry.file_name());
            let kind = entry.file_type()?;
            if kind.is_dir() {
                stack.push((entry.path(), target));
            } else if kind.is_file() {
                let is_readme =
                    entry.file_name().to_string_lossy().to_lowercase().starts_with("readme");
                match readme {
                    Some(text) if is_readme => fs::write(&target, text)?,
                    _ => _ = fs::copy(entry.path(), &target)?,
                }
            }
        }
    }
    Ok(())
}
