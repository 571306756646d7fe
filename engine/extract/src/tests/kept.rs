//! What is kept between runs changes nothing but the time: each result is compared with one without a cache.

use std::sync::Mutex;

use proptest::prelude::*;
use redan_base::{Cache, CacheKey, Limits, MemoryCache, MemoryWorld};

use super::{compiled, show};
use crate::{Event, extract};

/// A run: everything that later steps see, how many files were known, and what was dropped.
struct Ran {
    result: String,
    facts: Vec<String>,
    known: usize,
    read: usize,
    dropped: Vec<String>,
}

fn run(pack: &str, world: &MemoryWorld, limits: &Limits, cache: Option<&dyn Cache>) -> Ran {
    let (program, sources, extractors) = compiled(pack);
    let dropped = Mutex::new(vec![]);
    let tell = |event| {
        if let Event::Dropped { path, why } = event {
            dropped.lock().unwrap().push(format!("{path}: {why}"));
        }
    };
    let (extraction, told) = extract(world, &program, &extractors, sources, limits, cache, &tell);
    let facts = show(&program, &extraction);
    let mut result = format!("{facts:#?}\n{:#?}\n{told:#?}\n", extraction.coverage);
    for (id, source) in extraction.sources.iter() {
        result.push_str(&format!("{id:?} {} {:?}\n", source.path(), source.text()));
    }
    for relation in extraction.facts.relations() {
        for (number, row) in relation.rows() {
            result.push_str(&format!("{row:?} {:?}\n", relation.places(number)));
        }
    }
    let (known, read) = (extraction.known, extraction.coverage.read);
    Ran { result, facts, known, read, dropped: dropped.into_inner().unwrap() }
}

/// A run with a cache; its result is that of a run without one.
#[track_caller]
fn same(pack: &str, world: &MemoryWorld, limits: &Limits, cache: &MemoryCache) -> Ran {
    let plain = run(pack, world, limits, None);
    let cached = run(pack, world, limits, Some(cache));
    assert_eq!(plain.known, 0);
    assert_eq!(plain.result, cached.result, "{pack}");
    cached
}

const PACK: &str = r#"
    enum level { low, high }
    set ports { 80, 443 }
    set names { "api", /db-.*/ }
    extract port(name, port: int, level?: level, tags*)
      from yaml at services.$name where .port in ports { port: .port  level: .level  tags: .tags }
      from yaml at queues.$name { port: .port }
    extract named(name) from yaml at services.$name where $name in names
    extract call(to, url?) from python match `fetch($to)` { url: $to }
    extract secret(key, value?) from text in "**/.env" match /^(?<key>\w*SECRET)=(?<value>\S+)?$/
    extract note(file?) from text in "**/*.md" when file mentions "alpha" file
"#;

fn files() -> MemoryWorld {
    let files = [
        ("a.yml", "services:\n  api: {port: 80, level: HIGH, tags: [a, b]}\n  web: {port: 81}\n"),
        ("b.yml", "queues: {q: {port: x}, r: {}}\nservices: {db-1: {port: 443, level: odd}}\n"),
        ("broken.yml", "services: {api: {port: 80}\n  - ["),
        ("templated.yml", "services:\n  {{ name }}: {port: 80}\n"),
        ("none.yml", "version: 1\n"),
        ("x/call.py", "def f():\n    fetch('http://é')\n"),
        ("x/broken.py", "fetch('a')\ndef (:\n"),
        ("x/none.py", "print(1)\n"),
        ("x/.env", "A_SECRET=é\nB_SECRET=\n"),
        ("alpha.md", "alpha\n"),
        ("beta.md", "beta\n"),
        ("nul.yml", "services: \0"),
        ("other.txt", "services"),
    ];
    files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect()
}

