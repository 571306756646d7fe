//! Functions of the notations that deployment files share: images, published ports, `KEY=value`, placeholders.

use super::{Function, Run, push_texts, text_of, text_to_text};
use crate::schema::Type;

const fn row(
    name: &'static str,
    result: Type,
    total: bool,
    docs: &'static str,
    run: Run,
) -> Function {
    Function {
        name,
        parameters: &[Type::Str],
        pattern: false,
        result,
        many: false,
        total,
        docs,
        run,
    }
}

/// `env_key`
pub static ENV_KEY: Function = row(
    "env_key",
    Type::Str,
    false,
    "What stands before the first equals sign: env_key(\"A=b\") = \"A\".",
    |values, _, arguments, out| {
        text_to_text(values, arguments, out, |t| Some(t.split_once('=')?.0.trim().to_owned()));
    },
);

/// `env_value`
pub static ENV_VALUE: Function = row(
    "env_value",
    Type::Str,
    false,
    "What stands after the first equals sign, without quotes: env_value(\"A=b\") = \"b\".",
    |values, _, arguments, out| {
        text_to_text(values, arguments, out, |t| {
            let value = t.split_once('=')?.1.trim();
            let inner = ['"', '\'']
                .iter()
                .find_map(|q| value.strip_prefix(*q).and_then(|v| v.strip_suffix(*q)));
            Some(inner.unwrap_or(value).to_owned())
        });
    },
);

/// `image_name`
pub static IMAGE_NAME: Function = row(
    "image_name",
    Type::Str,
    false,
    "The last part of a container image's name, without tag and digest: image_name(\"registry:5000/team/db:15\") = \"db\".",
    |values, _, arguments, out| {
        text_to_text(values, arguments, out, |t| {
            let path = image(t)?.0;
            Some(path.rsplit('/').next().unwrap_or(path).to_owned())
        });
    },
);

/// `image_path`
pub static IMAGE_PATH: Function = row(
    "image_path",
    Type::Str,
    false,
    "A container image's name without tag and digest: image_path(\"registry:5000/team/db:15\") = \"registry:5000/team/db\".",
    |values, _, arguments, out| {
        text_to_text(values, arguments, out, |t| Some(image(t)?.0.to_owned()));
    },
);

/// `image_tag`
pub static IMAGE_TAG: Function = row(
    "image_tag",
    Type::Str,
    false,
    "A container image's tag, if it is written: image_tag(\"team/db:15\") = \"15\".",
    |values, _, arguments, out| {
        text_to_text(values, arguments, out, |t| Some(image(t)?.1?.to_owned()));
    },
);

/// `is_placeholder`
pub static IS_PLACEHOLDER: Function = row(
    "is_placeholder",
    Type::Bool,
    true,
    "Whether a text stands for a value from elsewhere: is_placeholder(\"${PASSWORD}\") = true.",
    |values, _, arguments, out| {
        if let Some(text) = text_of(values, arguments, 0) {
            out.push(values.bool(is_placeholder(&text)));
        }
    },
);

/// `is_secret_like`
pub static IS_SECRET_LIKE: Function = row(
    "is_secret_like",
    Type::Bool,
    true,
    "Whether a text could be a secret itself: at least six characters, no white space, no placeholder: is_secret_like(\"hunter2!\") = true.",
    |values, _, arguments, out| {
        if let Some(text) = text_of(values, arguments, 0) {
            let long = text.chars().count() >= 6;
            let plain = !text.chars().any(char::is_whitespace) && !is_placeholder(&text);
            let word = matches!(text.to_lowercase().as_str(), "undefined" | "default");
            out.push(values.bool(long && plain && !word));
        }
    },
);

/// `placeholders`
pub static PLACEHOLDERS: Function = Function {
    name: "placeholders",
    parameters: &[Type::Str],
    pattern: false,
    result: Type::Str,
    many: true,
    total: false,
    docs: "The names that a text leaves to be filled in: placeholders(\"http://${HOST}:${PORT:-80}\") = \"HOST\", \"PORT\".",
    run: |values, _, arguments, out| {
        let Some(text) = text_of(values, arguments, 0) else { return };
        let mut names = vec![];
        let _ = filled(&text, |name, _| {
            names.push(name.to_owned());
            Some(String::new())
        });
        push_texts(values, out, names);
    },
};

/// `port_address`
pub static PORT_ADDRESS: Function = row(
    "port_address",
    Type::Str,
    false,
    "The address that a published port is bound to, if it is written: port_address(\"127.0.0.1:8080:80\") = \"127.0.0.1\".",
    |values, _, arguments, out| {
        text_to_text(values, arguments, out, |t| ports(t).0.map(str::to_owned));
    },
);

/// `port_published`
pub static PORT_PUBLISHED: Function = row(
    "port_published",
    Type::Int,
    false,
    "The outer port of a published one, of a range the first: port_published(\"127.0.0.1:8080:80/tcp\") = 8080.",
    |values, _, arguments, out| {
        let Some(text) = text_of(values, arguments, 0) else { return };
        let port = ports(&text).1.and_then(first_port);
        out.extend(port.map(|p| values.int(p)));
    },
);

/// `port_target`
pub static PORT_TARGET: Function = row(
    "port_target",
    Type::Int,
    false,
    "The inner port of a published one, of a range the first: port_target(\"8080:80/tcp\") = 80.",
    |values, _, arguments, out| {
        let Some(text) = text_of(values, arguments, 0) else { return };
        let port = first_port(ports(&text).2);
        out.extend(port.map(|p| values.int(p)));
    },
);

