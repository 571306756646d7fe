//! The model alone, as text, JSON or a diagram: what `redan model` shows.

mod diagram;
mod svg;
mod text;

use serde::Serialize;

use crate::data::{Model, Report};
use crate::formats::Style;

/// A form of the model.
#[derive(Debug)]
pub struct ModelFormat {
    /// Its name on the command line.
    pub name: &'static str,
    /// What it is for: one line of the help.
    pub about: &'static str,
    /// Writes the model of a report.
    pub write: fn(&Report, Style) -> String,
}

/// All forms, sorted by name.
pub static MODEL_FORMATS: &[ModelFormat] = &[
    ModelFormat {
        name: "dfd",
        about: "JSON of a data-flow diagram in the words of other collections, for comparison",
        write: |r, _| crate::formats::pretty(&r.exchange),
    },
    ModelFormat { name: "dot", about: "a Graphviz graph", write: |r, _| diagram::dot(&r.model) },
    ModelFormat { name: "json", about: "for programs", write: json },
    ModelFormat {
        name: "mermaid",
        about: "a mermaid flowchart",
        write: |r, _| mermaid(&r.model, &r.findings),
    },
    ModelFormat { name: "svg", about: "a picture of the data flows", write: svg::svg },
    ModelFormat { name: "text", about: "for a terminal", write: text::text },
];

/// The form of a name.
pub fn model_format(name: &str) -> Option<&'static ModelFormat> {
    MODEL_FORMATS.iter().find(|f| f.name == name)
}

pub(crate) use diagram::mermaid;
pub(crate) use text::{assumptions, shortened, tallies};

#[derive(Serialize)]
struct Alone<'a> {
    schema_version: &'a str,
    system: &'a str,
    complete: bool,
    #[serde(flatten)]
    model: &'a Model,
}

fn json(report: &Report, _: Style) -> String {
    crate::formats::pretty(&Alone {
        schema_version: &report.schema_version,
        system: &report.system,
        complete: report.complete,
        model: &report.model,
    })
}