#[test]
fn a_second_run_searches_nothing() {
    let (cache, limits) = (MemoryCache::new(), Limits::default());
    let first = same(PACK, &files(), &limits, &cache);
    assert_eq!(first.known, 0);
    assert!(first.read > 9, "{}", first.read);
    let second = same(PACK, &files(), &limits, &cache);
    assert_eq!(second.known, second.read);
    assert_eq!(second.dropped, [""; 0]);
}

#[test]
fn a_changed_file_is_searched_again_and_no_other() {
    let (cache, limits, mut world) = (MemoryCache::new(), Limits::default(), files());
    same(PACK, &world, &limits, &cache);
    world.insert("a.yml", "services: {api: {port: 443}}\n");
    let ran = same(PACK, &world, &limits, &cache);
    assert_eq!(ran.known, ran.read - 1);
    // What a file says may depend on its name.
    world.insert("x/none.yml", "services: {api: {port: 443}}\n");
    let ran = same(PACK, &world, &limits, &cache);
    assert_eq!(ran.known, ran.read - 1);
}

#[test]
fn a_file_of_the_same_text_may_say_something_else() {
    let pack = "extract call(x) from typescript match `f($x)` extract n(id) from mermaid node";
    let text = "const a = <string>f('x');\nflowchart LR\n  a --> b\n";
    let names = ["a.ts", "b.tsx", "c.mmd", "d.md"];
    let world: MemoryWorld = names.into_iter().map(|name| (name, text)).collect();
    let (cache, limits) = (MemoryCache::new(), Limits::default());
    let first = same(pack, &world, &limits, &cache);
    assert_eq!((first.known, first.read), (0, 4));
    assert_eq!(same(pack, &world, &limits, &cache).known, 4);
}

/// Runs one pack and then another; gives how many files of how many were searched again.
#[track_caller]
fn changed(before: &str, after: &str) -> usize {
    let (cache, limits) = (MemoryCache::new(), Limits::default());
    assert_ne!(before, after);
    same(before, &files(), &limits, &cache);
    let ran = same(after, &files(), &limits, &cache);
    ran.read - ran.known
}

#[test]
fn a_changed_extractor_searches_the_files_that_it_touches() {
    let no = |from: &str, to: &str| changed(PACK, &PACK.replace(from, to));
    assert_eq!(no("extract port", "\n// a comment\n  extract port"), 0, "places count for nothing");
    assert_eq!(no("match `fetch($to)`", "match `fetch($to, $$$)`"), 2, "the files that fetch");
    assert_eq!(no("match `fetch($to)`", "match `nowhere($to)`"), 0, "no file has it");
    assert_eq!(no("secret(key", "secret(b = 1, key"), 1, "the only .env");
    assert_eq!(no("mentions \"alpha\"", "mentions \"beta\""), 1);
    assert_eq!(no("in \"**/*.md\" when", "in \"*.md\" when"), 1, "its text changed");
}

#[test]
fn what_an_extractor_refers_to_counts() {
    // The services of four files: a, b, broken and templated.
    let again = |from: &str, to: &str| changed(PACK, &PACK.replace(from, to));
    assert_eq!(again("tags: .tags }", "}"), 4, "an output");
    assert_eq!(again("where $name in names", ""), 4, "a condition");
    assert_eq!(again("{ 80, 443 }", "{ 80, 81 }"), 4, "a member of a set");
    assert_eq!(again("/db-.*/", "/web/"), 4, "a pattern of a set");
    assert_eq!(again("{ low, high }", "{ odd, high }"), 4, "a symbol of an enum");
    assert_eq!(again("{ low, high }", "{ high, low }"), 4, "the order of symbols");
    assert_eq!(again("port: int,", "port: string,"), 4, "a type");
    assert_eq!(again("port: int,", "port?: int,"), 4, "a mark");
    assert_eq!(again("port: int,", "port: int = 1,"), 4, "a default, where there was none");
    let pack = PACK.replace("port: int,", "port: int = 1,");
    assert_eq!(changed(&pack, &pack.replace("= 1", "= 2")), 0, "defaults come later");
}

