//! From options and configuration to prepared packs and a world.

use std::mem::ManuallyDrop;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use redan_engine::base::{Cache, Diagnostic, Limits, Severity, Sources};
use redan_engine::{
    Analysis, AnalyzeOptions, Event, Goal, Grouping, Origin, PackFile, PrepareOptions, Prepared,
    analyze, origin_of, prepare,
};

use crate::args::{At, Target, Trust};
use crate::cache::FileCache;
use crate::config::{self, Config, Found};
use crate::os::{self, OsWorld};
use crate::session::{Exit, Session};
use crate::texts::Said;

/// What a command looks at.
#[derive(Debug, Clone)]
pub struct Place {
    /// The repository.
    pub path: PathBuf,
    /// How far it is trusted.
    pub trust: Trust,
    /// Whether the texts of rules are wanted in all languages, not in that of the run alone.
    pub translations: bool,
}

impl From<&Target> for Place {
    fn from(target: &Target) -> Self {
        Self { path: target.path.clone(), trust: target.trust, translations: false }
    }
}

impl From<&At> for Place {
    fn from(at: &At) -> Self {
        Self { path: at.path.clone(), trust: at.trust, translations: false }
    }
}

/// Everything for a run over a repository.
pub struct Run {
    /// The packs, compiled.
    pub prepared: Prepared,
    /// The configuration.
    pub config: Config,
    /// What was found out.
    pub analysis: Analysis,
    /// The name of the scanned folder: the system's name where nothing states another.
    pub name: String,
}

impl Run {
    /// Mistakes in packs, and limits that were hit: what commands without a report show.
    pub fn errors(&self) -> Vec<Diagnostic> {
        let all = self.prepared.diagnostics.iter().chain(&self.analysis.diagnostics);
        all.filter(|d| d.severity == Severity::Error).cloned().collect()
    }

    /// The exit code of commands that only print.
    pub fn completeness(&self) -> Exit {
        if self.analysis.incomplete() || self.prepared.has_errors() {
            Exit::Incomplete
        } else {
            Exit::Fine
        }
    }
}

/// Loads the packs and analyses the repository. `Err` is a mistake in the use, which was told.
pub fn run(
    place: &Place,
    query: Option<String>,
    session: &mut Session,
) -> Result<ManuallyDrop<Run>, Exit> {
    let goal = if query.is_some() { Goal::Query } else { Goal::Everything };
    run_for(goal, place, query, session)
}

/// As [`run`], as far as a goal needs it. The process ends after what is done with it: the memory is not given back
/// piece by piece before, which would take a tenth of a second run's time.
pub fn run_for(
    goal: Goal,
    place: &Place,
    query: Option<String>,
    session: &mut Session,
) -> Result<ManuallyDrop<Run>, Exit> {
    if !os::is_folder(&place.path) {
        let said = if os::exists(&place.path) { Said::NoFolder } else { Said::NotThere };
        session.error(said, &[&place.path.display().to_string()]);
        return Err(Exit::Usage);
    }
    let mut sources = Sources::new();
    let found = configuration(place, &mut sources, session)?;
    let inside = inside(&found, &place.path);
    let files = pack_files(&found, inside.then_some(place.path.as_path()), session)?;
    let library_alone = files.len() == redan_rules::FILES.len()
        && files.iter().all(|file| file.origin == Origin::Library);
    let mut config = found.config;
    if place.trust.untrusted && inside {
        config = Config::default();
    }
    session.configured_language.clone_from(&config.language);
    let mut passed_over = vec!["test"];
    if session.language() == "en" && !place.translations {
        passed_over.push("translate");
    }
    let options = PrepareOptions {
        query,
        grouping: Grouping {
            trust_repository: place.trust.trust_repository,
            passed_over: Some(passed_over),
        },
        stored: library_alone.then_some(redan_rules::PROGRAM),
    };
    let prepared = prepare(files, sources, &options, &|event| session.event(event));
    let limits = limits(&config);
    let skip = prepared.core_set("skipped_folders").into_iter().collect();
    let world = OsWorld::new(place.path.clone(), skip, !place.trust.untrusted, &limits);
    let tell = |what| session.event(&Event::File { path: "the cache".to_owned(), what });
    let cache = if session.global.no_cache { None } else { FileCache::open(&place.path, &tell) };
    let cache = cache.map(Arc::new);
    let options = AnalyzeOptions {
        exclude: config.exclude.clone(),
        language: session.language().to_owned(),
        limits,
        goal,
        cache: cache.clone().map(|cache| cache as Arc<dyn Cache>),
        ..AnalyzeOptions::default()
    };
    let analysis = analyze(&prepared, &world, &options, &|event| session.event(event));
    if let Some(cache) = cache {
        cache.save(&tell);
    }
    session.hide();
    let name = os::absolute(&place.path);
    let name = os::canonical(&name).unwrap_or(name);
    let name =
        name.file_name().map_or_else(|| "system".to_owned(), |n| n.to_string_lossy().into_owned());
    Ok(ManuallyDrop::new(Run { prepared, config, analysis, name }))
}

