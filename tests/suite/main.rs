//! The suites over the whole product, in one binary.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::string_slice,
    reason = "tests read the tree, and a panic is how they fail"
)]

mod determinism;
mod errors;
mod language;
mod library;
mod matrix;
mod tidy;
mod truncation;

use redan_base::{MemoryWorld, Sources};
use redan_engine::{Origin, PackFile, PrepareOptions, Prepared, prepare};

/// The packs that come with Redan, compiled.
fn library() -> Prepared {
    let files = redan_rules::FILES
        .iter()
        .map(|(path, text)| PackFile {
            path: (*path).to_owned(),
            text: (*text).to_owned(),
            origin: Origin::Library,
        })
        .collect();
    prepare(files, Sources::new(), &PrepareOptions::default(), &|_| ())
}

/// A small system that touches many extractors.
fn system() -> MemoryWorld {
    [
        (
            "docker-compose.yml",
            "services:\n  web:\n    build: ./web\n    ports: ['80:3000']\n    environment:\n      DB: mongodb://db:27017/x\n  db:\n    image: mongo:6\n    ports: ['27017:27017']\n",
        ),
        (
            "web/app.js",
            "const express = require('express');\nconst app = express();\napp.get('/pay', (q, r) => r.send('x'));\napp.listen(3000);\n",
        ),
        ("web/package.json", "{\"name\": \"web\"}"),
        ("README.md", "# Shop\n\n```mermaid\nflowchart LR\n  user --> web\n  web --> db[(Database)]\n```\n"),
        ("main.tf", "resource \"aws_s3_bucket\" \"logs\" {\n  bucket = \"logs\"\n}\n"),
    ]
    .into_iter()
    .collect()
}