/// `with_defaults`
pub static WITH_DEFAULTS: Function = row(
    "with_defaults",
    Type::Str,
    false,
    "A text with each placeholder replaced by its default; no value if one has none: with_defaults(\"http://${HOST:-api}/x\") = \"http://api/x\".",
    |values, _, arguments, out| {
        text_to_text(values, arguments, out, |t| filled(t, |_, d| d.map(str::to_owned)));
    },
);

/// The name without tag and digest, and the tag.
fn image(text: &str) -> Option<(&str, Option<&str>)> {
    let text = text.trim();
    let text = text.split_once('@').map_or(text, |(name, _)| name);
    let start = text.rfind('/').map_or(0, |i| i + 1);
    let (path, tag) = match text.get(start..)?.find(':') {
        Some(colon) => (text.get(..start + colon)?, text.get(start + colon + 1..)),
        None => (text, None),
    };
    let fits = !path.is_empty() && !path.contains([' ', '$', '{']);
    fits.then_some((path, tag))
}

fn is_placeholder(text: &str) -> bool {
    let text = text.trim();
    let between = |open: &str, close: &str| {
        text.find(open)
            .is_some_and(|i| text.get(i + open.len()..).is_some_and(|r| r.contains(close)))
    };
    text.is_empty()
        || between("${", "}")
        || between("$(", ")")
        || between("{{", "}}")
        || (text.starts_with('<') && text.ends_with('>'))
        || (text.len() > 2 && text.starts_with('%') && text.ends_with('%'))
        || (text.len() > 1
            && text.starts_with('$')
            && text.chars().skip(1).all(|c| c.is_ascii_alphanumeric() || c == '_'))
}

/// A text with each `${name}`, `${name:-default}`, `${name-default}` and `${name:default}` replaced by what `value` gives for it.
fn filled(
    text: &str,
    mut value: impl FnMut(&str, Option<&str>) -> Option<String>,
) -> Option<String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        out.push_str(before);
        let (inner, tail) = split_closing(after)?;
        let end = inner.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '.')));
        let (name, default) = match end {
            // Names of properties may have hyphens: only `:` then begins the default.
            Some(i) => match inner.split_once(':') {
                Some((name, d)) => (name, Some(d.strip_prefix('-').unwrap_or(d))),
                None => (inner.get(..i)?, inner.get(i..)?.strip_prefix('-')),
            },
            None => (inner, None),
        };
        out.push_str(&value(name, default)?);
        rest = tail;
    }
    out.push_str(rest);
    Some(out)
}

/// Splits at the brace that closes, over braces that open in between.
fn split_closing(text: &str) -> Option<(&str, &str)> {
    let mut depth = 0usize;
    for (i, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => return Some((text.get(..i)?, text.get(i + 1..)?)),
            '}' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// Address, outer and inner port of `[address:][outer:]inner[/protocol]`.
fn ports(text: &str) -> (Option<&str>, Option<&str>, &str) {
    let text = text.trim();
    let text = text.split_once('/').map_or(text, |(ports, _)| ports);
    let Some((rest, inner)) = text.rsplit_once(':') else { return (None, None, text) };
    let (address, outer) = match rest.rsplit_once(':') {
        Some((address, outer)) => (Some(address.trim_matches(['[', ']'])), outer),
        None if rest.contains('.') => (Some(rest), ""),
        None => (None, rest),
    };
    (address, (!outer.is_empty()).then_some(outer), inner)
}

fn first_port(text: &str) -> Option<i64> {
    let first = text.split('-').next().unwrap_or(text);
    first.parse::<u16>().ok().map(i64::from)
}

#[cfg(test)]
mod tests {
    use super::super::tests::run;

    #[test]
    fn images_are_taken_apart() {
        assert_eq!(run("image_name", None, &["db"]), ["db"]);
        assert_eq!(run("image_name", None, &["a/db@sha256:00"]), ["db"]);
        assert_eq!(run("image_tag", None, &["registry:5000/db"]), [] as [&str; 0]);
        assert_eq!(run("image_name", None, &["${IMAGE}"]), [] as [&str; 0]);
    }

    #[test]
    fn placeholders_are_told_from_values() {
        for text in ["", "$X", "a${X}b", "{{ .Values.x }}", "<your key>", "%KEY%", "$(cat f)"] {
            assert_eq!(run("is_placeholder", None, &[text]), ["true"], "{text}");
        }
        for text in ["pa$$word", "x", "100%", "$ecret!"] {
            assert_eq!(run("is_placeholder", None, &[text]), ["false"], "{text}");
        }
        assert_eq!(run("is_secret_like", None, &["two words"]), ["false"]);
        assert_eq!(run("is_secret_like", None, &["${SECRET}"]), ["false"]);
    }

    #[test]
    fn defaults_are_filled_in() {
        assert_eq!(run("with_defaults", None, &["${A:http://x:1/}"]), ["http://x:1/"]);
        assert_eq!(run("with_defaults", None, &["${my-host:x}"]), ["x"]);
        assert_eq!(run("with_defaults", None, &["${A-x}"]), ["x"]);
        assert_eq!(run("with_defaults", None, &["plain"]), ["plain"]);
        assert_eq!(run("with_defaults", None, &["${A}"]), [] as [&str; 0]);
        assert_eq!(run("with_defaults", None, &["${A:-${B:-x}"]), [] as [&str; 0]);
    }

    #[test]
    fn published_ports_are_taken_apart() {
        assert_eq!(run("port_published", None, &["80"]), [] as [&str; 0]);
        assert_eq!(run("port_target", None, &["80"]), ["80"]);
        assert_eq!(run("port_published", None, &["8000-8010:80-90"]), ["8000"]);
        assert_eq!(run("port_address", None, &["8080:80"]), [] as [&str; 0]);
        assert_eq!(run("port_address", None, &["[::1]:8080:80"]), ["::1"]);
    }
}
