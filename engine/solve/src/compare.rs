//! Comparisons and numbers, as the language means them.

use redan_facts::{Value, ValueId, Values};
use redan_program::ir::Compare;

/// Whether a comparison holds. Values of unlike types are unequal and not ordered.
pub(crate) fn holds(values: &Values, op: Compare, a: ValueId, b: ValueId) -> bool {
    match op {
        Compare::Eq => a == b,
        Compare::Ne => a != b,
        Compare::Lt | Compare::Le | Compare::Gt | Compare::Ge => {
            let alike = match (values.get(a), values.get(b)) {
                (Value::Symbol { of: x, .. }, Value::Symbol { of: y, .. }) => x == y,
                (x, y) => std::mem::discriminant(x) == std::mem::discriminant(y),
            };
            let order = values.compare(a, b);
            alike
                && match op {
                    Compare::Lt => order.is_lt(),
                    Compare::Le => order.is_le(),
                    Compare::Gt => order.is_gt(),
                    Compare::Ge | Compare::Eq | Compare::Ne => order.is_ge(),
                }
        }
    }
}

/// The number that a value is.
pub(crate) fn int(values: &Values, id: ValueId) -> Option<i64> {
    match values.get(id) {
        Value::Int(n) => Some(*n),
        Value::Bool(_) | Value::Str(_) | Value::Symbol { .. } | Value::Entity { .. } => None,
    }
}

/// The nearest number that fits.
pub(crate) fn clamp(sum: i128) -> i64 {
    i64::try_from(sum).unwrap_or(if sum < 0 { i64::MIN } else { i64::MAX })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unlike_types_are_unequal_and_not_ordered() {
        let mut values = Values::new();
        let (one, two, text) = (values.int(1), values.int(2), values.text("1"));
        assert!(holds(&values, Compare::Lt, one, two));
        assert!(!holds(&values, Compare::Ge, one, two));
        assert!(holds(&values, Compare::Ne, one, text));
        for op in [Compare::Eq, Compare::Lt, Compare::Le, Compare::Gt, Compare::Ge] {
            assert!(!holds(&values, op, one, text), "{op:?}");
        }
        let low = |of: &str, rank| Value::Symbol { of: of.into(), name: "x".into(), rank };
        let (a, b, c) = (
            values.intern(low("level", 0)),
            values.intern(low("level", 1)),
            values.intern(low("trust", 2)),
        );
        assert!(holds(&values, Compare::Le, a, b));
        assert!(!holds(&values, Compare::Le, a, c));
        assert_eq!(clamp(i128::MAX), i64::MAX);
    }
}
