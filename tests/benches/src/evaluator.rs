//! The evaluator beside rules that were compiled into Rust by `ascent`, over the same generated facts, in one run.
//!
//! `cargo bench --manifest-path tests/benches/Cargo.toml [-- NAME…]` prints a row for each program (or each named one): the median of
//! five runs, on two threads, on one, and by `ascent`, the rows of the answer, and the most memory held in the first run. Each engine runs in a process of its own,
//! so that neither inherits the other's memory. It fails if the engines differ in the number of rows.

mod data;
mod measure;
mod programs;
mod rules;

use std::process::{Command, ExitCode};

use programs::{CASES, Case, Goal, Input};

/// How often each program is run.
const RUNS: usize = 5;

/// Tells a child process what to run: `PROGRAM ENGINE`.
const CHILD: &str = "REDAN_BENCH_CHILD";

/// Who evaluates.
#[derive(Clone, Copy)]
enum Engine {
    /// Redan, on so many threads.
    Redan(usize),
    /// Rules compiled by `ascent`, on one thread: its parallel form was slower.
    Ascent,
}

/// What a child process found out about a program.
struct Figures {
    seconds: f64,
    rows: usize,
    megabytes: u64,
}

fn main() -> ExitCode {
    if let Ok(order) = std::env::var(CHILD) {
        return child(&order);
    }
    // Cargo passes `--bench`.
    let names: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with('-')).collect();
    if let Some(unknown) = names.iter().find(|n| CASES.iter().all(|c| c.name != *n)) {
        let known: Vec<_> = CASES.iter().map(|c| c.name).collect();
        eprintln!("there is no program `{unknown}`; there are {}", known.join(", "));
        return ExitCode::FAILURE;
    }
    println!("medians of {RUNS} runs in seconds; load average at the start {}", measure::load());
    println!(
        "{:<19}{:>10}{:>9}{:>9}{:>9}{:>7}{:>8}{:>8}  reach",
        "program", "rows", "2 thr.", "1 thr.", "ascent", "ratio", "MB", "MB asc."
    );
    let mut before = vec![];
    let mut sound = true;
    for case in CASES.iter().filter(|c| names.is_empty() || names.iter().any(|n| n == c.name)) {
        match row(case, &before) {
            Ok((line, seconds)) => {
                println!("{line}");
                before.push((case.name, seconds));
            }
            Err(reason) => {
                sound = false;
                println!("{:<19}FAILED: {reason}", case.name);
            }
        }
    }
    println!("load average at the end {}", measure::load());
    if sound { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Measures a program: its line of the table, and its time on two threads.
fn row(case: &Case, before: &[(&str, f64)]) -> Result<(String, f64), String> {
    let two = measured(case, Engine::Redan(2))?;
    let one = measured(case, Engine::Redan(1))?;
    let ascent = match case.input {
        Input::Rules { .. } => Some(measured(case, Engine::Ascent)?),
        Input::Own(_) => None,
    };
    for other in std::iter::once(&one).chain(&ascent) {
        if other.rows != two.rows {
            return Err(format!("{} rows, but {} otherwise", two.rows, other.rows));
        }
    }
    let shown = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    let line = format!(
        "{:<19}{:>10}{:>9.3}{:>9.3}{:>9}{:>7}{:>8}{:>8}  {}",
        case.name,
        two.rows,
        two.seconds,
        one.seconds,
        shown(ascent.as_ref().map(|a| format!("{:.3}", a.seconds))),
        shown(ascent.as_ref().map(|a| format!("{:.2}", two.seconds / a.seconds))),
        two.megabytes,
        shown(ascent.as_ref().map(|a| a.megabytes.to_string())),
        verdict(&case.goal, &two, ascent.as_ref(), before),
    );
    Ok((line, two.seconds))
}

/// The goal in words, and whether it was reached.
fn verdict(goal: &Goal, two: &Figures, ascent: Option<&Figures>, before: &[(&str, f64)]) -> String {
    let (words, reached) = match goal {
        Goal::Ascent(times) => {
            (format!("≤ {times} × ascent"), ascent.map(|a| two.seconds <= times * a.seconds))
        }
        Goal::Program(name, times) => {
            let other = before.iter().find(|(n, _)| n == name);
            (format!("≤ {times} × {name}"), other.map(|(_, s)| two.seconds <= times * s))
        }
        Goal::Most(seconds, None) => (format!("≤ {seconds} s"), Some(two.seconds <= *seconds)),
        Goal::Most(seconds, Some(megabytes)) => (
            format!("≤ {seconds} s, ≤ {megabytes} MB"),
            Some(two.seconds <= *seconds && two.megabytes <= *megabytes),
        ),
    };
    match reached {
        Some(true) => format!("{words}: reached"),
        Some(false) => format!("{words}: missed"),
        None => format!("{words}: not compared"),
    }
}

/// Runs a program in a child process.
fn measured(case: &Case, engine: Engine) -> Result<Figures, String> {
    let engine = match engine {
        Engine::Redan(threads) => threads.to_string(),
        Engine::Ascent => "ascent".to_owned(),
    };
    let itself = std::env::current_exe().map_err(|e| e.to_string())?;
    let order = format!("{} {engine}", case.name);
    let output = Command::new(itself).env(CHILD, order).output().map_err(|e| e.to_string())?;
    let text = String::from_utf8_lossy(&output.stdout);
    let mut words = text.split_whitespace();
    let mut figures = || {
        Some(Figures {
            seconds: words.next()?.parse().ok()?,
            rows: words.next()?.parse().ok()?,
            megabytes: words.next()?.parse().ok()?,
        })
    };
    figures().ok_or_else(|| {
        let why = String::from_utf8_lossy(&output.stderr);
        format!("engine {engine} gave no figures ({}): {}", output.status, why.trim())
    })
}

/// In a child process: runs the program and prints the median, the rows and the peak.
fn child(order: &str) -> ExitCode {
    let Some((name, engine)) = order.split_once(' ') else { return ExitCode::FAILURE };
    let Some(case) = CASES.iter().find(|c| c.name == name) else { return ExitCode::FAILURE };
    let threads = engine.parse().ok();
    let Ok(pool) = rayon::ThreadPoolBuilder::new().num_threads(threads.unwrap_or(1)).build() else {
        return ExitCode::FAILURE;
    };
    let mut seconds = vec![];
    let mut rows = 0;
    let mut peak = 0;
    for _ in 0..RUNS {
        let run = match threads {
            Some(_) => Some(pool.install(|| programs::redan(&case.input))),
            None => programs::ascent(&case.input),
        };
        let Some(run) = run else { return ExitCode::FAILURE };
        if seconds.is_empty() {
            // Later runs begin with what the allocator kept of those before.
            peak = measure::peak_megabytes();
        }
        seconds.push(run.seconds);
        rows = run.rows;
    }
    println!("{} {rows} {peak}", measure::median(seconds));
    ExitCode::SUCCESS
}
