//! Each mistake with its message, its help and the text that is underlined, beside a near miss that is right.

#![expect(clippy::unwrap_used, clippy::string_slice, reason = "a test may fail")]

mod changes;
mod kinds;
mod names;
mod packs;
mod pages;
mod policies;
mod sets;
mod threats;
mod translations;
mod values;

/// A threat without mistakes, and what it needs.
const THREAT: &str = r#"
threat cleartext {
  title "Clear text"  stride tampering  severity medium
  match a -[f]-> b
  where not f.encrypted
  mitigate encrypt
}
mitigation encrypt { title "Encrypt"  steps "Use TLS." }
"#;

fn with_threat(text: &str) -> String {
    crate::testing::declared(&format!("{THREAT}{text}"))
}
