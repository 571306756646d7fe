//! Data-flow diagrams for mermaid and Graphviz.

use std::collections::BTreeMap;

use redan_program::schema::Risk;
use redan_threats::{Finding, Status};

use crate::data::{Boundary, Component, Flow, Model, Shape};
use crate::escape;

/// What is drawn next: zones are opened and closed without recursion, so that any nesting works.
enum Step<'a> {
    Open(&'a Boundary, usize),
    Close(usize),
}

/// The zones in drawing order; `open` and `close` are told the depth.
fn walk<'a>(
    model: &'a Model,
    mut open: impl FnMut(&'a Boundary, usize),
    mut close: impl FnMut(usize),
) {
    let mut children: BTreeMap<Option<&str>, Vec<&Boundary>> = BTreeMap::new();
    for zone in &model.boundaries {
        children.entry(zone.inside.as_deref()).or_default().push(zone);
    }
    let mut stack: Vec<Step<'_>> = vec![];
    let push = |stack: &mut Vec<Step<'a>>, parent: Option<&str>, depth: usize| {
        for zone in children.get(&parent).into_iter().flatten().rev() {
            stack.push(Step::Open(zone, depth));
        }
    };
    push(&mut stack, None, 1);
    while let Some(step) = stack.pop() {
        match step {
            Step::Open(zone, depth) => {
                open(zone, depth);
                stack.push(Step::Close(depth));
                push(&mut stack, Some(&zone.id), depth + 1);
            }
            Step::Close(depth) => close(depth),
        }
    }
}

fn inside<'a>(model: &'a Model, zone: Option<&str>) -> impl Iterator<Item = &'a Component> {
    let known = |id: &str| model.boundaries.iter().any(|b| b.id == id);
    let zone = zone.map(str::to_owned);
    model
        .components
        .iter()
        .filter(move |c| c.boundary.as_deref().filter(|b| known(b)) == zone.as_deref())
}

/// What stands on an arrow.
fn flow_label(flow: &Flow) -> String {
    let mut parts: Vec<String> = vec![];
    parts.extend(flow.label.clone());
    parts.extend(flow.protocol.clone());
    if !flow.carries.is_empty() {
        parts.push(flow.carries.join(", "));
    }
    parts.join(", ")
}

/// What a component is made with, unless its name says just that.
fn technology(component: &Component) -> Option<&String> {
    component.technology.as_ref().filter(|t| !t.eq_ignore_ascii_case(&component.name))
}

/// The worst open finding about a component.
fn worst(component: &Component, findings: &[Finding]) -> Option<Risk> {
    component
        .findings
        .iter()
        .filter_map(|id| findings.iter().find(|f| f.id == *id && f.status == Status::Open))
        .map(|f| f.severity)
        .max()
}

/// A mermaid flowchart.
pub fn mermaid(model: &Model, findings: &[Finding]) -> String {
    let mut out = "flowchart LR\n".to_owned();
    let node = |c: &Component, depth: usize| {
        let mut label = escape::mermaid(&c.name);
        if let Some(technology) = technology(c) {
            label.push_str(&format!("<br>{}", escape::mermaid(technology)));
        }
        let (open, close) = match c.shape {
            Shape::Actor => ("[", "]"),
            Shape::External => ("[/", "/]"),
            Shape::Process => ("([", "])"),
            Shape::Store => ("[(", ")]"),
        };
        let class = match worst(c, findings) {
            Some(Risk::Critical | Risk::High) => ":::bad",
            Some(_) => ":::warn",
            None => "",
        };
        format!("{}{}{open}\"{label}\"{close}{class}\n", "  ".repeat(depth), c.id)
    };
    {
        let text = std::cell::RefCell::new(&mut out);
        walk(
            model,
            |zone, depth| {
                let mut out = text.borrow_mut();
                let indent = "  ".repeat(depth);
                let label = model.zone(zone);
                out.push_str(&format!(
                    "{indent}subgraph {}[\"{}\"]\n",
                    zone.id,
                    escape::mermaid(&label)
                ));
                let mut any = false;
                for component in inside(model, Some(&zone.id)) {
                    out.push_str(&node(component, depth + 1));
                    any = true;
                }
                if !any && !model.boundaries.iter().any(|b| b.inside.as_ref() == Some(&zone.id)) {
                    // mermaid draws an empty zone as a node unless something is in it.
                    out.push_str(&format!("{indent}  {}_empty[\" \"]:::none\n", zone.id));
                }
            },
            |depth| text.borrow_mut().push_str(&format!("{}end\n", "  ".repeat(depth))),
        );
    }
    for component in inside(model, None) {
        out.push_str(&node(component, 1));
    }
    for flow in &model.flows {
        let arrow = if flow.crosses { "==>" } else { "-->" };
        let label = flow_label(flow);
        let label = if label.is_empty() {
            String::new()
        } else {
            format!("|\"{}\"|", escape::mermaid(&label))
        };
        out.push_str(&format!("  {} {arrow}{label} {}\n", flow.from, flow.to));
    }
    out.push_str("  classDef bad stroke:#c0392b,stroke-width:3px\n");
    out.push_str("  classDef warn stroke:#d68910,stroke-width:2px\n");
    out.push_str("  classDef none fill:none,stroke:none\n");
    out
}

/// A Graphviz graph.
pub fn dot(model: &Model) -> String {
    let mut out =
        "digraph system {\n  rankdir=LR;\n  compound=true;\n  node [fontname=\"sans-serif\"];\n"
            .to_owned();
    let node = |c: &Component, depth: usize| {
        let shape = match c.shape {
            Shape::Actor => "box",
            Shape::External => "box, peripheries=2",
            Shape::Process => "ellipse",
            Shape::Store => "cylinder",
        };
        let label = match technology(c) {
            Some(technology) => format!("{} ({technology})", c.name),
            None => c.name.clone(),
        };
        format!("{}{} [label={}, shape={shape}];\n", "  ".repeat(depth), c.id, escape::dot(&label))
    };
    {
        let text = std::cell::RefCell::new(&mut out);
        walk(
            model,
            |zone, depth| {
                let mut out = text.borrow_mut();
                let indent = "  ".repeat(depth);
                let label = escape::dot(&model.zone(zone));
                out.push_str(&format!(
                    "{indent}subgraph cluster_{} {{\n{indent}  label={label};\n{indent}  style=dashed;\n",
                    zone.id
                ));
                for component in inside(model, Some(&zone.id)) {
                    out.push_str(&node(component, depth + 1));
                }
            },
            |depth| text.borrow_mut().push_str(&format!("{}}}\n", "  ".repeat(depth))),
        );
    }
    for component in inside(model, None) {
        out.push_str(&node(component, 1));
    }
    for flow in &model.flows {
        let label = flow_label(flow);
        let mut marks = vec![];
        if !label.is_empty() {
            marks.push(format!("label={}", escape::dot(&label)));
        }
        if flow.crosses {
            marks.push("style=bold".to_owned());
        }
        let marks =
            if marks.is_empty() { String::new() } else { format!(" [{}]", marks.join(", ")) };
        out.push_str(&format!("  {} -> {}{marks};\n", flow.from, flow.to));
    }
    out.push_str("}\n");
    out
}