#[test]
fn extractors_may_come_go_and_change_places() {
    let at = PACK.find("extract named").unwrap();
    let (head, rest) = PACK.split_at(at);
    let (named, tail) = rest.split_at(rest.find("extract call").unwrap());
    assert_eq!(changed(PACK, &format!("{head}{tail}{named}")), 0);
    assert_eq!(changed(PACK, &format!("{head}{tail}")), 0);
    assert_eq!(changed(&format!("{head}{tail}"), PACK), 4, "the files with services");
    // The only one that read the file as yaml.
    assert_eq!(changed(PACK, "extract note(file?) from text in \"**/*.md\" file"), 2);
}

#[test]
fn limits_are_kept_apart() {
    let cache = MemoryCache::new();
    let limits = Limits::default();
    same(PACK, &files(), &limits, &cache);
    let few = Limits { matches_per_file: 1, value_bytes: 2, ..Limits::default() };
    let ran = same(PACK, &files(), &few, &cache);
    assert_eq!(ran.known, 0);
    let ran = same(PACK, &files(), &few, &cache);
    assert_eq!(ran.known, ran.read, "a limit of numbers is met again");
    let ran = same(PACK, &files(), &limits, &cache);
    assert_eq!(ran.known, ran.read);
    // A unit that met a limit may have found less because of the others.
    let other = PACK.replace("extract note", "extract more(file?) from yaml file extract note");
    let ran = same(&other, &files(), &few, &cache);
    assert_eq!(ran.known, 6, "the files that are no yaml");
}

#[test]
fn what_was_found_under_a_limit_of_time_is_not_kept() {
    let cache = MemoryCache::new();
    let hurried = Limits { extract_ms: 0, parse_ms: 0, ..Limits::default() };
    let first = run(PACK, &files(), &hurried, Some(&cache));
    assert_eq!(first.facts, [""; 0]);
    let ran = same(PACK, &files(), &Limits::default(), &cache);
    assert_eq!(ran.facts.len(), 10);
    assert_eq!(ran.known, 3, "none.yml, x/none.py and beta.md, where nothing was searched");
}

/// Writes the entries anew, each changed.
fn damaged(cache: &MemoryCache, change: &dyn Fn(CacheKey, &mut Vec<u8>)) -> MemoryCache {
    let other = MemoryCache::new();
    for (key, mut bytes) in cache.entries() {
        change(key, &mut bytes);
        other.put(key, bytes);
    }
    other
}

/// Whether an entry is a list of units: a checksum, a number and hashes.
fn is_list(bytes: &[u8]) -> bool {
    bytes.len() > 33 && (bytes.len() - 33).is_multiple_of(32)
}

/// The entries for one file: of the file, and of its list of units.
fn entries_of(pack: &str, text: &str) -> [(CacheKey, Vec<u8>); 2] {
    let cache = MemoryCache::new();
    let world: MemoryWorld = [("a.yml", text)].into_iter().collect();
    same(pack, &world, &Limits::default(), &cache);
    let (lists, files): (Vec<_>, Vec<_>) =
        cache.entries().into_iter().partition(|(_, bytes)| is_list(bytes));
    assert_eq!((lists.len(), files.len()), (1, 1));
    [files, lists].map(|mut list| list.remove(0))
}

