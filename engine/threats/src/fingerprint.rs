//! What a finding is recognised by in the next run: the rule and what it matched, without line
//! numbers, so that an edit above it changes nothing.

use redan_facts::{Value, ValueId};

use crate::excerpt::mask_line;
use crate::view::View;

/// The text that is hashed for a row of bindings.
pub fn key(view: &View<'_>, rule: &str, names: &[(&str, ValueId)]) -> String {
    let mut text = format!("1\n{rule}\n");
    for (name, value) in names {
        let stable = view.stable_key(*value);
        // A hash of a secret could be guessed from outside: the masked form is enough to tell
        // findings apart.
        let stable = mask_line(&stable);
        text.push_str(&format!("{name}={stable}{}\n", matched(view, *value)));
    }
    text
}

/// The matched text of an extracted fact, which tells two in one file apart.
fn matched(view: &View<'_>, value: ValueId) -> String {
    let extracted =
        matches!(view.facts.values.get(value), Value::Entity { key, .. } if key.len() == 4);
    let place = extracted
        .then(|| view.kind_of(value))
        .flatten()
        .and_then(|kind| view.places(kind, value).first().copied());
    let Some(source) = place.and_then(|p| view.sources.get(p.source)) else { return String::new() };
    let text = place.map_or("", |p| source.slice(p.span));
    let start: String = text.chars().take(400).collect();
    let words: Vec<&str> = start.split_whitespace().collect();
    format!("|{}", mask_line(&words.join(" ")))
}

/// The fingerprint and the short name of a finding; `repeat` counts findings of one key.
pub fn fingerprint(key: &str, repeat: usize) -> (String, String) {
    let mut hasher = blake3::Hasher::new();
    hasher.update(key.as_bytes());
    if repeat > 0 {
        hasher.update(format!("#{repeat}").as_bytes());
    }
    let hex = hasher.finalize().to_hex();
    let long: String = hex.chars().take(32).collect();
    let short: String = hex.chars().take(8).collect();
    (long, format!("RF-{short}"))
}
