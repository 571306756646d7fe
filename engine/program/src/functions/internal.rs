//! Functions that only the lowering uses: entities, places, and tests on values that may be unknown.

use std::cmp::Ordering;

use redan_facts::{Value, ValueId, Values};

use super::{Function, Run, function, int_of, text_of};
use crate::schema::Type;

const fn row(
    name: &'static str,
    parameters: &'static [Type],
    result: Type,
    docs: &'static str,
    run: Run,
) -> Function {
    Function { name, parameters, pattern: false, result, many: false, total: true, docs, run }
}

/// `@add`
pub static ADD: Function = row(
    "@add",
    &[Type::Any, Type::Any],
    Type::Any,
    "The sum of two numbers; of other values their texts joined.",
    |values, _, arguments, out| {
        let sum = match (int_of(values, arguments, 0), int_of(values, arguments, 1)) {
            (Some(a), Some(b)) => a.checked_add(b).map(|n| values.int(n)),
            _ => match arguments {
                [a, b] => {
                    let text = format!("{}{}", values.show(*a), values.show(*b));
                    (text.len() <= super::LONGEST).then(|| values.text(&text))
                }
                _ => None,
            },
        };
        out.extend(sum);
    },
);

/// `@entity`
pub static ENTITY: Function = row(
    "@entity",
    &[Type::Str],
    Type::Any,
    "The entity of a name; the pattern is its root kind.",
    |values, pattern, arguments, out| {
        if let (Some(root), Some(name)) = (pattern, text_of(values, arguments, 0))
            && !name.is_empty()
        {
            out.push(values.entity(root, &name));
        }
    },
);

/// `@flow`
pub static FLOW: Function = row(
    "@flow",
    &[Type::Any, Type::Any, Type::Str],
    Type::Any,
    "The flow between two entities, with a label if a third argument is given; the pattern is its root kind.",
    |values, pattern, arguments, out| {
        if let Some(root) = pattern
            && arguments.len() >= 2
        {
            out.push(values.entity_of(root, arguments));
        }
    },
);

/// `@inside`
pub static INSIDE: Function = row(
    "@inside",
    &[Type::Any, Type::Any],
    Type::Bool,
    "Whether the place of an extracted fact lies in that of another.",
    |values, _, arguments, out| {
        let [inner, outer] = arguments else { return };
        if let (Some(a), Some(b)) = (place(values, *inner), place(values, *outer)) {
            let lies = a.0 == b.0 && b.1 <= a.1 && a.2 <= b.2 && inner != outer;
            out.push(values.bool(lies));
        }
    },
);

/// `@lacks`
pub static LACKS: Function = row(
    "@lacks",
    &[Type::Any, Type::Any],
    Type::Bool,
    "Whether the last argument is not among the values of the function that the pattern names for the others.",
    |values, pattern, arguments, out| {
        let Some((value, arguments)) = arguments.split_last() else { return };
        let mut given = vec![];
        run_named(values, pattern, arguments, &mut given);
        out.push(values.bool(!given.contains(value)));
    },
);

/// `@lift`
pub static LIFT: Function = row(
    "@lift",
    &[Type::Any],
    Type::Any,
    "The function that the pattern names, of values that may be unknown: unknown if one of them is; a test then holds and fails.",
    |values, pattern, arguments, out| {
        if !arguments.iter().any(|a| is_unknown(values, *a)) {
            run_named(values, pattern, arguments, out);
            return;
        }
        let name = pattern.and_then(|p| p.split('\0').next()).unwrap_or_default();
        out.push(unknown(values));
        if function(name).is_some_and(|f| f.result == Type::Bool) {
            out.extend([values.bool(true), values.bool(false)]);
        }
    },
);

/// `@maybe`
pub static MAYBE: Function = row(
    "@maybe",
    &[Type::Any, Type::Any],
    Type::Bool,
    "The comparison that the pattern names, of values that may be unknown: it holds and fails if one of them is.",
    |values, pattern, arguments, out| {
        let [a, b] = arguments else { return };
        if is_unknown(values, *a) || is_unknown(values, *b) {
            out.extend([values.bool(true), values.bool(false)]);
        } else {
            let holds = compare(values, pattern.unwrap_or_default(), *a, *b);
            out.push(values.bool(holds));
        }
    },
);

/// `@none`
pub static NONE: Function = row(
    "@none",
    &[Type::Any],
    Type::Bool,
    "Whether the function that the pattern names gives no value.",
    |values, pattern, arguments, out| {
        let mut given = vec![];
        run_named(values, pattern, arguments, &mut given);
        let known = !arguments.iter().any(|a| is_unknown(values, *a));
        out.push(values.bool(given.is_empty() && known));
    },
);

/// `@same_file`
pub static SAME_FILE: Function = row(
    "@same_file",
    &[Type::Any, Type::Any],
    Type::Bool,
    "Whether two extracted facts are from one file.",
    |values, _, arguments, out| {
        let [a, b] = arguments else { return };
        if let (Some(a), Some(b)) = (place(values, *a), place(values, *b)) {
            out.push(values.bool(a.0 == b.0));
        }
    },
);

