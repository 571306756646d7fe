//! `redan.yaml`: found upwards from the scanned path, the closest one wins.

use std::path::{Path, PathBuf};

use redan_engine::base::{Diagnostic, Source, Sources, Span};
use serde::Deserialize;

use crate::os;

/// The name of the configuration file.
pub const FILE: &str = "redan.yaml";

/// What the file may hold.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Config {
    /// Packs and models: folders or `.redan` files, relative to the file.
    pub packs: Vec<PathBuf>,
    /// `false` leaves out the packs that come with Redan.
    pub library: Option<bool>,
    /// Globs of files that are not read, relative to the scanned path.
    pub exclude: Vec<String>,
    /// `en` or `ja`.
    pub language: Option<String>,
    /// `info`, `low`, `medium`, `high`, `critical`: exit with 1 at findings from here on.
    pub fail_on: Option<String>,
    /// Bounds that differ from the defaults.
    pub limits: LimitsConfig,
}

/// `limits:` of the configuration.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct LimitsConfig {
    /// Largest file that is parsed, in bytes.
    pub file_bytes: Option<u64>,
    /// Most files of a run.
    pub files: Option<usize>,
    /// Most rows of one relation.
    pub rows: Option<usize>,
    /// Most memory of the evaluation, in bytes.
    pub solve_bytes: Option<usize>,
    /// Longest evaluation, in milliseconds.
    pub solve_ms: Option<u64>,
}

/// A configuration and where it was found.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// The values.
    pub config: Config,
    /// The file; none if there is none.
    pub path: Option<PathBuf>,
}

impl Found {
    /// The folder that the paths of the configuration are relative to.
    pub fn folder(&self) -> &Path {
        self.path.as_deref().and_then(Path::parent).unwrap_or(Path::new("."))
    }
}

/// Reads the named file, or the closest one upwards from `start`. A file that cannot be used is a diagnostic.
pub fn find(named: Option<&Path>, start: &Path, sources: &mut Sources) -> (Found, Vec<Diagnostic>) {
    let path = if let Some(path) = named {
        Some(path.to_path_buf())
    } else {
        let start = os::canonical(start).unwrap_or_else(|_| start.to_path_buf());
        start.ancestors().map(|folder| folder.join(FILE)).find(|p| os::is_file(p))
    };
    let Some(path) = path else { return (Found::default(), vec![]) };
    let shown =
        path.file_name().map_or_else(|| FILE.to_owned(), |n| n.to_string_lossy().into_owned());
    let text = match os::read_text(&path) {
        Ok(text) => text,
        Err(error) => {
            let problem =
                Diagnostic::error(601, format!("cannot read the configuration `{shown}`: {error}"))
                    .help("check the path given with --config");
            return (Found { config: Config::default(), path: Some(path) }, vec![problem]);
        }
    };
    let source = Source::new(shown.as_str(), text.as_str());
    match serde_yaml::from_str::<Option<Config>>(&text) {
        Ok(config) => (Found { config: config.unwrap_or_default(), path: Some(path) }, vec![]),
        Err(error) => {
            let at = error.location().map_or(0, |l| l.index().min(text.len()));
            let end = text.get(at..).and_then(|rest| rest.find([':', '\n'])).map_or(at, |n| at + n);
            let message = error.to_string();
            let message = message.split(" at line ").next().unwrap_or_default().to_owned();
            let id = sources.add(source);
            let problem =
                Diagnostic::error(602, format!("the configuration is not valid: {message}"))
                    .at(id, Span::new(at, end), "here")
                    .help("docs/configuration.md lists what it may hold");
            (Found { config: Config::default(), path: Some(path) }, vec![problem])
        }
    }
}
