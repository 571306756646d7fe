#![allow(warnings)]
fn main() {
    let n: usize = std::env::args().nth(1).unwrap().parse().unwrap();
    let kb: usize = std::env::args().nth(2).unwrap().parse().unwrap();
    let open = std::env::args().nth(3).unwrap(); let close = std::env::args().nth(4).unwrap();
    let what = std::env::args().nth(5).unwrap();
    let text = format!("derive process x if {}a.b{}", open.repeat(n), close.repeat(n));
    std::thread::Builder::new().stack_size(kb << 10).spawn(move || {
        let r = if what == "p" { redan_grammar::parse(redan_base::SourceId(0), &text).1.len() } else { redan_grammar::format(redan_base::SourceId(0), &text).1.len() };
        println!("{r}");
    }).unwrap().join().unwrap();
}
