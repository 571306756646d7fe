//! Structured file formats, each read into a [`Tree`](crate::tree::Tree): one row a format in [`FORMATS`].

mod dockerfile;
mod env;
mod hcl;
mod ini;
mod json;
mod markdown;
mod properties;
mod toml;
mod xml;
mod yaml;

use redan_base::Limits;

use crate::templates::Blanked;
use crate::tree::Parsed;

/// A format of structured files.
#[derive(Debug)]
pub(crate) struct Format {
    /// The word after `from`.
    pub name: &'static str,
    /// The files that it reads when an extractor names none.
    pub globs: &'static [&'static str],
    /// Whether keys stand in the file as they are in the tree (but for escapes), so that a file without
    /// them needs no parse.
    pub literal_keys: bool,
    /// The marks of escapes by which a key may be written otherwise.
    pub escapes: &'static [&'static str],
    /// Reads a text.
    pub parse: fn(&str, &Limits) -> Parsed,
    /// Reads a text that was filled in as a template; places are those of the text that was written.
    pub filled: Option<fn(&str, &Blanked, &Limits) -> Parsed>,
}

/// All formats, sorted by name.
pub(crate) static FORMATS: &[Format] = &[
    Format {
        name: "dockerfile",
        globs: &[
            "**/Dockerfile",
            "**/Dockerfile.*",
            "**/*.Dockerfile",
            "**/*.dockerfile",
            "**/Containerfile",
            "**/Containerfile.*",
        ],
        literal_keys: false,
        escapes: &[],
        parse: dockerfile::parse,
        filled: None,
    },
    Format {
        name: "env",
        globs: &["**/.env", "**/.env.*", "**/*.env"],
        literal_keys: true,
        escapes: &[],
        parse: env::parse,
        filled: None,
    },
    Format {
        name: "hcl",
        globs: &["**/*.tf", "**/*.tfvars", "**/*.hcl"],
        literal_keys: true,
        escapes: &[],
        parse: hcl::parse,
        filled: None,
    },
    Format {
        name: "ini",
        globs: &["**/*.ini", "**/*.cfg", "**/*.conf"],
        literal_keys: true,
        escapes: &[],
        parse: ini::parse,
        filled: None,
    },
    Format {
        name: "json",
        globs: &["**/*.json", "**/*.jsonc", "**/*.json5"],
        literal_keys: true,
        escapes: &["\\u", "\\U", "\\x"],
        parse: json::parse,
        filled: None,
    },
    Format {
        name: "markdown",
        globs: &["**/*.{md,markdown,mdx}"],
        literal_keys: false,
        escapes: &[],
        parse: markdown::parse,
        filled: None,
    },
    Format {
        name: "properties",
        globs: &["**/*.properties"],
        literal_keys: false,
        escapes: &[],
        parse: properties::parse,
        filled: None,
    },
    Format {
        name: "toml",
        globs: &["**/*.toml"],
        literal_keys: true,
        escapes: &["\\u", "\\U", "\\x"],
        parse: toml::parse,
        filled: None,
    },
    Format {
        name: "xml",
        globs: &["**/*.xml"],
        literal_keys: true,
        escapes: &[],
        parse: xml::parse,
        filled: None,
    },
    Format {
        name: "yaml",
        globs: &["**/*.yaml", "**/*.yml"],
        literal_keys: true,
        escapes: &["\\u", "\\U", "\\x"],
        parse: yaml::parse,
        filled: Some(yaml::filled),
    },
];

/// The format of a name.
pub(crate) fn format(name: &str) -> Option<&'static Format> {
    FORMATS.iter().find(|f| f.name == name)
}

/// The line (from 1) of a byte.
pub(crate) fn line_at(text: &str, byte: usize) -> u32 {
    let before = text.as_bytes().get(..byte).unwrap_or(text.as_bytes());
    before.split(|b| *b == b'\n').count().max(1) as u32
}

/// The lines of a text with the byte at which each begins, without line breaks.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    text.split_inclusive('\n').map(move |line| {
        let start = at;
        at += line.len();
        (start, line.trim_end_matches(['\n', '\r']))
    })
}

/// The part of `outer` that `inner` is, as bytes. Both must be slices of one text.
fn offset_in(outer: &str, inner: &str) -> usize {
    (inner.as_ptr() as usize).saturating_sub(outer.as_ptr() as usize)
}