/// The packs alone, for `check`, `test`, `explain RULE`: those of the arguments, else the configured ones beside the
/// library. Packs that come with Redan are there unless `--no-library`, for what the others require.
pub fn packs(paths: &[PathBuf], session: &mut Session) -> Result<Prepared, Exit> {
    let mut sources = Sources::new();
    let place = Place {
        path: PathBuf::from("."),
        trust: Trust { untrusted: false, trust_repository: true },
        translations: false,
    };
    let found = if paths.is_empty() {
        configuration(&place, &mut sources, session)?
    } else {
        Found::default()
    };
    session.configured_language.clone_from(&found.config.language);
    let mut files = pack_files(&found, None, session)?;
    for path in paths {
        files.extend(read_pack(path, None, session)?);
    }
    drop_shadowed(&mut files);
    let grouping = Grouping { trust_repository: true, ..Grouping::default() };
    let options = PrepareOptions { grouping, ..PrepareOptions::default() };
    let prepared = prepare(files, sources, &options, &|event| session.event(event));
    session.hide();
    Ok(prepared)
}

/// The names of the packs that the caller named; empty if none were, which stands for all.
pub fn named_packs(prepared: &Prepared, paths: &[PathBuf]) -> Vec<String> {
    if paths.is_empty() {
        return vec![];
    }
    let ours = |source| origin_of(&prepared.packs, source) == Some(Origin::Caller);
    let schema = &prepared.program.schema;
    let mut names: Vec<String> = prepared
        .packs
        .packs
        .iter()
        .filter(|p| p.files.iter().any(|f| ours(*f)))
        .map(|p| {
            // A `pack` item names the pack; without one it is the folder or the file.
            let declared =
                schema.packs.iter().find(|d| d.declared.is_some_and(|(s, _)| p.files.contains(&s)));
            declared.map_or_else(|| p.name.clone(), |d| d.name.clone())
        })
        .collect();
    names.sort();
    names
}

/// A pack that the caller names replaces one of the library with the same name: so the library itself can be
/// worked on, and a fixed version of a pack be used.
fn drop_shadowed(files: &mut Vec<PackFile>) {
    let named: Vec<String> = files
        .iter()
        .filter(|f| f.origin == Origin::Caller && f.path.ends_with("pack.redan"))
        .filter_map(|f| pack_name(&f.text))
        .collect();
    let shadowed: Vec<String> = files
        .iter()
        .filter(|f| f.origin == Origin::Library && f.path.ends_with("/pack.redan"))
        .filter(|f| pack_name(&f.text).is_some_and(|n| named.contains(&n)))
        .filter_map(|f| f.path.strip_suffix("pack.redan").map(str::to_owned))
        .collect();
    files
        .retain(|f| f.origin != Origin::Library || !shadowed.iter().any(|s| f.path.starts_with(s)));
}

fn pack_name(text: &str) -> Option<String> {
    text.lines()
        .find_map(|l| l.trim_start().strip_prefix("pack "))
        .and_then(|rest| rest.split_whitespace().next())
        .map(str::to_owned)
}

fn configuration(
    place: &Place,
    sources: &mut Sources,
    session: &mut Session,
) -> Result<Found, Exit> {
    let named = session.global.config.clone();
    let (found, problems) = config::find(named.as_deref(), &place.path, sources);
    if problems.iter().any(|d: &Diagnostic| d.severity == Severity::Error) {
        session.diagnostics(&problems, sources);
        return Err(Exit::Usage);
    }
    let inside = inside(&found, &place.path);
    if inside && place.trust.untrusted {
        session.note(Said::OwnConfigurationIgnored, &[]);
        return Ok(Found { config: Config::default(), path: found.path });
    }
    Ok(found)
}

