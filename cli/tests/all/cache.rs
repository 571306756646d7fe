//! What is kept between scans: the report is the same with it, without it, and whatever became of it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::{Ran, folder, redan_with, root, write};

/// A small repository, and where its cache is to lie.
struct Place {
    repository: PathBuf,
    kept: PathBuf,
    log: PathBuf,
}

impl Place {
    fn new(name: &str) -> Self {
        let here = folder(name);
        let repository = here.join("repository");
        for (path, text) in [
            (
                "docker-compose.yml",
                "services:\n  web: {image: nginx, ports: ['80:80']}\n  db: {image: postgres, ports: ['5432:5432']}\n",
            ),
            ("app/Dockerfile", "FROM python:3\nEXPOSE 80\n"),
            ("app/broken.yml", "services: [\n"),
            ("app/main.py", "print('é')\n"),
        ] {
            write(&repository, path, text);
        }
        Self { repository, kept: here.join("kept"), log: here.join("log.jsonl") }
    }

    fn scan(&self, more: &[&str]) -> Ran {
        self.scan_with(&[], more)
    }

    fn scan_with(&self, packs: &[&Path], more: &[&str]) -> Ran {
        let rules = root().join("rules");
        let mut arguments = vec!["scan", ".", "--output-format", "json", "--timings"];
        arguments.extend(["--no-library", "--log", self.log.to_str().unwrap()]);
        let library: Vec<PathBuf> =
            ["core", "containers", "stride"].iter().map(|pack| rules.join(pack)).collect();
        for pack in library.iter().map(PathBuf::as_path).chain(packs.iter().copied()) {
            arguments.extend(["--pack", pack.to_str().unwrap()]);
        }
        arguments.extend(more);
        let ran = redan_with(&self.repository, &arguments, &self.kept);
        assert_eq!(ran.code, 0, "{}", ran.err);
        ran
    }

    /// The report, and how many files of how many were known.
    fn known(&self, more: &[&str]) -> (String, usize, usize) {
        let ran = self.scan(more);
        let (known, read) = known_of(&ran);
        (ran.out, known, read)
    }

    /// The one file of the cache.
    fn file(&self) -> PathBuf {
        let files = std::fs::read_dir(&self.kept).unwrap().map(|e| e.unwrap().path());
        let mut files = files.filter(|p| p.extension().is_some_and(|e| e == "cache"));
        let file = files.next().unwrap();
        assert_eq!(files.next(), None);
        file
    }

    /// What the log tells of the cache.
    fn told(&self) -> String {
        let log = std::fs::read_to_string(&self.log).unwrap();
        let told = |l: &&str| l.contains("kept") && !l.contains("\"event\":\"rule\"");
        log.lines().filter(told).collect::<Vec<_>>().join("\n")
    }
}

fn known_of(ran: &Ran) -> (usize, usize) {
    let line = ran.err.lines().find(|l| l.contains("known from an earlier run")).unwrap();
    let words: Vec<&str> = line.split_whitespace().collect();
    let of = words.iter().position(|w| *w == "of").unwrap();
    (words[of - 1].parse().unwrap(), words[of + 1].parse().unwrap())
}

#[test]
fn a_second_scan_knows_all_files() {
    let place = Place::new("cache-twice");
    let (plain, known, read) = place.known(&["--no-cache"]);
    assert_eq!((known, read), (0, 4));
    assert!(!place.kept.exists(), "nothing is kept");
    for (threads, expected) in [("1", 0), ("2", read), ("1", read)] {
        let (report, known, _) = place.known(&["--threads", threads]);
        assert_eq!(report, plain);
        assert_eq!(known, expected);
        assert_eq!(place.told(), "");
    }
    let before = std::fs::metadata(place.file()).unwrap().modified().unwrap();
    place.scan(&[]);
    let after = std::fs::metadata(place.file()).unwrap().modified().unwrap();
    assert_eq!(before, after, "nothing changed, nothing is written");
    let tag = std::fs::read(place.kept.join("CACHEDIR.TAG")).unwrap();
    assert!(tag.starts_with(b"Signature: 8a477f597d28d172789f06886806bc55"));
}

#[test]
fn changes_are_seen() {
    let place = Place::new("cache-changes");
    let (cold, _, read) = place.known(&[]);
    write(&place.repository, "docker-compose.yml", "services:\n  web: {image: nginx}\n");
    let (touched, known, _) = place.known(&[]);
    assert_eq!(known, read - 1);
    assert_ne!(touched, cold);
    assert_eq!(touched, place.scan(&["--no-cache"]).out);
    // A pack that looks at one file.
    write(
        place.repository.parent().unwrap(),
        "more.redan",
        "extract printed(what)\n  from python match `print($what)`\nderive external p.what if p: printed\n",
    );
    let more = place.repository.with_file_name("more.redan");
    let ran = place.scan_with(&[&more], &[]);
    assert_eq!(known_of(&ran), (read - 1, read));
    assert_eq!(ran.out, place.scan_with(&[&more], &["--no-cache"]).out);
    // Files that are gone are forgotten.
    let before = std::fs::metadata(place.file()).unwrap().len();
    std::fs::remove_file(place.repository.join("docker-compose.yml")).unwrap();
    place.scan_with(&[&more], &[]);
    assert!(std::fs::metadata(place.file()).unwrap().len() < before);
}

