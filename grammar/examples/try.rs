#![allow(warnings)]
use redan_base::*;
fn main() {
    let mut bad = 0;
    for p in std::env::args().skip(1) {
        let text = std::fs::read_to_string(&p).unwrap();
        let mut s = Sources::new();
        let id = s.add(Source::new(p.as_str(), text.as_str()));
        let t = std::time::Instant::now();
        let (f, d) = redan_grammar::parse(id, &text);
        eprintln!("{p}: {} items, {} broken, {} errors, {:?}", f.items.len(), f.broken.len(), d.len(), t.elapsed());
        for d in d.iter().take(20) { println!("{}", render(d, &s, false, 100)); }
        if std::env::var("AST").is_ok() { println!("{f:#?}"); }
    }
}