#[test]
fn what_was_not_found_in_this_file_is_dropped_whatever_its_checksum_says() {
    let texts = "extract s(p) from yaml at a[*] { p: .p }";
    let numbers = "extract s(p: int) from yaml at a[*] { p: .p }";
    let more = "extract t(x?) from yaml at other extract s(p) from yaml at a[*] { p: .p }";
    let text = "a: [{p: 1}, {p: 22}]\n";
    let dropped = |pack: &str, text: &str, entries: &[(CacheKey, &[u8])]| {
        let cache = MemoryCache::new();
        for (key, content) in entries {
            cache.put(*key, crate::kept::sealed(*key, content));
        }
        let world: MemoryWorld = [("a.yml", text)].into_iter().collect();
        same(pack, &world, &Limits::default(), &cache).dropped
    };
    let [(file, found), (list, units)] = entries_of(texts, text);
    let (found, units) = (&found[32..], &units[32..]);
    let right = [(file, found), (list, units)];
    assert_eq!(dropped(texts, text, &right), [""; 0]);
    assert_eq!(dropped(more, text, &right), [""; 0]);

    // Places outside of the file, and within a letter.
    for other in ["a: [{p: 1}]\n", "a: [{p: 1}, {p: xé}]\n"] {
        let [(file, _), _] = entries_of(texts, other);
        let told = dropped(texts, other, &[(file, found), (list, units)]);
        assert_eq!(told, ["a.yml: it does not fit the file"]);
    }
    // Texts in a field of numbers.
    let [(_, _), (other_list, other_units)] = entries_of(numbers, text);
    let content = [&other_list.0[..], &found[32..]].concat();
    let told = dropped(numbers, text, &[(file, &content), (other_list, &other_units[32..])]);
    assert_eq!(told, ["a.yml: it does not fit the file"]);
    // The units of another list.
    let told = dropped(more, text, &[(file, found), (list, &other_units[32..])]);
    assert_eq!(told, ["a.yml: its list of extractors is another one"]);
    let told = dropped(more, text, &[(file, found), (list, &[0])]);
    assert_eq!(told, ["a.yml: its list of extractors is another one"]);
    // Something behind the end.
    let told = dropped(texts, text, &[(file, &[found, b"x"].concat()), (list, units)]);
    assert_eq!(told, ["a.yml: it is not in the format of entries"]);
}

#[test]
fn a_broken_entry_is_dropped_and_told() {
    let (cache, limits) = (MemoryCache::new(), Limits::default());
    let read = same(PACK, &files(), &limits, &cache).read;
    let longest = cache.entries().values().map(Vec::len).max().unwrap();
    for at in 0..longest {
        let cut = damaged(&cache, &|_, bytes| bytes.truncate(at));
        let flipped = damaged(&cache, &|_, bytes| {
            let at = at % bytes.len();
            bytes[at] ^= 1 << (at % 8);
        });
        for (broken, all) in [(cut, false), (flipped, true)] {
            let ran = same(PACK, &files(), &limits, &broken);
            assert_eq!(ran.dropped.len(), read - ran.known);
            assert!(!all || ran.known == 0, "{at}");
            let again = same(PACK, &files(), &limits, &broken);
            assert_eq!((again.known, again.dropped.len()), (read, 0), "it was replaced");
        }
    }
    // An entry under the name of another one.
    let entries: Vec<Vec<u8>> = cache.entries().into_values().collect();
    let moved = damaged(&cache, &|key, bytes| {
        let other = (usize::from(key.0[0]) + 1) % entries.len();
        if entries[other] != *bytes {
            bytes.clone_from(&entries[other]);
        }
    });
    let ran = same(PACK, &files(), &limits, &moved);
    assert!(ran.known < read && ran.dropped.len() == read - ran.known);
    // A list of extractors is needed only by another pack.
    let small = damaged(&cache, &|_, bytes| {
        if is_list(bytes) {
            bytes.clear();
        }
    });
    let ran = same(&PACK.replace("extract named", "extract other"), &files(), &limits, &small);
    assert!(ran.known < read);
}

/// What packs are made of: whole items that any pack may hold.
const ITEMS: &[&str] = &[
    "extract s(name, p: int) from yaml at services.$name { p: .port }",
    "extract s2(name, p?: int) from yaml at services.$name where $name in names { p: .port }",
    "extract t(name) from yaml, json at **.name { name: . }",
    "extract l(name, l: level) from yaml at services.$name { l: .level }",
    "extract c(x) from python match `f($x)`",
    "extract d(x?) from python match `f($x, $$$)` from python match `g($x)`",
    "extract e(x, n: int = 1) from text in \"**/*.py\", \"*.yml\" match /(?<x>se\\w+)/",
    "extract g(x?) from text in \"**/*\" when file mentions \"port\", \"f(\" file",
    "extract h(x?) from yaml in \"*.yml\" except \"b*\" file",
];

