//! Texts of the program in Fluent: a file for each language, read when the first text of that language is wanted.
//!
//! A key is an enum made by [`texts!`](crate::texts); so a key that is not there does not compile, and the tests of
//! each catalogue compare the keys with the files. English is the first language and what the others fall back to.

use std::sync::OnceLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use unic_langid::LanguageIdentifier;

/// The languages of the program: code, name in the language itself. The order is that of the files of a catalogue.
pub const LANGUAGES: [(&str, &str); 2] = [("en", "English"), ("ja", "日本語")];

/// The number of a language by a code as `ja`, `ja-JP` or a locale as `ja_JP.UTF-8`; none if it has no texts.
pub fn language(asked: &str) -> Option<usize> {
    let tag = asked.split(['.', '@']).next().unwrap_or_default();
    let asked: LanguageIdentifier = tag.parse().ok()?;
    let known: Vec<LanguageIdentifier> =
        LANGUAGES.iter().filter_map(|(code, _)| code.parse().ok()).collect();
    let strategy = fluent_langneg::NegotiationStrategy::Lookup;
    let found = fluent_langneg::negotiate_languages(&[asked], &known, None, strategy);
    let found = found.first()?;
    known.iter().position(|k| k == *found)
}

/// Which text: a variant for each key of the Fluent files.
pub trait Key: Copy + 'static {
    /// All of them, in the order of their numbers.
    const ALL: &'static [Self];

    /// Its place in [`Key::ALL`].
    fn number(self) -> usize;

    /// The name of the variant: its key in the files is the same in kebab case.
    fn name(self) -> &'static str;

    /// What is inserted. `count` is a number that chooses between singular and plural.
    fn variables(self) -> &'static [&'static str];

    /// Its key in the files.
    fn id(self) -> String {
        let mut id = String::new();
        for c in self.name().chars() {
            if c.is_ascii_uppercase() && !id.is_empty() {
                id.push('-');
            }
            id.push(c.to_ascii_lowercase());
        }
        id
    }
}

/// Declares the keys of a catalogue, each with the variables that its text takes.
#[macro_export]
macro_rules! texts {
    ($(#[$docs:meta])* $vis:vis enum $key:ident { $($name:ident $(($($variable:ident),+))?;)* }) => {
        $(#[$docs])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[allow(missing_docs, reason = "the texts are in the Fluent files")]
        $vis enum $key { $($name),* }

        impl $crate::Key for $key {
            const ALL: &'static [Self] = &[$(Self::$name),*];

            fn number(self) -> usize {
                self as usize
            }

            fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name)),* }
            }

            fn variables(self) -> &'static [&'static str] {
                match self { $(Self::$name => &[$($(stringify!($variable)),+)?]),* }
            }
        }
    };
}

