//! Functions of paths in the repository, which are separated by `/` and relative to its root.

use super::{Function, Run, push_texts, text_of, text_to_text};
use crate::schema::Type;

const fn row(
    name: &'static str,
    parameters: &'static [Type],
    result: Type,
    total: bool,
    docs: &'static str,
    run: Run,
) -> Function {
    Function { name, parameters, pattern: false, result, many: false, total, docs, run }
}

/// `ancestors`
pub static ANCESTORS: Function = Function {
    name: "ancestors",
    parameters: &[Type::Str],
    pattern: false,
    result: Type::Str,
    many: true,
    total: false,
    docs: "All folders that a path lies in, the nearest first, the root (an empty text) last: ancestors(\"a/b/c.js\") = \"a/b\", \"a\", \"\".",
    run: |values, _, arguments, out| {
        let Some(path) = text_of(values, arguments, 0).and_then(|p| normal(&p)) else { return };
        let mut folders = vec![];
        let mut rest = path.as_str();
        while !rest.is_empty() {
            rest = rest.rsplit_once('/').map_or("", |(folder, _)| folder);
            folders.push(rest.to_owned());
        }
        push_texts(values, out, folders);
    },
};

/// `base_name`
pub static BASE_NAME: Function = row(
    "base_name",
    &[Type::Str],
    Type::Str,
    true,
    "The last part of a path: base_name(\"a/b/c.js\") = \"c.js\".",
    |values, _, arguments, out| {
        text_to_text(values, arguments, out, |t| Some(last(t).to_owned()));
    },
);

/// `depth`
pub static DEPTH: Function = row(
    "depth",
    &[Type::Str],
    Type::Int,
    false,
    "How many parts a path has: depth(\"a/b/c.js\") = 3.",
    |values, _, arguments, out| {
        let Some(path) = text_of(values, arguments, 0).and_then(|p| normal(&p)) else { return };
        let parts = path.split('/').filter(|p| !p.is_empty()).count();
        out.push(values.int(parts as i64));
    },
);

/// `dir`
pub static DIR: Function = row(
    "dir",
    &[Type::Str],
    Type::Str,
    false,
    "The folder of a path, an empty text at the root: dir(\"a/b/c.js\") = \"a/b\".",
    |values, _, arguments, out| {
        text_to_text(values, arguments, out, |t| {
            let path = normal(t)?;
            Some(path.rsplit_once('/').map_or_else(String::new, |(folder, _)| folder.to_owned()))
        });
    },
);

/// `extension`
pub static EXTENSION: Function = row(
    "extension",
    &[Type::Str],
    Type::Str,
    false,
    "What follows the last dot of a file's name: extension(\"a/b.test.js\") = \"js\".",
    |values, _, arguments, out| {
        text_to_text(values, arguments, out, |t| {
            let (stem, extension) = last(t).rsplit_once('.')?;
            (!stem.is_empty()).then(|| extension.to_owned())
        });
    },
);

/// `join_path`
pub static JOIN_PATH: Function = row(
    "join_path",
    &[Type::Str, Type::Str],
    Type::Str,
    false,
    "A path seen from a folder, without `.` and `..`; no value where it leaves the root: join_path(\"shop/web\", \"../api/./src\") = \"shop/api/src\".",
    |values, _, arguments, out| {
        let Some(path) = text_of(values, arguments, 1) else { return };
        text_to_text(values, arguments, out, |folder| match path.strip_prefix('/') {
            Some(absolute) => normal(absolute),
            None => normal(&format!("{folder}/{path}")),
        });
    },
);

/// The last part of a path.
fn last(path: &str) -> &str {
    let path = path.trim_end_matches('/');
    path.rsplit('/').next().unwrap_or(path)
}

/// A path without empty parts, `.` and `..`; none if it leaves the root.
fn normal(path: &str) -> Option<String> {
    let mut parts: Vec<&str> = vec![];
    for part in path.split(['/', '\\']) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::super::tests::run;

    #[test]
    fn paths_stay_below_the_root() {
        assert_eq!(run("join_path", None, &["a", "../.."]), [] as [&str; 0]);
        assert_eq!(run("join_path", None, &["a", ".."]), [""]);
        assert_eq!(run("join_path", None, &["", "./api/"]), ["api"]);
        assert_eq!(run("join_path", None, &["a/b", "/c"]), ["c"]);
        assert_eq!(run("dir", None, &["./c.js"]), [""]);
        assert_eq!(run("ancestors", None, &["./"]), [] as [&str; 0]);
        assert_eq!(run("depth", None, &["."]), ["0"]);
        assert_eq!(run("extension", None, &["a/.env"]), [] as [&str; 0]);
        assert_eq!(run("base_name", None, &["a/b/"]), ["b"]);
    }
}