#[test]
fn a_broken_cache_is_told_and_not_believed() {
    let place = Place::new("cache-broken");
    let (plain, _, read) = place.known(&[]);
    let bytes = std::fs::read(place.file()).unwrap();
    const PARTS: usize = 14;
    for at in (0..PARTS).map(|part| part * (bytes.len() - 1) / PARTS) {
        let mut flipped = bytes.clone();
        flipped[at] ^= 1 << (at % 8);
        for broken in [bytes[..at].to_vec(), flipped] {
            std::fs::write(place.file(), &broken).unwrap();
            let (report, known, _) = place.known(&[]);
            assert_eq!(report, plain, "{at}");
            // A flipped bit may lie in an entry that nobody asked for; a file that is cut is always noticed.
            let noticed = known < read && !place.told().is_empty();
            assert!(noticed || broken.len() == bytes.len(), "{at}: {}", place.told());
            let (report, known, _) = place.known(&[]);
            assert_eq!((report.as_str(), known), (plain.as_str(), read), "it was mended");
        }
    }
    let rubbish: [&[u8]; 3] = [b"", b"rubbish", &[0xff; 5_000]];
    for broken in rubbish {
        std::fs::write(place.file(), broken).unwrap();
        let (report, known, _) = place.known(&[]);
        assert_eq!((report.as_str(), known), (plain.as_str(), 0));
        assert!(place.told().contains("its index is broken"), "{}", place.told());
    }
}

#[test]
fn a_folder_that_cannot_be_used_is_told() {
    let mut place = Place::new("cache-nowhere");
    let plain = place.scan(&["--no-cache"]).out;
    place.kept = place.repository.join("deep/kept");
    assert_eq!(place.scan(&[]).out, plain);
    assert!(!place.repository.join("deep").exists(), "nothing is written into what is scanned");
    assert!(place.told().contains("lies in the scanned one"), "{}", place.told());
    write(place.repository.parent().unwrap(), "file", "");
    place.kept = place.repository.with_file_name("file").join("kept");
    assert_eq!(place.scan(&[]).out, plain);
    assert!(place.told().contains("its folder cannot be made"), "{}", place.told());
}

#[test]
fn scans_at_the_same_time_do_not_disturb_each_other() {
    let place = Place::new("cache-together");
    let plain = place.scan(&["--no-cache"]).out;
    for round in 0..2 {
        let running: Vec<_> = (0..4)
            .map(|_| {
                Command::new(env!("CARGO_BIN_EXE_redan"))
                    .args(["scan", ".", "--output-format", "json", "--no-library"])
                    .args(["core", "containers", "stride"].iter().flat_map(|pack| {
                        ["--pack".into(), root().join("rules").join(pack).into_os_string()]
                    }))
                    .current_dir(&place.repository)
                    .env("LC_ALL", "C")
                    .env_remove("REDAN_LANG")
                    .env("REDAN_CACHE_DIR", &place.kept)
                    .stdout(Stdio::piped())
                    .stderr(Stdio::null())
                    .spawn()
                    .unwrap()
            })
            .collect();
        for child in running {
            let out = String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap();
            assert_eq!(out, plain, "{round}");
        }
    }
    let (report, known, read) = place.known(&[]);
    assert_eq!((report, known), (plain, read));
    let names = std::fs::read_dir(&place.kept).unwrap();
    assert_eq!(names.count(), 2, "the cache and the tag, and nothing half written");
}

#[cfg(unix)]
#[test]
fn nobody_else_can_read_what_is_kept() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new("cache-private");
    place.scan(&[]);
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&place.kept), mode(&place.file())), (0o700, 0o600));
}

#[test]
fn old_caches_go_and_nothing_else() {
    let place = Place::new("cache-many");
    for number in 0..140 {
        write(&place.kept, &format!("{number:064}.cache"), "old");
    }
    write(&place.kept, "notes.cache", "not ours");
    place.scan(&[]);
    let names: Vec<String> = std::fs::read_dir(&place.kept)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(names.len(), 128 + 2);
    assert!(names.iter().any(|n| n == "notes.cache") && names.iter().any(|n| n == "CACHEDIR.TAG"));
    assert_eq!(place.known(&[]).1, 4, "the newest stayed");
}
