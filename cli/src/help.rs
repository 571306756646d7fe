//! The help of the command line in other languages than English, and the mistakes in its use.
//!
//! The English texts are the doc comments in [`crate::args`]. Those of other languages are in `texts/help.*.ftl`, by the
//! names of commands and options, and are put over the tree of commands when something of it is shown: a run that only
//! works does not read them.

use std::fmt::Write as _;

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgAction, Command, CommandFactory, Error};
use redan_engine::report::{FluentFile, LANGUAGES, terminal_line, terminal_width, terminal_wrap};

use crate::args::Cli;
use crate::session::Session;
use crate::texts::{Said, say};

/// The files of help in the order of [`LANGUAGES`]; English is in the doc comments.
static FILES: [Option<&str>; LANGUAGES.len()] = [None, Some(include_str!("../texts/help.ja.ftl"))];

/// The command line with all texts in a language; none if that is English.
pub fn translated(language: usize) -> Option<Command> {
    let file = FILES.get(language).copied().flatten()?;
    let (code, _) = LANGUAGES.get(language)?;
    let mut command = Cli::command();
    // What clap adds by itself is there only then.
    command.build();
    let help = Help { texts: FluentFile::new(code, file), width: Session::width() };
    let after = help.texts.text("after-help", None, &[]).unwrap_or_default();
    let after: Vec<String> =
        after.lines().flat_map(|line| terminal_wrap(line, help.width)).collect();
    Some(help.command(command, "redan", "").after_help(after.join("\n")))
}

/// The texts of one language, and how they are laid out.
struct Help {
    texts: FluentFile,
    width: usize,
}

impl Help {
    /// A word for a heading.
    fn word(&self, id: &str) -> String {
        self.texts.text(id, None, &[]).unwrap_or_default()
    }

    /// A command and those below it. `id` is its key, and `path` what the keys of those below begin with.
    fn command(&self, command: Command, id: &str, path: &str) -> Command {
        let columns = Columns::of(&command);
        let mut command = command.mut_args(|arg| self.argument(arg, id, &columns));
        if let Some(about) = self.texts.text(id, None, &[]) {
            // It stands at the margin in its own help, and in a column of the list above it.
            command = command.about(about);
        }
        let header = command.get_styles().get_header().to_owned();
        let mut template = StyledStr::new();
        let usage = self.word("usage");
        let _ = write!(
            template,
            "{{before-help}}{{about-with-newline}}\n{header}{usage}:{header:#} {{usage}}\n\n{{all-args}}{{after-help}}"
        );
        let list = columns.commands;
        command
            .help_template(template)
            .term_width(self.width)
            .subcommand_help_heading(self.word("commands"))
            .subcommand_value_name(self.word("command"))
            .mut_subcommands(|sub| {
                let (id, path) = below(path, sub.get_name());
                let sub = self.command(sub, &id, &path);
                let about = sub.get_about().map(ToString::to_string).unwrap_or_default();
                sub.about(self.wrapped(&about, list))
            })
    }

    fn argument(&self, arg: Arg, command: &str, columns: &Columns) -> Arg {
        let name = arg.get_long().map_or_else(|| arg.get_id().to_string(), str::to_owned);
        let name = name.replace('_', "-");
        let heading = match (arg.get_help_heading(), arg.is_positional()) {
            (Some(_), _) => "general-options",
            (None, true) => "arguments",
            (None, false) => "options",
        };
        let ids = [format!("{command}--{name}"), format!("any--{name}")];
        let text = |attribute| ids.iter().find_map(|id| self.texts.text(id, attribute, &[]));
        let about = text(None)
            .unwrap_or_else(|| arg.get_help().map(ToString::to_string).unwrap_or_default());
        let mut short = about.clone();
        let mut long = about;
        match arg.get_action() {
            ArgAction::Help => {
                let _ = write!(short, " {}", self.word("see-more"));
                let _ = write!(long, " {}", self.word("see-less"));
            }
            action if action.takes_values() => {
                let values = arg.get_possible_values();
                let named: Vec<(&str, Option<String>)> = values
                    .iter()
                    .filter(|v| !v.is_hide_set())
                    .map(|v| {
                        let name = v.get_name();
                        let common = || self.texts.text("values", Some(name), &[]);
                        (name, text(Some(name)).or_else(common))
                    })
                    .collect();
                let names: Vec<&str> = named.iter().map(|(name, _)| *name).collect();
                let fill = |id: &str, key: &str, value: &str| {
                    self.texts.text(id, None, &[(key, value)]).unwrap_or_default()
                };
                let default: Vec<_> =
                    arg.get_default_values().iter().map(|v| v.to_string_lossy()).collect();
                let default =
                    (!default.is_empty()).then(|| fill("default", "value", &default.join(" ")));
                if let Some(default) = &default {
                    let _ = write!(short, " {default}");
                }
                if !names.is_empty() {
                    let list = fill("possible-values", "values", &names.join(", "));
                    let _ = write!(short, " {list}");
                    if named.iter().all(|(_, about)| about.is_none()) {
                        let _ = write!(long, "\n\n{list}");
                    } else {
                        let _ = write!(long, "\n\n{}", self.word("possible-values-heading"));
                        for (name, about) in &named {
                            let _ = write!(long, "\n- {name}: {}", about.as_deref().unwrap_or(""));
                        }
                    }
                }
                if let Some(default) = default {
                    let _ = write!(long, "\n\n{default}");
                }
            }
            _ => {}
        }
        let column = if arg.is_positional() { columns.positional } else { columns.options };
        // Under a heading, arguments without a place of their own would be in the order of their names.
        let arg = match arg.get_index() {
            Some(index) => arg.display_order(index),
            None => arg,
        };
        arg.help_heading(self.word(heading))
            .hide_default_value(true)
            .hide_possible_values(true)
            .help(self.wrapped(&short, column))
            .long_help(self.wrapped(&long, Columns::LONG))
    }

