//! The functions that templates call, one row each. What is not here gives a value that is not known.

use std::sync::Arc;

use super::value::{MOST_TEXT, Val, quoted};

/// A function over its arguments.
struct Function {
    name: &'static str,
    /// Whether it has a value though an argument is not known.
    lenient: bool,
    call: fn(&[Val]) -> Option<Val>,
}

const fn strict(name: &'static str, call: fn(&[Val]) -> Option<Val>) -> Function {
    Function { name, lenient: false, call }
}

const fn lenient(name: &'static str, call: fn(&[Val]) -> Option<Val>) -> Function {
    Function { name, lenient: true, call }
}

/// All functions, sorted by name.
static FUNCTIONS: &[Function] = &[
    strict("add", |a| {
        let sum = a.iter().map(int).try_fold(0_i64, |sum, n| sum.checked_add(n?));
        sum.map(Val::Int)
    }),
    lenient("and", |a| {
        for arg in a {
            match arg.holds() {
                Some(true) => {}
                Some(false) => return Some(arg.clone()),
                None => return None,
            }
        }
        a.last().cloned()
    }),
    lenient("coalesce", |a| {
        for arg in a {
            match arg.holds() {
                Some(false) => {}
                _ => return Some(arg.clone()),
            }
        }
        Some(Val::Nil)
    }),
    strict("contains", |a| two(a, |part, text| Val::Bool(text.contains(part)))),
    lenient("default", |a| match a {
        [fallback, value] => Some(if value.holds()? { value.clone() } else { fallback.clone() }),
        _ => None,
    }),
    lenient("dict", |a| {
        let entries: Option<Vec<(String, Val)>> = a
            .chunks(2)
            .map(|pair| match pair {
                [Val::Text(key), value] => Some((key.to_string(), value.clone())),
                _ => None,
            })
            .collect();
        entries.map(Val::map)
    }),
    strict("empty", |a| match a {
        [value] => Some(Val::Bool(!value.holds()?)),
        _ => None,
    }),
    strict("eq", |a| {
        let (first, rest) = a.split_first()?;
        let alike = |other: &&Val| std::mem::discriminant(*other) == std::mem::discriminant(first);
        rest.iter().all(|o| alike(&o)).then(|| Val::Bool(rest.iter().any(|o| o == first)))
    }),
    strict("ge", |a| order(a, |x, y| x >= y)),
    strict("get", |a| match a {
        [Val::Map(entries, _), Val::Text(key)] => {
            let found = entry(entries, key);
            Some(found.map_or(Val::text(""), |(_, value)| value.clone()))
        }
        _ => None,
    }),
    strict("gt", |a| order(a, |x, y| x > y)),
    strict("hasKey", |a| match a {
        [Val::Map(entries, _), Val::Text(key)] => Some(Val::Bool(entry(entries, key).is_some())),
        _ => None,
    }),
    strict("hasPrefix", |a| two(a, |part, text| Val::Bool(text.starts_with(part)))),
    strict("hasSuffix", |a| two(a, |part, text| Val::Bool(text.ends_with(part)))),
    strict("indent", |a| indented(a).map(Val::text)),
    strict("index", |a| {
        let (collection, keys) = a.split_first()?;
        let mut at = collection.clone();
        for key in keys {
            at = match (&at, key) {
                (Val::List(items, _), Val::Int(n)) => items.get(usize::try_from(*n).ok()?)?.clone(),
                (Val::Map(..) | Val::Nil, Val::Text(key)) => at.field(key),
                _ => return None,
            };
        }
        Some(at)
    }),
    strict("int", |a| int(a.first()?).map(Val::Int)),
    strict("int64", |a| int(a.first()?).map(Val::Int)),
    strict("join", |a| match a {
        [Val::Text(between), Val::List(items, _)] => joined(items, between).map(Val::text),
        _ => None,
    }),
    strict("kindIs", |a| match a {
        [Val::Text(kind), value] => {
            let is = match value {
                Val::Map(..) => "map",
                Val::List(..) => "slice",
                Val::Text(_) => "string",
                Val::Bool(_) => "bool",
                Val::Nil => "invalid",
                _ => return None,
            };
            Some(Val::Bool(is == &**kind))
        }
        _ => None,
    }),
    strict("le", |a| order(a, |x, y| x <= y)),
    strict("len", |a| match a.first()? {
        Val::List(items, _) => Some(Val::Int(items.len() as i64)),
        Val::Map(entries, _) => Some(Val::Int(entries.len() as i64)),
        Val::Text(text) => Some(Val::Int(text.len() as i64)),
        _ => None,
    }),
    lenient("list", |a| Some(Val::list(a.to_vec()))),
    strict("lower", |a| one(a, |text| text.to_lowercase())),
    strict("lt", |a| order(a, |x, y| x < y)),
    strict("ne", |a| match a {
        [x, y] if std::mem::discriminant(x) == std::mem::discriminant(y) => Some(Val::Bool(x != y)),
        _ => None,
    }),
    strict("nindent", |a| Some(Val::text(format!("\n{}", indented(a)?)))),
    strict("not", |a| Some(Val::Bool(!a.first()?.holds()?))),
    lenient("or", |a| {
        for arg in a {
            match arg.holds() {
                Some(false) => {}
                Some(true) => return Some(arg.clone()),
                None => return None,
            }
        }
        a.last().cloned()
    }),
    strict("print", |a| joined(a, "").map(Val::text)),
    strict("printf", formatted),
    strict("quote", |a| match a {
        [Val::Nil] | [] => None,
        [value] => Some(Val::text(quoted(&value.written()?))),
        _ => None,
    }),
    strict("replace", |a| match a {
        // A text that grows with each replacement is bounded by what is left of the whole.
        [Val::Text(old), Val::Text(new), Val::Text(text)] if !old.is_empty() => {
            let count = text.matches(&**old).count();
            (text.len() + count * new.len() <= MOST_TEXT)
                .then(|| Val::text(text.replace(&**old, new)))
        }
        _ => None,
    }),
    strict("required", |a| match a {
        [_, value] => value.holds()?.then(|| value.clone()),
        _ => None,
    }),
    strict("squote", |a| match a {
        [Val::Nil] | [] => None,
        [value] => Some(Val::text(format!("'{}'", value.written()?.replace('\'', "''")))),
        _ => None,
    }),
    strict("sub", |a| match a {
        [x, y] => int(x)?.checked_sub(int(y)?).map(Val::Int),
        _ => None,
    }),
    lenient("ternary", |a| match a {
        [yes, no, condition] => Some(if condition.holds()? { yes.clone() } else { no.clone() }),
        _ => None,
    }),
    strict("toJson", |a| a.first()?.json().map(Val::text)),
    strict("toString", |a| a.first()?.written().map(Val::text)),
    strict("toYaml", |a| a.first()?.yaml().map(Val::text)),
    // A value that is a template itself would have to be read as one.
    strict("tpl", |a| match a {
        [Val::Text(text), _] if !text.contains("{{") => Some(Val::Text(Arc::clone(text))),
        _ => None,
    }),
    strict("trim", |a| one(a, |text| text.trim().to_owned())),
    strict("trimPrefix", |a| {
        two(a, |part, text| Val::text(text.strip_prefix(part).unwrap_or(text)))
    }),
    strict("trimSuffix", |a| {
        two(a, |part, text| Val::text(text.strip_suffix(part).unwrap_or(text)))
    }),
    strict("trunc", |a| match a {
        [Val::Int(most), text] => {
            let most = usize::try_from(*most).ok()?;
            Some(Val::text(text.written()?.chars().take(most).collect::<String>()))
        }
        _ => None,
    }),
    strict("upper", |a| one(a, |text| text.to_uppercase())),
];

