//! `redan rules [NAME]`: the threats of the packs, searched and filtered, or one with everything.

use std::path::PathBuf;

use redan_engine::Prepared;
use redan_engine::base::Severity as Level;
use redan_engine::program::names::likely;
use redan_engine::program::schema::{Maturity, Risk, Stride};
use redan_engine::report::{LibraryFilter, LibraryRule, library, library_list, library_terminal};

use crate::args::{self, PlainFormat, Rules};
use crate::load;
use crate::session::{Exit, Session};
use crate::texts::Said;

/// Lists rules, or shows the one that is named.
pub fn run(arguments: &Rules, session: &mut Session) -> Exit {
    session.machine = arguments.format == PlainFormat::Json;
    let prepared = match load::packs(&Vec::<PathBuf>::new(), session) {
        Ok(prepared) => prepared,
        Err(exit) => return exit,
    };
    let errors: Vec<_> =
        prepared.diagnostics.iter().filter(|d| d.severity == Level::Error).cloned().collect();
    session.diagnostics(&errors, &prepared.sources);
    let rules = rules(&prepared, session.language());
    if let Some(pack) = &arguments.pack
        && !prepared.program.schema.packs.iter().any(|p| p.name == pack.replace('-', "_"))
    {
        return unknown_pack(&prepared, pack, session);
    }
    // One word that is a rule's name shows the rule.
    let named = |r: &&LibraryRule| {
        arguments.words.as_slice() == [r.name.clone()]
            || arguments.words.as_slice() == [r.name.rsplit('.').next().unwrap_or("").to_owned()]
    };
    let one: Vec<&LibraryRule> = rules.iter().filter(named).collect();
    let filter = filter(arguments);
    let found: Vec<&LibraryRule> = if one.is_empty() {
        rules.iter().filter(|r| filter.fits(r)).collect()
    } else {
        one.clone()
    };
    if found.is_empty() {
        let names: Vec<&str> = rules
            .iter()
            .flat_map(|r| [r.name.as_str(), r.name.rsplit('.').next().unwrap_or("")])
            .collect();
        let meant = arguments.words.first().and_then(|w| likely(w, names.iter().copied()));
        let help = session.meant(meant);
        let text = session.text(Said::NoSuchThreat, &[]);
        session.tell(&format!("{text}{help}"));
    }
    match arguments.format {
        PlainFormat::Json => match serde_json::to_string_pretty(&found) {
            Ok(json) => session.print(&format!("{json}\n")),
            Err(error) => session.complain(&error.to_string()),
        },
        PlainFormat::Text if !one.is_empty() => {
            for rule in one {
                let text = library_terminal(rule, session.language(), session.style(false));
                session.print(&text);
            }
        }
        PlainFormat::Text => {
            let text = library_list(&found, session.language(), session.style(false));
            session.print(&text);
        }
    }
    if errors.is_empty() { Exit::Fine } else { Exit::Failed }
}

/// The threats of prepared packs.
pub(super) fn rules(prepared: &Prepared, language: &str) -> Vec<LibraryRule> {
    let pages: Vec<_> = prepared.packs.pages.iter().map(|p| p.source).collect();
    library(&prepared.program, &prepared.sources, &pages, language)
}

/// Tells that there is no such pack, and which was probably meant.
pub(super) fn unknown_pack(prepared: &Prepared, pack: &str, session: &mut Session) -> Exit {
    let names = prepared.program.schema.packs.iter().map(|p| p.name.as_str());
    let help = session.meant(likely(pack, names));
    session.error_and(Said::NoPack, &[pack], &help);
    Exit::Usage
}

fn filter(arguments: &Rules) -> LibraryFilter {
    LibraryFilter {
        words: arguments.words.clone(),
        stride: arguments.stride.map(|s| match s {
            args::Stride::Spoofing => Stride::Spoofing,
            args::Stride::Tampering => Stride::Tampering,
            args::Stride::Repudiation => Stride::Repudiation,
            args::Stride::InformationDisclosure => Stride::InformationDisclosure,
            args::Stride::DenialOfService => Stride::DenialOfService,
            args::Stride::ElevationOfPrivilege => Stride::ElevationOfPrivilege,
        }),
        cwe: arguments.cwe,
        technology: arguments.technology.clone(),
        pack: arguments.pack.clone(),
        maturity: arguments.maturity.map(|m| match m {
            args::Maturity::Sandbox => Maturity::Sandbox,
            args::Maturity::Incubating => Maturity::Incubating,
            args::Maturity::Stable => Maturity::Stable,
        }),
        severity: arguments.severity.map(Risk::from),
    }
}