    /// A text in lines that fit behind a column: the library that shows it breaks lines at spaces alone.
    fn wrapped(&self, text: &str, column: usize) -> String {
        let room = self.width.saturating_sub(column).max(20);
        let lines: Vec<String> =
            text.split('\n').flat_map(|line| terminal_wrap_or_empty(line, room)).collect();
        lines.join("\n")
    }
}

/// The key of a command below another, and what the keys below it begin with. `help` stands below each command that has
/// others, and has those below itself once more.
fn below(path: &str, name: &str) -> (String, String) {
    if name == "help" {
        return (name.to_owned(), path.to_owned());
    }
    let id = if path.is_empty() { name.to_owned() } else { format!("{path}-{name}") };
    (id.clone(), id)
}

/// Blank lines stay.
fn terminal_wrap_or_empty(line: &str, room: usize) -> Vec<String> {
    if line.is_empty() { vec![String::new()] } else { terminal_wrap(line, room) }
}

/// Where texts begin behind names.
struct Columns {
    commands: usize,
    positional: usize,
    options: usize,
}

impl Columns {
    /// In long help, texts are below names.
    const LONG: usize = 10;

    fn of(command: &Command) -> Self {
        let widest = |names: &mut dyn Iterator<Item = String>| {
            names.map(|name| terminal_width(&name)).max().unwrap_or(0)
        };
        let mut subcommands = command.get_subcommands().map(|s| s.get_name().to_owned());
        let mut positional =
            command.get_arguments().filter(|a| a.is_positional()).map(ToString::to_string);
        // Room for `-x, ` is before each.
        let options = command.get_arguments().filter(|a| !a.is_positional());
        let mut options = options.map(|a| format!("    {a}"));
        Self {
            commands: widest(&mut subcommands) + 4,
            positional: widest(&mut positional) + 4,
            options: widest(&mut options) + 4,
        }
    }
}

