//! `redan completions SHELL`: a completion script on standard output.

use clap::CommandFactory;

use crate::args::{Cli, Completions};
use crate::session::{Exit, Session};

/// Prints the script.
pub fn run(arguments: &Completions, session: &mut Session) -> Exit {
    let mut script = vec![];
    clap_complete::generate(arguments.shell, &mut Cli::command(), "redan", &mut script);
    session.print(&String::from_utf8_lossy(&script));
    Exit::Fine
}
