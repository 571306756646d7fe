//! What conditions are lowered to, and every mistake in them beside its near miss.

use crate::ir::{Origin, Program};
use crate::testing;
use crate::{Options, compile};

/// The program of some packs, and what is wrong with them.
fn compiled(text: &str) -> (Program, String) {
    let (sources, packs) = testing::packs(text);
    let (program, diagnostics) = compile(&sources, &packs, &Options::default());
    (program, testing::shown(&sources, &diagnostics))
}

/// The rules that the items of pack `t` become, those of kinds and attributes left out; after a mistake, that.
fn rules(text: &str) -> String {
    let (program, wrong) = compiled(text);
    let own = |o: &Origin| !o.item.starts_with("attribute ") && !o.item.starts_with("kind ");
    let of_item = |r: &&crate::ir::Rule| program.origins.get(r.origin as usize).is_some_and(own);
    let mut lines: Vec<String> =
        program.rules.iter().filter(of_item).map(|r| program.explain_rule(r)).collect();
    lines.push(wrong);
    lines.join("\n").replace("core.", "").replace("t.", "")
}

#[test]
fn smoke() {
    println!("{}", rules("relation exposed(c: component)\nexposed(c) if c.public\nexposed(c) if a -> c: process and not a is exposed and c in b and b.trust == untrusted"));
}
#[test]
fn smoke2() {
    println!("{}", rules("threat x { title \"t\" stride spoofing severity high match a -[f]-> b: store where not f.encrypted and b holds d and no e: process where e -> b }"));
}
#[test]
fn packs() {
    let mut list = vec![];
    let mut sources = redan_base::Sources::new();
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../rules");
    let mut stack = vec![];
    #[allow(clippy::disallowed_methods, reason = "x")]
    for e in std::fs::read_dir(root).unwrap() {
        let e = e.unwrap().path();
        if e.is_dir() && e.file_name().unwrap() != "src" {
            let mut files = vec![];
            stack.push(e.clone());
            while let Some(d) = stack.pop() {
                for f in std::fs::read_dir(d).unwrap() {
                    let f = f.unwrap().path();
                    if f.is_dir() { stack.push(f); }
                    else if f.extension().is_some_and(|x| x == "redan") {
                        let t = std::fs::read_to_string(&f).unwrap();
                        files.push(sources.add(redan_base::Source::new(f.strip_prefix(root).unwrap().to_str().unwrap().to_owned(), t)));
                    }
                }
            }
            list.push(crate::PackFiles { name: e.file_name().unwrap().to_str().unwrap().replace('-', "_"), files });
        }
    }
    list.sort_by(|a,b| a.name.cmp(&b.name));
    let t = std::time::Instant::now();
    let (program, d) = compile(&sources, &list, &Options::default());
    println!("{:?} {} rules {} relations {} strata", t.elapsed(), program.rules.len(), program.relations.len(), program.strata);
    println!("{}", testing::shown(&sources, &d));
    let want = std::env::var("RULES").unwrap_or_default();
    for r in &program.rules { let s = program.explain_rule(r); if !want.is_empty() && s.contains(&want) {println!("{:2} {}", r.stratum, s)} }
}
