//! Functions of addresses: `scheme://user@host:port/path`, and `host:port`.

use super::{Function, Run, text_of, text_to_text};
use crate::schema::Type;

const fn row(name: &'static str, result: Type, docs: &'static str, run: Run) -> Function {
    Function {
        name,
        parameters: &[Type::Str],
        pattern: false,
        result,
        many: false,
        total: false,
        docs,
        run,
    }
}

/// `url_host`
pub static URL_HOST: Function = row(
    "url_host",
    Type::Str,
    "The host of an address, of several the first: url_host(\"http://me@api:8080/x\") = \"api\".",
    |values, _, arguments, out| {
        text_to_text(values, arguments, out, |t| Some(parse(t)?.host.to_owned()));
    },
);

/// `url_path`
pub static URL_PATH: Function = row(
    "url_path",
    Type::Str,
    "The path of an address, `/` if it has none: url_path(\"http://api:8080/x?y=1\") = \"/x\".",
    |values, _, arguments, out| {
        text_to_text(values, arguments, out, |t| {
            let path = parse(t)?.path;
            Some(if path.is_empty() { "/".to_owned() } else { path.to_owned() })
        });
    },
);

/// `url_port`
pub static URL_PORT: Function = row(
    "url_port",
    Type::Int,
    "The port of an address, if it is written: url_port(\"http://api:8080/x\") = 8080.",
    |values, _, arguments, out| {
        let Some(text) = text_of(values, arguments, 0) else { return };
        let port = parse(&text).and_then(|u| u.port?.parse::<u16>().ok());
        out.extend(port.map(|p| values.int(i64::from(p))));
    },
);

/// `url_scheme`
pub static URL_SCHEME: Function = row(
    "url_scheme",
    Type::Str,
    "The scheme of an address in lower case, the last of several: url_scheme(\"jdbc:postgresql://db/x\") = \"postgresql\".",
    |values, _, arguments, out| {
        text_to_text(values, arguments, out, |t| {
            let scheme = parse(t)?.scheme;
            (!scheme.is_empty()).then(|| scheme.to_lowercase())
        });
    },
);

/// `url_user`
pub static URL_USER: Function = row(
    "url_user",
    Type::Str,
    "The user in an address, with the password if it is written: url_user(\"amqp://me:secret@queue\") = \"me:secret\".",
    |values, _, arguments, out| {
        text_to_text(values, arguments, out, |t| Some(parse(t)?.user?.to_owned()));
    },
);

struct Url<'a> {
    scheme: &'a str,
    user: Option<&'a str>,
    host: &'a str,
    port: Option<&'a str>,
    path: &'a str,
}

fn parse(text: &str) -> Option<Url<'_>> {
    let text = text.trim();
    let (scheme, rest) = match text.split_once("://") {
        Some((scheme, rest)) => {
            let scheme = scheme.rsplit(':').next().unwrap_or(scheme);
            let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
            if scheme.is_empty() || !scheme.chars().all(fits) {
                return None;
            }
            (scheme, rest)
        }
        None => ("", text),
    };
    let (authority, rest) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let path = rest.split(['?', '#']).next().unwrap_or_default();
    let (user, hosts) = match authority.rsplit_once('@') {
        Some((user, hosts)) => (Some(user), hosts),
        None => (None, authority),
    };
    let first = hosts.split(',').next().unwrap_or(hosts);
    let (host, port) = match first.strip_prefix('[').and_then(|r| r.split_once(']')) {
        Some((host, rest)) => (host, rest.strip_prefix(':')),
        None => match first.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (first, None),
        },
    };
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ':');
    let port_fits = port.is_some_and(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit()));
    // Without a scheme only `host:port` is told from any other word.
    let known = !host.is_empty() && host.chars().all(fits) && (!scheme.is_empty() || port_fits);
    known.then_some(Url { scheme, user, host, port, path })
}

#[cfg(test)]
mod tests {
    use super::super::tests::run;

    #[test]
    fn addresses_are_taken_apart() {
        assert_eq!(run("url_host", None, &["mongodb+srv://u:p@a.b:1,c.d:2/db"]), ["a.b"]);
        assert_eq!(run("url_host", None, &["http://[::1]:80/"]), ["::1"]);
        assert_eq!(run("url_port", None, &["http://[::1]:80/"]), ["80"]);
        assert_eq!(run("url_host", None, &["redis:6379"]), ["redis"]);
        assert_eq!(run("url_path", None, &["https://api"]), ["/"]);
    }

    #[test]
    fn other_texts_have_no_host() {
        for text in ["redis", "http://${HOST}/x", "", "://x", "a b://c", "KEY:value", "12:"] {
            assert_eq!(run("url_host", None, &[text]), [] as [&str; 0], "{text}");
        }
        assert_eq!(run("url_port", None, &["http://api:99999/"]), [] as [&str; 0]);
    }
}