/// What is wrong with the use, as a person reads it.
pub fn wrong_use(error: &Error, language: usize) -> String {
    let say = |said, values: &[&str]| say(language, said, values);
    let context = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(terminal_line(text)),
        Some(ContextValue::Strings(texts)) => {
            Some(texts.iter().map(|t| terminal_line(t)).collect::<Vec<_>>().join(", "))
        }
        Some(ContextValue::Number(number)) => Some(number.to_string()),
        _ => None,
    };
    let argument = context(ContextKind::InvalidArg).unwrap_or_default();
    let value = context(ContextKind::InvalidValue).unwrap_or_default();
    let what = match error.kind() {
        ErrorKind::InvalidValue if value.is_empty() => say(Said::UseValueMissing, &[&argument]),
        ErrorKind::InvalidValue => say(Said::UseValue, &[&value, &argument]),
        // Of the values only numbers are checked by more than a list.
        ErrorKind::ValueValidation => say(Said::UseNumber, &[&value, &argument]),
        ErrorKind::UnknownArgument => say(Said::UseUnknown, &[&argument]),
        ErrorKind::InvalidSubcommand => {
            let command = context(ContextKind::InvalidSubcommand).unwrap_or_default();
            say(Said::UseCommand, &[&command])
        }
        ErrorKind::ArgumentConflict => match context(ContextKind::PriorArg) {
            Some(other) if other != argument => say(Said::UseConflict, &[&argument, &other]),
            _ => say(Said::UseTwice, &[&argument]),
        },
        ErrorKind::MissingRequiredArgument => say(Said::UseMissing, &[&argument]),
        ErrorKind::MissingSubcommand => say(Said::UseNoCommand, &[]),
        ErrorKind::TooManyValues => say(Said::UseTooMany, &[&value, &argument]),
        ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues => {
            say(Said::UseValueMissing, &[&argument])
        }
        ErrorKind::InvalidUtf8 => say(Said::UseNoText, &[]),
        // Help and versions are no mistakes, and others have no texts of their own here.
        _ => return error.render().to_string(),
    };
    let mut out = format!("{}: {what}\n", say(Said::Error, &[]));
    let possible = [ContextKind::ValidValue, ContextKind::ValidSubcommand];
    if let Some(values) = possible.into_iter().find_map(context).filter(|v| !v.is_empty()) {
        let _ = writeln!(out, "  {}", say(Said::UsePossible, &[&values]));
    }
    let suggested =
        [ContextKind::SuggestedArg, ContextKind::SuggestedValue, ContextKind::SuggestedSubcommand];
    if let Some(meant) = suggested.into_iter().find_map(context) {
        let _ = writeln!(out, "  {}", say(Said::UseMeant, &[&meant]));
    }
    if let Some(ContextValue::StyledStr(usage)) = error.get(ContextKind::Usage) {
        let usage = usage.to_string();
        let usage = usage.split_once(':').map_or(usage.as_str(), |(_, rest)| rest);
        let _ = writeln!(out, "\n{}", say(Said::UseUsage, &[usage.trim()]));
    }
    let _ = writeln!(out, "\n{}", say(Said::UseHelp, &[]));
    out
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Walks the commands and notes what is looked up.
    struct Walk {
        texts: FluentFile,
        used: BTreeSet<String>,
        missing: Vec<String>,
    }

    impl Walk {
        fn command(&mut self, command: &Command, id: &str, path: &str) {
            self.look(&[id.to_owned()], None, id);
            for arg in command.get_arguments() {
                let name = arg.get_long().map_or_else(|| arg.get_id().to_string(), str::to_owned);
                let name = name.replace('_', "-");
                let ids = [format!("{id}--{name}"), format!("any--{name}")];
                // Of `help` itself, which takes names of commands.
                if name == "subcommand" {
                    continue;
                }
                self.look(&ids, None, &format!("{id} --{name}"));
                let values = arg.get_possible_values();
                for value in values.iter().filter(|v| v.get_help().is_some()) {
                    let [specific, common] = ids.clone();
                    let ids = [specific, common, "values".to_owned()];
                    let value = value.get_name();
                    self.look(&ids, Some(value), &format!("{id} --{name} {value}"));
                }
            }
            for sub in command.get_subcommands() {
                let (id, path) = below(path, sub.get_name());
                self.command(sub, &id, &path);
            }
        }

        fn look(&mut self, ids: &[String], attribute: Option<&str>, what: &str) {
            match ids.iter().find(|id| self.texts.text(id, attribute, &[]).is_some()) {
                Some(id) => {
                    self.used.insert(id.clone());
                    self.used.extend(attribute.map(|a| format!("{id}.{a}")));
                }
                None => self.missing.push(what.to_owned()),
            }
        }
    }

    #[test]
    fn every_command_option_and_value_has_its_text_and_no_text_is_left_over() {
        for ((code, _), file) in LANGUAGES.iter().zip(FILES) {
            let Some(file) = file else { continue };
            let mut walk =
                Walk { texts: FluentFile::new(code, file), used: BTreeSet::new(), missing: vec![] };
            let mut command = Cli::command();
            command.build();
            walk.command(&command, "redan", "");
            assert_eq!(walk.texts.mistakes(), [""; 0], "{code}");
            assert_eq!(walk.missing, [""; 0], "{code}");
            // What headings and the like are made of.
            for id in [
                "usage",
                "commands",
                "arguments",
                "options",
                "general-options",
                "command",
                "default",
                "possible-values",
                "possible-values-heading",
                "see-more",
                "see-less",
                "after-help",
            ] {
                assert!(walk.texts.text(id, None, &[]).is_some(), "{code}: {id}");
                walk.used.insert(id.to_owned());
            }
            let mut stale = vec![];
            let mut id = String::new();
            for line in file.lines().filter(|l| !l.starts_with('#')) {
                let Some((key, _)) = line.split_once(" =") else { continue };
                let key = match key.strip_prefix("    .") {
                    Some(attribute) => format!("{id}.{attribute}"),
                    None if key.starts_with(' ') => continue,
                    None => {
                        id = key.to_owned();
                        id.clone()
                    }
                };
                if !walk.used.contains(&key) {
                    stale.push(key);
                }
            }
            assert_eq!(stale, [""; 0], "{code}");
        }
    }

    #[test]
    fn mistakes_are_told_in_the_language_of_the_user() {
        let mistake = |arguments: &[&str]| {
            let command = translated(1).and_then(|c| c.try_get_matches_from(arguments).err());
            command.map(|error| wrong_use(&error, 1)).unwrap_or_default()
        };
        insta::assert_snapshot!(
            [
                mistake(&["redan", "scna"]),
                mistake(&["redan", "scan", "--matrx"]),
                mistake(&["redan", "scan", "--fail-on", "hihg"]),
                mistake(&["redan", "scan", "--threads", "many"]),
                mistake(&["redan", "scan", "--untrusted", "--trust-repository"]),
                mistake(&["redan", "explain"]),
                mistake(&["redan", "scan", "--matrix", "--matrix"]),
                mistake(&["redan", "scan", "-o"]),
            ]
            .join("----\n")
        );
    }
}