/// Whether the configuration lies in the scanned folder.
fn inside(found: &Found, root: &Path) -> bool {
    let (Some(path), Ok(root)) = (&found.path, os::canonical(root)) else { return false };
    os::canonical(path).is_ok_and(|p| p.starts_with(root))
}

/// The library, the packs of the configuration and those of the options. `repository` is the scanned folder if
/// the configuration lies in it.
fn pack_files(
    found: &Found,
    repository: Option<&Path>,
    session: &mut Session,
) -> Result<Vec<PackFile>, Exit> {
    let mut files = vec![];
    let library = !session.global.no_library && found.config.library.unwrap_or(true);
    if library {
        for (path, text) in redan_rules::FILES {
            files.push(PackFile {
                path: (*path).to_owned(),
                text: (*text).to_owned(),
                origin: Origin::Library,
            });
        }
    }
    for path in &found.config.packs {
        let read = read_pack(&found.folder().join(path), repository, session).inspect_err(|_| {
            session.error(Said::NamedInConfiguration, &[&path.display().to_string()]);
        });
        files.extend(read?);
    }
    for path in session.global.packs.clone() {
        files.extend(read_pack(&path, None, session)?);
    }
    drop_shadowed(&mut files);
    Ok(files)
}

/// The files of a pack folder or a single file. With `repository` they come from that repository: they are trusted
/// less, and their paths are shown relative to it, as those of all that is found in it.
pub fn read_pack(
    path: &Path,
    repository: Option<&Path>,
    session: &mut Session,
) -> Result<Vec<PackFile>, Exit> {
    let origin = if repository.is_some() { Origin::Repository } else { Origin::Caller };
    let base = repository.unwrap_or(Path::new("."));
    let shown = show(path, base);
    let fail = |session: &mut Session, what: &Path, error: &std::io::Error| {
        session.error(Said::PackUnreadable, &[&what.display().to_string(), &error.to_string()]);
        Exit::Usage
    };
    if !os::is_folder(path) {
        let text = os::read_text(path).map_err(|e| fail(session, path, &e))?;
        let mut files = vec![PackFile { path: shown, text, origin }];
        let page = path.with_extension("md");
        if os::is_file(&page)
            && let Ok(text) = os::read_text(&page)
        {
            files.push(PackFile { path: show(&page, base), text, origin });
        }
        return Ok(files);
    }
    let names = os::pack_files(path).map_err(|e| fail(session, path, &e))?;
    if !names.iter().any(|n| n.ends_with(".redan")) {
        session.error(Said::PackEmpty, &[&path.display().to_string()]);
        return Err(Exit::Usage);
    }
    let mut files = vec![];
    for name in names {
        let full = path.join(&name);
        let text = os::read_text(&full).map_err(|e| fail(session, &full, &e))?;
        let shown = if shown.is_empty() { name } else { format!("{shown}/{name}") };
        files.push(PackFile { path: shown, text, origin });
    }
    Ok(files)
}

/// A path as it is shown: relative to `base` where it lies in it, else its last name, so that no
/// output depends on where a folder lies.
fn show(path: &Path, base: &Path) -> String {
    let absolute = os::canonical(path).unwrap_or_else(|_| path.to_path_buf());
    let base = os::canonical(base).unwrap_or_default();
    if let Ok(relative) = absolute.strip_prefix(&base) {
        return relative.to_string_lossy().replace('\\', "/");
    }
    absolute.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned())
}

fn limits(config: &Config) -> Limits {
    let mut limits = Limits::default();
    let told = &config.limits;
    limits.file_bytes = told.file_bytes.unwrap_or(limits.file_bytes);
    limits.files = told.files.unwrap_or(limits.files);
    limits.rows = told.rows.unwrap_or(limits.rows);
    limits.solve_bytes = told.solve_bytes.unwrap_or(limits.solve_bytes);
    limits.solve_ms = told.solve_ms.unwrap_or(limits.solve_ms);
    limits
}
