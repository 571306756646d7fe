//! The command line of Redan.
//!
//! Comes in: arguments. Goes out: text on standard output, progress and diagnostics on standard error, an exit
//! code. All work is done by `redan-engine`; only [`os`] touches files, the environment and the clock.

mod args;
mod cache;
mod commands;
mod config;
mod error_pages;
mod help;
mod load;
mod os;
mod pages;
mod plan;
mod session;
mod texts;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;

use args::{Cli, Command};
use session::{Exit, Session};
use texts::Said;

/// Enough for the deepest structures that the limits allow.
const STACK_BYTES: usize = 64 << 20;

fn main() -> ExitCode {
    let arguments = os::arguments();
    let language = texts::before_parsing(&arguments);
    let cli = match Cli::try_parse_from(&arguments) {
        Ok(cli) => cli,
        Err(error) => return shown(error, arguments, language),
    };
    let worker = std::thread::Builder::new().stack_size(STACK_BYTES).spawn(move || run(cli));
    let exit = match worker.map(std::thread::JoinHandle::join) {
        Ok(Ok(exit)) => exit,
        Ok(Err(_)) => internal(language),
        Err(_) => Exit::Internal,
    };
    ExitCode::from(exit.code())
}

/// Shows help, the version or a mistake in the use, in the language of the user.
fn shown(error: clap::Error, arguments: Vec<OsString>, language: usize) -> ExitCode {
    let code = u8::try_from(error.exit_code()).unwrap_or(Exit::Usage.code());
    let translated = help::translated(language);
    let error =
        translated.and_then(|command| command.try_get_matches_from(arguments).err()).ok_or(error);
    match error {
        Ok(error) if error.use_stderr() && !is_help(&error) => {
            anstream::eprint!("{}", help::wrong_use(&error, language));
        }
        // A reader that went away is no error.
        Ok(error) | Err(error) => _ = error.print(),
    }
    ExitCode::from(code)
}

/// Whether an error is the help that is shown to who says nothing.
fn is_help(error: &clap::Error) -> bool {
    error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
}

/// The panic's message was written by the hook; this says how to go on.
fn internal(language: usize) -> Exit {
    let [defect, report] =
        [Said::Defect, Said::DefectReport].map(|said| texts::say(language, said, &[]));
    anstream::eprintln!("{defect}\n{report}");
    Exit::Internal
}

fn run(cli: Cli) -> Exit {
    let mut pool = rayon::ThreadPoolBuilder::new().stack_size(16 << 20);
    if let Some(threads) = cli.global.threads {
        pool = pool.num_threads(threads);
    }
    // A pool that cannot be made leaves rayon's own.
    let _ = pool.build_global();
    let mut session = match Session::new(cli.global) {
        Ok(session) => session,
        Err(exit) => return exit,
    };
    let session = &mut session;
    let exit = match &cli.command {
        Command::Scan(arguments) => commands::scan::run(arguments, session),
        Command::Model(arguments) => commands::model::run(arguments, session),
        Command::Report(arguments) => commands::report::run(arguments, session),
        Command::Facts(arguments) => commands::facts::run(arguments, session),
        Command::Query(arguments) => commands::query::run(arguments, session),
        Command::Explain(arguments) => commands::explain::run(arguments, session),
        Command::WhyNot(arguments) => commands::why_not::run(arguments, session),
        Command::Check(arguments) => commands::check::run(arguments, session),
        Command::Fmt(arguments) => commands::fmt::run(arguments, session),
        Command::Test(arguments) => commands::test::run(arguments, session),
        Command::Lint(arguments) => commands::lint::run(arguments, session),
        Command::Rules(arguments) => commands::rules::run(arguments, session),
        Command::Docs(arguments) => commands::docs::run(arguments, session),
        Command::New(arguments) => commands::new::run(arguments, session),
        Command::Completions(arguments) => commands::completions::run(arguments, session),
    };
    session.hide();
    exit
}
