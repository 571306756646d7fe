//! Outputs and `where`.

use super::check;

const FILE: &str = r#"{"items": [
  {"n": "a", "kind": "Deployment", "port": 80, "on": true, "list": ["x", "y"], "map": {"k": "v"}},
  {"n": "b", "kind": "Service", "port": "8080", "on": false, "host": "h", "list": [], "none": null},
  {"n": "c"}
]}"#;

/// The names of the items for which a condition holds.
#[track_caller]
fn holds(condition: &str, expected: &[&str]) {
    let pack = format!(
        r#"set kinds {{ "Deployment", /Serv.*/ }}
        extract item(n) from json at items[*] where {condition} {{ n: .n }}"#
    );
    let world = [("a.json".to_owned(), FILE.as_bytes().to_vec())].into_iter().collect();
    let (program, extraction, told) = super::run(&pack, &world);
    assert!(told.is_empty(), "{told:#?}");
    let names = super::show(&program, &extraction);
    let names: Vec<&str> = names.iter().filter_map(|l| l.get(7..8)).collect();
    assert_eq!(names, expected, "{condition}");
}

#[test]
fn conditions() {
    holds(r#".kind == "Deployment""#, &["a"]);
    holds(r#".kind != "Deployment""#, &["b"]);
    holds(r#"not .kind == "Deployment""#, &["b", "c"]);
    holds(".port == 8080", &["b"]);
    holds(".port > 80", &["b"]);
    holds(".port >= 80 and .port < 100", &["a"]);
    holds(".on", &["a"]);
    holds(".list", &["a", "b"]);
    holds(".none", &[]);
    holds(".map or .host", &["a", "b"]);
    holds(".kind in [Deployment, x]", &["a"]);
    holds(".kind not in [Deployment, x]", &["b"]);
    holds(".kind in kinds", &["a", "b"]);
    holds(".kind is kinds", &["a", "b"]);
    holds(".n in kinds", &[]);
    holds(".port is string", &["b"]);
    holds(".port is int", &["a"]);
    holds(".port is not int", &["b", "c"]);
    holds(".map is mapping", &["a"]);
    holds(".list is list", &["a", "b"]);
    holds(".kind matches /^Dep/", &["a"]);
    holds(r#".kind like "*vice""#, &["b"]);
    holds(r#".list[*] == "y""#, &["a"]);
    holds(r#".list[*] has "y""#, &["a"]);
    holds(r#"contains(.kind, "ploy")"#, &["a"]);
    holds("root.items[0].port == .port", &["a"]);
    holds(r#".map.keys == "k""#, &["a"]);
}

#[test]
fn outputs() {
    check(
        r#"
        enum level { low < high }
        extract item(n, up?, both?, first?, many*, port: int = 1, on: bool = false, level?: level)
          from json at items[*]
          { n: .n  up: upper(.kind)  both: .n + "-" + .port  first: .host | .port | "none"
            many: [.list[*], .n, .n]  port: .port  on: .on  level: HIGH }
        "#,
        "a.json",
        &FILE.replace(r#", "list": ["x", "y"], "map": {"k": "v"}"#, r#", "list": ["x", "y"]"#),
        &[
            "item n=a up=DEPLOYMENT both=a-80 first=80 many=x many=y many=a port=80 on=true level=high @a.json:2 «{\"n\": \"a\", \"kind\": \"Deployment\", \"port\": 80, \"on\": true, \"list\": [\"x\", \"y\"]}»",
            "item n=b up=SERVICE both=b-8080 first=h many=b port=8080 on=false level=high @a.json:3 «{\"n\": \"b\", \"kind\": \"Service\", \"port\": \"8080\", \"on\": false, \"host\": \"h\", \"list\": [], \"none\": null}»",
            "item n=c first=none many=c port=1 on=false level=high @a.json:4 «{\"n\": \"c\"}»",
        ],
    );
}