/// The value of a call.
pub(super) fn call(name: &str, arguments: &[Val]) -> Val {
    let Ok(at) = FUNCTIONS.binary_search_by(|f| f.name.cmp(name)) else { return Val::Unknown };
    let Some(function) = FUNCTIONS.get(at) else { return Val::Unknown };
    let unknown = |v: &Val| matches!(v, Val::Unknown | Val::Open(_));
    // A context that is handed on says nothing about the text beside it.
    let of = if name == "tpl" { arguments.get(..1).unwrap_or_default() } else { arguments };
    if !function.lenient && of.iter().any(unknown) {
        return Val::Unknown;
    }
    (function.call)(arguments).unwrap_or(Val::Unknown)
}

fn entry<'e>(entries: &'e [(String, Val)], key: &str) -> Option<&'e (String, Val)> {
    let at = entries.binary_search_by(|(k, _)| k.as_str().cmp(key)).ok()?;
    entries.get(at)
}

fn joined(values: &[Val], between: &str) -> Option<String> {
    let mut out = String::new();
    for (index, value) in values.iter().enumerate() {
        out.push_str(if index > 0 { between } else { "" });
        out.push_str(&value.written()?);
        if out.len() > MOST_TEXT {
            return None;
        }
    }
    Some(out)
}

fn int(value: &Val) -> Option<i64> {
    match value {
        Val::Int(n) => Some(*n),
        Val::Text(text) => text.parse().ok(),
        Val::Nil => Some(0),
        _ => None,
    }
}

fn order(arguments: &[Val], holds: fn(i64, i64) -> bool) -> Option<Val> {
    match arguments {
        [Val::Int(x), Val::Int(y)] => Some(Val::Bool(holds(*x, *y))),
        _ => None,
    }
}

fn one(arguments: &[Val], make: fn(&str) -> String) -> Option<Val> {
    match arguments {
        [value] => Some(Val::text(make(&value.written()?))),
        _ => None,
    }
}

fn two(arguments: &[Val], make: fn(&str, &str) -> Val) -> Option<Val> {
    match arguments {
        [first, second] => Some(make(&first.written()?, &second.written()?)),
        _ => None,
    }
}

/// Each line of a text after so many blanks.
fn indented(arguments: &[Val]) -> Option<String> {
    let [Val::Int(blanks), text] = arguments else { return None };
    let blanks = usize::try_from(*blanks).ok().filter(|n| *n <= 1_000)?;
    let text = text.written()?;
    if text.len() + (text.lines().count() + 1) * blanks > MOST_TEXT {
        return None;
    }
    let lines: Vec<String> = text.split('\n').map(|l| format!("{:blanks$}{l}", "")).collect();
    Some(lines.join("\n"))
}

fn formatted(arguments: &[Val]) -> Option<Val> {
    let (Val::Text(format), mut rest) = (arguments.first()?, arguments.get(1..)?) else {
        return None;
    };
    let mut out = String::new();
    let mut letters = format.chars();
    while let Some(c) = letters.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let verb = letters.next()?;
        if verb == '%' {
            out.push('%');
            continue;
        }
        let (value, more) = rest.split_first()?;
        rest = more;
        match verb {
            's' | 'v' => out.push_str(&value.written()?),
            'd' => out.push_str(&int(value)?.to_string()),
            'q' => out.push_str(&quoted(&value.written()?)),
            _ => return None,
        }
        if out.len() > MOST_TEXT {
            return None;
        }
    }
    rest.is_empty().then(|| Val::text(out))
}

#[cfg(test)]
mod tests {
    use super::FUNCTIONS;

    #[test]
    fn rows_are_sorted() {
        assert!(FUNCTIONS.is_sorted_by(|a, b| a.name < b.name));
    }
}