const PARTS: &[&str] = &[
    "services:\n  api: {port: 80, name: n, level: low}\n",
    "services:\n  é: {port: x, level: other}\n",
    "services: {{{ x }}: 1}\n",
    "f('é')\n",
    "f(g(1), 2)\n",
    "name: {name: [a, {name: b}]}\n",
    "[[[[\n",
    "\u{0}",
    "",
];

const PATHS: &[&str] = &["a.yml", "b.yml", "x/a.yml", "a.py", "x/b.py", "c.json", "d"];

/// One change of a repository, its packs or the limits.
#[derive(Debug, Clone)]
enum Step {
    File(usize, Vec<usize>),
    Pack(Vec<usize>, bool, bool),
    Matches(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let parts = prop::collection::vec(0..PARTS.len(), 0..3);
    let items = prop::sample::subsequence((0..ITEMS.len()).collect::<Vec<_>>(), 0..ITEMS.len());
    prop_oneof![
        3 => (0..PATHS.len(), parts).prop_map(|(path, parts)| Step::File(path, parts)),
        3 => (items.prop_shuffle(), any::<bool>(), any::<bool>())
            .prop_map(|(items, names, levels)| Step::Pack(items, names, levels)),
        1 => (1..4_usize).prop_map(Step::Matches),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_changes_the_cache_changes_nothing(steps in prop::collection::vec(step(), 1..12)) {
        let (cache, mut limits) = (MemoryCache::new(), Limits::default());
        let mut world = MemoryWorld::new();
        for (index, path) in PATHS.iter().enumerate() {
            world.insert(*path, PARTS[index]);
        }
        let start = "set names { \"api\" }\nenum level { low, high }\n";
        let mut pack = start.to_owned() + &ITEMS.join("\n");
        for step in steps {
            match step {
                Step::File(path, parts) => {
                    let text: String = parts.iter().map(|p| PARTS[*p]).collect();
                    world.insert(PATHS[path], text);
                }
                Step::Pack(items, names, levels) => {
                    let items: Vec<&str> = items.iter().map(|i| ITEMS[*i]).collect();
                    let names = if names { "set names { /é/ }" } else { "set names { \"api\" }" };
                    let levels = if levels { "enum level { high, other, low }" } else { "enum level { low, high }" };
                    pack = format!("{names}\n{levels}\n{}", items.join("\n"));
                }
                Step::Matches(most) => limits.matches_per_file = most,
            }
            let ran = same(&pack, &world, &limits, &cache);
            prop_assert_eq!(ran.dropped, [""; 0]);
        }
        let ran = same(&pack, &world, &limits, &cache);
        prop_assert_eq!(ran.known, ran.read);
    }

    #[test]
    fn forged_entries_are_harmless(
        junk in prop::collection::vec(any::<u8>(), 0..200),
        at in 0..400_usize,
        value in any::<u8>(),
    ) {
        let (cache, limits) = (MemoryCache::new(), Limits::default());
        same(PACK, &files(), &limits, &cache);
        // Right checksums: nothing but the checks of the content is left.
        let forged = damaged(&cache, &|key, bytes| {
            let mut content = if at % 2 == 0 { bytes[32..].to_vec() } else { junk.clone() };
            if let Some(slot) = content.get_mut(at) {
                *slot = value;
            }
            *bytes = crate::kept::sealed(key, &content);
        });
        // It may be believed, but then it is within the files; a panic would be told as a file that is not parsed.
        let ran = run(PACK, &files(), &limits, Some(&forged));
        prop_assert!(!ran.result.contains("the parser of its format failed"));
    }
}
