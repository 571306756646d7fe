#![allow(warnings)]
use redan_base::*;
fn main() {
    for p in std::env::args().skip(1) {
        let text = std::fs::read_to_string(&p).unwrap();
        let mut s = Sources::new();
        let id = s.add(Source::new(p.as_str(), text.as_str()));
        let (f, d) = redan_grammar::format(id, &text);
        match f { Some(f) => {
            let (g, _) = redan_grammar::format(id, &f);
            if std::env::var("QUIET").is_err() { println!("{f}"); }
            if g.as_deref() != Some(&f) { eprintln!("{p}: NOT IDEMPOTENT"); if let Some(g) = g { std::fs::write("/tmp/g/a", &f); std::fs::write("/tmp/g/b", &g); } }
        }, None => { for d in &d { println!("{}", render(d, &s, false, 100)); } } }
    }
}
