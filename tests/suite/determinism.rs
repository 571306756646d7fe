//! The same input gives the same bytes: on any number of threads, in any order of files, whatever prose says.

use redan_base::{Entry, Listing, MemoryWorld, ReadError, World};
use redan_engine::report::{Inputs, Report, Style, format};
use redan_engine::{AnalyzeOptions, Prepared, analyze, coverage};

use crate::{library, system};

fn json(prepared: &Prepared, world: &dyn World, threads: usize) -> String {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    pool.install(|| {
        let options = AnalyzeOptions { language: "en".to_owned(), ..AnalyzeOptions::default() };
        let analysis = analyze(prepared, world, &options, &|_| ());
        let report = Report::new(Inputs {
            program: &prepared.program,
            solution: &analysis.solution,
            parts: analysis.parts.as_ref().map(|parts| (&parts.documents, &parts.others)),
            sources: &analysis.sources,
            findings: analysis.findings.clone(),
            coverage: coverage(prepared, &analysis),
            diagnostics: &analysis.diagnostics,
            policy: vec![],
            language: "en",
            system: "test",
            version: "0",
            today: &world.today(),
            complete: true,
            matrix: true,
        });
        let written = format("json")
            .unwrap()
            .write(&report, Style::default(), |_| Err(String::new()))
            .unwrap();
        String::from_utf8(written).unwrap()
    })
}

/// A world that lists its files backwards.
struct Backwards(MemoryWorld);

impl World for Backwards {
    fn list(&self) -> Listing {
        let mut listing = self.0.list();
        let files: Vec<Entry> = listing.files.drain(..).rev().collect();
        Listing { files, ..listing }
    }
    fn read(&self, path: &str, limit: u64) -> Result<Vec<u8>, ReadError> {
        self.0.read(path, limit)
    }
    fn today(&self) -> String {
        self.0.today()
    }
}

#[test]
fn threads_and_order_change_nothing() {
    let prepared = library();
    let one = json(&prepared, &system(), 1);
    assert!(one.contains("\"findings\""), "there is a report");
    assert_eq!(one, json(&prepared, &system(), 2));
    assert_eq!(one, json(&prepared, &system(), 4));
    assert_eq!(one, json(&prepared, &Backwards(system()), 2));
}