/// `@sub`
pub static SUB: Function = row(
    "@sub",
    &[Type::Int, Type::Int],
    Type::Int,
    "The difference of two numbers.",
    |values, _, arguments, out| {
        let numbers = (int_of(values, arguments, 0), int_of(values, arguments, 1));
        if let (Some(a), Some(b)) = numbers {
            out.extend(a.checked_sub(b).map(|n| values.int(n)));
        }
    },
);

const UNKNOWN: &str = "@unknown";

/// The value that stands for one that nobody knows, in the relations `K.A@maybe` of the possible bound. It is no
/// value of the language.
pub fn unknown(values: &mut Values) -> ValueId {
    values.intern(Value::Symbol { of: UNKNOWN.into(), name: "unknown".into(), rank: 0 })
}

/// Whether a value is [`unknown`].
pub fn is_unknown(values: &Values, id: ValueId) -> bool {
    matches!(values.get(id), Value::Symbol { of, .. } if of.as_ref() == UNKNOWN)
}

/// Runs the function of a pattern `name` or `name\0pattern`.
fn run_named(
    values: &mut Values,
    pattern: Option<&str>,
    arguments: &[ValueId],
    out: &mut Vec<ValueId>,
) {
    let Some(pattern) = pattern else { return };
    let (name, inner) = match pattern.split_once('\0') {
        Some((name, inner)) => (name, Some(inner)),
        None => (pattern, None),
    };
    // Not one of those that run others: there is no need for it, and so no recursion.
    if let Some(f) = function(name).filter(|f| !matches!(f.name, "@lift" | "@none" | "@lacks")) {
        (f.run)(values, inner, arguments, out);
    }
}

/// A comparison as [`crate::ir::Literal::Compare`] means it.
fn compare(values: &Values, op: &str, a: ValueId, b: ValueId) -> bool {
    let like = match (values.get(a), values.get(b)) {
        (Value::Symbol { of: x, .. }, Value::Symbol { of: y, .. }) => x == y,
        (x, y) => std::mem::discriminant(x) == std::mem::discriminant(y),
    };
    let order = values.compare(a, b);
    match op {
        "==" => a == b,
        "!=" => a != b,
        "<" => like && order == Ordering::Less,
        "<=" => like && order != Ordering::Greater,
        ">" => like && order == Ordering::Greater,
        ">=" => like && order != Ordering::Less,
        _ => false,
    }
}

/// Path, start and end of an extracted fact: its key begins with them.
fn place(values: &Values, id: ValueId) -> Option<(ValueId, i64, i64)> {
    let Value::Entity { key, .. } = values.get(id) else { return None };
    let [path, rest @ ..] = key.as_ref() else { return None };
    Some((*path, int_of(values, rest, 0)?, int_of(values, rest, 1)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fact(values: &mut Values, path: &str, start: i64, end: i64) -> ValueId {
        let key = [values.text(path), values.int(start), values.int(end), values.int(0)];
        values.entity_of("x.route", &key)
    }

    fn shown(f: &Function, values: &mut Values, pattern: &str, arguments: &[ValueId]) -> String {
        let mut out = vec![];
        (f.run)(values, Some(pattern), arguments, &mut out);
        out.iter().map(|v| values.show(*v)).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn places_lie_inside_places_of_the_same_file() {
        let v = &mut Values::new();
        let (outer, inner) = (fact(v, "a", 0, 9), fact(v, "a", 2, 9));
        let other = fact(v, "b", 2, 3);
        assert_eq!(shown(&INSIDE, v, "", &[inner, outer]), "true");
        assert_eq!(shown(&INSIDE, v, "", &[outer, inner]), "false");
        assert_eq!(shown(&INSIDE, v, "", &[outer, outer]), "false");
        assert_eq!(shown(&INSIDE, v, "", &[other, outer]), "false");
        assert_eq!(shown(&SAME_FILE, v, "", &[inner, outer]), "true");
        assert_eq!(shown(&SAME_FILE, v, "", &[other, outer]), "false");
    }

    #[test]
    fn the_unknown_passes_every_test_and_its_opposite() {
        let v = &mut Values::new();
        let (u, x, one) = (unknown(v), v.text("x"), v.int(1));
        assert_eq!(shown(&MAYBE, v, "==", &[u, x]), "true false");
        assert_eq!(shown(&MAYBE, v, "==", &[x, x]), "true");
        assert_eq!(shown(&MAYBE, v, "<", &[one, x]), "false", "unlike types are not ordered");
        assert_eq!(shown(&LIFT, v, "upper", &[u]), "unknown");
        assert_eq!(shown(&LIFT, v, "upper", &[x]), "X");
        assert_eq!(shown(&LIFT, v, "@matches\0^y", &[x]), "false");
        assert_eq!(shown(&LIFT, v, "@matches\0^y", &[u]), "unknown true false");
        assert_eq!(shown(&NONE, v, "url_host", &[x]), "true");
        assert_eq!(shown(&NONE, v, "url_host", &[u]), "false");
        assert_eq!(shown(&LACKS, v, "words", &[x, x]), "false");
        assert_eq!(shown(&LACKS, v, "words", &[x, one]), "true");
    }
}
