//! A file cut at any byte gives an error or a smaller result, never a panic.

use rayon::prelude::*;
use redan_base::{MemoryWorld, Source, Sources};
use redan_engine::{AnalyzeOptions, Goal, Origin, PackFile, PrepareOptions, analyze, prepare};

use crate::library;

/// Cuts of a text: all if it is short, else a spread of about so many.
fn cuts(text: &str, most: usize) -> Vec<String> {
    let step = (text.len() / most).max(1);
    (0..text.len())
        .step_by(step)
        .filter(|at| text.is_char_boundary(*at))
        .map(|at| text[..at].to_owned())
        .collect()
}

#[test]
fn files_of_a_repository() {
    let prepared = library();
    let files = [
        (
            "docker-compose.yml",
            "x: &a {b: 1}\nservices:\n  web: {image: 'nginx:1', ports: ['80:80'], <<: *a}\n  db:\n    image: \"mongo\"\n",
        ),
        (
            "k8s.yaml",
            "apiVersion: v1\nkind: Service\nmetadata: {name: web}\n---\nkind: Deployment\nspec:\n  template: {spec: {containers: [{name: a, image: b}]}}\n",
        ),
        (
            "package.json",
            "{\"name\": \"a\", \"dependencies\": {\"express\": \"4\", \"\\u00e9\": [1, 2.5e3, null, true]}}",
        ),
        (
            "main.tf",
            "resource \"aws_s3_bucket\" \"b\" {\n  bucket = \"x-${var.y}\"\n  tags = { a = 1 }\n}\n",
        ),
        ("pom.xml", "<project><artifactId>x</artifactId><!-- c --><a b='c'/></project>"),
        ("pyproject.toml", "[project]\nname = \"x\"\n[tool.a]\nb = [1, {c = 2}]\n"),
        (
            "Dockerfile",
            "FROM node:20 AS build\nRUN <<EOF\nls\nEOF\nUSER app\nCMD [\"node\", \"a.js\"]\n",
        ),
        (".env", "DB_PASSWORD=\"a b\"\nX='y'\n"),
        ("application.properties", "spring.datasource.url=jdbc:mysql://db/x\\\n  y\n"),
        (
            "app.js",
            "const e = require('express'); const a = e();\na.get(`/x/${y}`, (q, r) => r.send('é'))\n",
        ),
        (
            "app.py",
            "from flask import Flask\napp = Flask(__name__)\n@app.route('/é', methods=['POST'])\ndef f():\n    return f'{x}'\n",
        ),
        (
            "A.java",
            "@RestController class A { @GetMapping(\"/x\") String f() { return \"a\" + B; } }\n",
        ),
        (
            "d.md",
            "# D\n```mermaid\nflowchart LR\n  subgraph s[S]\n  a[A] -->|x| b[(B)]\n  end\n```\n",
        ),
    ];
    let options = AnalyzeOptions { goal: Goal::Report, ..AnalyzeOptions::default() };
    files.par_iter().for_each(|(path, text)| {
        for cut in cuts(text, 20) {
            let world: MemoryWorld = [(*path, cut)].into_iter().collect();
            let _ = analyze(&prepared, &world, &options, &|_| ());
        }
    });
}

#[test]
fn pack_files() {
    for (path, text) in redan_rules::FILES.iter().filter(|(p, _)| p.ends_with(".redan")).step_by(4)
    {
        for cut in cuts(text, 25) {
            let mut sources = Sources::new();
            let id = sources.add(Source::new(*path, cut.as_str()));
            let _ = redan_grammar::parse(id, &cut);
            let _ = redan_grammar::format(id, &cut);
            let file = PackFile { path: "p/a.redan".to_owned(), text: cut, origin: Origin::Caller };
            let _ = prepare(vec![file], Sources::new(), &PrepareOptions::default(), &|_| ());
        }
    }
}