/// The texts of a program in all languages.
pub struct Catalog {
    files: [&'static str; LANGUAGES.len()],
    loaded: [OnceLock<Loaded>; LANGUAGES.len()],
}

/// The texts of one language.
struct Loaded {
    bundle: FluentBundle<FluentResource>,
    /// For each key its id, and its text with nothing inserted; none if the file has none.
    texts: Vec<(String, Option<String>)>,
    /// Mistakes in the file.
    mistakes: Vec<String>,
}

impl Catalog {
    /// A catalogue of these files, in the order of [`LANGUAGES`].
    pub const fn new(files: [&'static str; LANGUAGES.len()]) -> Self {
        Self { files, loaded: [const { OnceLock::new() }; LANGUAGES.len()] }
    }

    /// A text without insertions.
    pub fn get<K: Key>(&'static self, language: usize, key: K) -> &'static str {
        let plain = |language| {
            let (_, text) = self.loaded::<K>(language)?.texts.get(key.number())?;
            text.as_deref()
        };
        plain(language).or_else(|| plain(0)).unwrap_or_default()
    }

    /// A text with insertions, in the order in which the key has its variables.
    pub fn fill<K: Key>(&'static self, language: usize, key: K, values: &[&str]) -> String {
        let mut arguments = FluentArgs::with_capacity(values.len());
        for (name, value) in key.variables().iter().zip(values) {
            let number = *name == "count";
            let value =
                if number { FluentValue::try_number(value) } else { FluentValue::from(*value) };
            arguments.set(*name, value);
        }
        let filled = |language| self.loaded::<K>(language)?.format(key.number(), &arguments).ok();
        filled(language).or_else(|| filled(0)).unwrap_or_default()
    }

    fn loaded<K: Key>(&'static self, language: usize) -> Option<&'static Loaded> {
        let (code, _) = LANGUAGES.get(language)?;
        let file = *self.files.get(language)?;
        Some(self.loaded.get(language)?.get_or_init(|| Loaded::new::<K>(code, file)))
    }
}

/// A Fluent file by itself, for texts whose keys are told by something else than [`Key`]: the help of commands.
pub struct FluentFile {
    bundle: FluentBundle<FluentResource>,
    mistakes: Vec<String>,
}

impl FluentFile {
    /// Reads a file in a language. What could be read of a file with a mistake is used.
    pub fn new(code: &str, file: &str) -> Self {
        let mut mistakes = vec![];
        let resource = FluentResource::try_new(file.to_owned()).unwrap_or_else(|(read, errors)| {
            mistakes.extend(errors.iter().map(ToString::to_string));
            read
        });
        let mut bundle = FluentBundle::new_concurrent(code.parse().into_iter().collect());
        // Names of a repository are marked off where they are shown, by the escapes of each format.
        bundle.set_use_isolating(false);
        if let Err(errors) = bundle.add_resource(resource) {
            mistakes.extend(errors.iter().map(ToString::to_string));
        }
        Self { bundle, mistakes }
    }

    /// Mistakes in the file: for tests.
    pub fn mistakes(&self) -> &[String] {
        &self.mistakes
    }

    /// A text, or an attribute of it, with insertions; none if there is none.
    pub fn text(
        &self,
        id: &str,
        attribute: Option<&str>,
        values: &[(&str, &str)],
    ) -> Option<String> {
        let message = self.bundle.get_message(id)?;
        let pattern = match attribute {
            Some(name) => message.get_attribute(name)?.value(),
            None => message.value()?,
        };
        let mut arguments = FluentArgs::with_capacity(values.len());
        for (name, value) in values {
            arguments.set(*name, *value);
        }
        let text = self.bundle.format_pattern(pattern, Some(&arguments), &mut vec![]);
        Some(text.into_owned())
    }
}

impl Loaded {
    fn new<K: Key>(code: &str, file: &str) -> Self {
        let FluentFile { bundle, mistakes } = FluentFile::new(code, file);
        let mut loaded = Self { bundle, texts: vec![], mistakes };
        for key in K::ALL {
            loaded.texts.push((key.id(), None));
            let text = match loaded.format(key.number(), &FluentArgs::new()) {
                Ok(text) => Some(text),
                Err(text) => text,
            };
            if let Some((_, slot)) = loaded.texts.last_mut() {
                *slot = text;
            }
        }
        loaded
    }

    /// The text of a key; `Err` is one in which something could not be inserted, or none if there is no text.
    fn format(&self, number: usize, arguments: &FluentArgs<'_>) -> Result<String, Option<String>> {
        let (id, _) = self.texts.get(number).ok_or(None)?;
        let message = self.bundle.get_message(id).ok_or(None)?;
        let pattern = message.value().ok_or(None)?;
        let mut errors = vec![];
        let text = self.bundle.format_pattern(pattern, Some(arguments), &mut errors).into_owned();
        if errors.is_empty() { Ok(text) } else { Err(Some(text)) }
    }
}

/// What is wrong with the files of a catalogue: for its tests.
#[doc(hidden)]
pub fn mistakes<K: Key + std::fmt::Debug>(catalog: &'static Catalog) -> Vec<String> {
    let mut all = vec![];
    for (number, (code, _)) in LANGUAGES.iter().enumerate() {
        let Some(loaded) = catalog.loaded::<K>(number) else { continue };
        all.extend(loaded.mistakes.iter().map(|m| format!("{code}: {m}")));
        let file = catalog.files.get(number).copied().unwrap_or_default();
        for (id, _) in file.lines().filter_map(|l| l.split_once(" =")) {
            if !id.starts_with([' ', '#']) && !loaded.texts.iter().any(|(known, _)| known == id) {
                all.push(format!("{code}: nothing in the program is called `{id}`"));
            }
        }
        for key in K::ALL {
            all.extend(wrong(loaded, *key).map(|what| format!("{code}: {} {what}", key.id())));
        }
    }
    all
}

/// Texts of a language with a row of Latin words in them, which are probably not translated: for the tests of a
/// catalogue. Names of `code` are none; others that stay as they are come in `names`.
#[doc(hidden)]
pub fn latin<K: Key>(
    catalog: &'static Catalog,
    language: usize,
    names: &[&str],
) -> Vec<(String, String)> {
    let left = |text: &str| {
        let prose: String = text.split('`').step_by(2).collect::<Vec<_>>().join(" ");
        let prose = names.iter().fold(prose, |prose, name| prose.replace(name, ""));
        let letters = prose.split(|c: char| !c.is_ascii_alphabetic()).filter(|w| w.len() > 1);
        letters.count() > 0
    };
    let values: Vec<&str> = vec![""; 8];
    let filled = K::ALL.iter().map(|key| (key.id(), catalog.fill(language, *key, &values)));
    filled.filter(|(_, text)| left(text)).collect()
}

/// Whether a text takes other variables than its key has.
fn wrong<K: Key>(loaded: &Loaded, key: K) -> Option<String> {
    let mut seen: Vec<&str> = vec![];
    for count in ["1", "7000007"] {
        let mut arguments = FluentArgs::new();
        let shown = |name: &&'static str| match *name {
            "count" => FluentValue::try_number(count),
            name => FluentValue::from(format!("<{name}>")),
        };
        for name in key.variables() {
            arguments.set(*name, shown(name));
        }
        let text = match loaded.format(key.number(), &arguments) {
            Ok(text) => text,
            Err(None) => return Some("is missing".to_owned()),
            Err(Some(text)) => return Some(format!("inserts what is not there: {text}")),
        };
        seen.extend(key.variables().iter().filter(|name| match **name {
            "count" => text.contains(count),
            name => text.contains(&format!("<{name}>")),
        }));
    }
    let lost = key.variables().iter().find(|name| !seen.contains(*name))?;
    Some(format!("does not say ${lost}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_are_found_by_locales() {
        let code = |asked| language(asked).and_then(|n| LANGUAGES.get(n)).map(|(code, _)| *code);
        assert_eq!(code("ja"), Some("ja"));
        assert_eq!(code("ja_JP.UTF-8"), Some("ja"));
        assert_eq!(code("ja-JP"), Some("ja"));
        assert_eq!(code("en_GB.UTF-8@euro"), Some("en"));
        // Javanese and the locales without a language are none of these.
        assert_eq!(code("jav"), None);
        assert_eq!(code("C.UTF-8"), None);
        assert_eq!(code("POSIX"), None);
        assert_eq!(code(""), None);
        assert_eq!(code("jargon_of_nobody"), None);
    }

    texts! {
        enum Sample { Plain; Named(name); Counted(count, name); OnlyEnglish(name); }
    }

    static SAMPLE: Catalog = Catalog::new([
        "plain = Plain\nnamed = a { $name }\nonly-english = in { $name }\n\
         counted =\n    { $count ->\n        [one] { $count } thing of { $name }\n       *[other] { $count } things of { $name }\n    }\n",
        "plain = 素\nnamed = { $nmae } の\ncounted = { $count } 件\nstale = 古い\n",
    ]);

    #[test]
    fn texts_are_filled_in_and_fall_back() {
        assert_eq!(SAMPLE.get(1, Sample::Plain), "素");
        assert_eq!(SAMPLE.fill(0, Sample::Counted, &["1", "x"]), "1 thing of x");
        assert_eq!(SAMPLE.fill(0, Sample::Counted, &["0", "x"]), "0 things of x");
        assert_eq!(SAMPLE.fill(1, Sample::Counted, &["1", "x"]), "1 件");
        assert_eq!(SAMPLE.fill(1, Sample::OnlyEnglish, &["x"]), "in x");
        // What cannot be inserted does not reach a reader.
        assert_eq!(SAMPLE.fill(1, Sample::Named, &["{ $x }"]), "a { $x }");
    }

    #[test]
    fn mistakes_in_files_are_found() {
        assert_eq!(
            mistakes::<Sample>(&SAMPLE),
            [
                "ja: nothing in the program is called `stale`",
                "ja: named inserts what is not there: {$nmae} の",
                "ja: counted does not say $name",
                "ja: only-english is missing",
            ]
        );
    }
}
