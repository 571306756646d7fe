//! The diagrams of systems of all sizes: everything lies in its zone, nothing overlaps, and nothing of a text becomes markup.

use proptest::prelude::*;

use super::layout::{Graph, Laid, layout, sound};
use super::scene::{Figures, Form};
use super::{document, figures};
use crate::data::{Boundary, Component, Flow, Model};
use crate::sample::{hostile, sample};
use crate::texts::Words;

fn graphs() -> impl Strategy<Value = Graph> {
    (1usize..45, 0usize..9).prop_flat_map(|(nodes, zones)| {
        let within = move |upto: usize| {
            prop::option::of(0..upto.max(1)).prop_map(move |z| z.filter(|z| *z < upto))
        };
        let parents: Vec<_> = (0..zones).map(within).collect();
        (
            prop::collection::vec((60.0..220.0f64, 30.0..90.0f64), nodes),
            prop::collection::vec(within(zones), nodes),
            parents,
            prop::collection::vec(
                (0..nodes, 0..nodes, (0.0..120.0f64, 0.0..40.0f64)),
                0..nodes * 2,
            ),
        )
            .prop_map(|(nodes, zone_of, zones, edges)| Graph {
                nodes,
                zone_of,
                zones,
                edges,
            })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    /// Whatever the system is: everything stands in its zone, nothing overlaps, every line begins
    /// and ends at its nodes, all is on the sheet, and a second run gives the same.
    #[test]
    fn any_system_is_laid_out_soundly(graph in graphs()) {
        let laid = layout(&graph);
        prop_assert!(sound(&graph, &laid));
        let Laid { nodes, lines, width, height, .. } = &laid;
        prop_assert_eq!(nodes.len(), graph.nodes.len());
        for rect in nodes {
            prop_assert!(rect.x >= 0.0 && rect.y >= 0.0);
            prop_assert!(rect.x + rect.w <= *width && rect.y + rect.h <= *height);
        }
        for (line, (from, to, _)) in lines.iter().zip(&graph.edges) {
            for (point, node) in [(line.points.first(), from), (line.points.last(), to)] {
                let (point, rect) = (point.unwrap(), nodes[*node]);
                prop_assert!((point.0 - rect.centre().0).abs() <= rect.w / 2.0 + 1.0, "{:?} {:?}", line, rect);
                prop_assert!((point.1 - rect.centre().1).abs() <= rect.h / 2.0 + 1.0, "{:?} {:?}", line, rect);
            }
        }
        prop_assert_eq!(&layout(&graph), &laid);
    }
}

/// A system of so many components in so many zones, each speaking with the next of its zone and
/// with the first of the next zone; every tenth with nobody.
fn large(components: usize, zones: usize) -> Model {
    let id = |n: usize| format!("c_{n}");
    Model {
        boundaries: (0..zones)
            .map(|n| Boundary {
                id: format!("b_{n}"),
                name: format!("zone {n}"),
                inside: (n > 0 && n % 3 == 0).then(|| format!("b_{}", n - 1)),
                ..Boundary::default()
            })
            .collect(),
        components: (0..components)
            .map(|n| Component {
                id: id(n),
                name: format!("service {n}"),
                boundary: Some(format!("b_{}", n % zones)),
                ..Component::default()
            })
            .collect(),
        flows: (0..components - zones)
            .filter(|n| n % 10 != 0)
            .map(|n| Flow {
                id: format!("f_{n}"),
                from: id(n),
                to: id(if n % 7 == 0 { n + 1 } else { n + zones }),
                name: format!("flow {n}"),
                ..Flow::default()
            })
            .collect(),
        ..Model::default()
    }
}

#[test]
fn a_large_system_is_split_into_legible_figures() {
    for (components, zones) in [(41, 3), (160, 12), (900, 70), (1600, 1)] {
        let model = large(components, zones);
        let Figures { list, left_out } = figures(&model, &[], Words::of("en"));
        let mut drawn = std::collections::BTreeSet::new();
        for (number, figure) in list.iter().enumerate() {
            assert!(
                figure.nodes.len() <= 80,
                "{components} {}: {}",
                figure.title,
                figure.nodes.len()
            );
            let own: Vec<&String> =
                figure.nodes.iter().filter_map(|n| n.component.as_ref()).collect();
            assert!(own.len() <= 40);
            if number == 0 {
                assert!(figure.nodes.iter().all(|n| n.form == Form::Group));
                assert!(figure.nodes.len() <= 40);
            }
            drawn.extend(own);
        }
        assert_eq!(drawn.len() + left_out, components, "every element is drawn or counted");
        assert!(drawn.len() * 2 > components);
    }
}

/// Where everything speaks with everything, a figure shows some lines and counts the others.
#[test]
fn too_many_flows_are_counted() {
    let mut model = large(120, 1);
    model.flows = (0..120 * 120)
        .map(|n| Flow {
            id: format!("f_{n}"),
            from: format!("c_{}", n / 120),
            to: format!("c_{}", n % 120),
            ..Flow::default()
        })
        .collect();
    let Figures { list, .. } = figures(&model, &[], Words::of("en"));
    for figure in list.iter().skip(1) {
        let drawn: usize = figure.edges.iter().map(|e| e.count).sum();
        assert!(figure.edges.len() <= 90 && figure.flows_left_out > 0);
        // Every flow that begins or ends at one of the elements of the figure.
        let own = figure.nodes.iter().filter(|n| n.component.is_some()).count();
        assert_eq!(drawn + figure.flows_left_out, 2 * 120 * own - own * own);
    }
    document("dense", &figures(&model, &[], Words::of("en")), Words::of("en"));
}

/// A parser judges: well-formed, and the same elements whatever the texts are.
#[test]
fn texts_of_a_repository_stay_text() {
    let shape = |text: &str| -> Vec<String> {
        let document = roxmltree::Document::parse(text).unwrap();
        document
            .descendants()
            .filter(|n| n.is_element())
            // A longer text has more lines.
            .filter(|n| n.tag_name().name() != "text")
            .map(|n| {
                let names: Vec<&str> = n.attributes().map(|a| a.name()).collect();
                format!("{} {}", n.tag_name().name(), names.join(" "))
            })
            .collect()
    };
    let written = |payload: &str| {
        let report = hostile(payload);
        document(
            &report.system,
            &figures(&report.model, &report.findings, Words::of("en")),
            Words::of("en"),
        )
    };
    let calm = shape(&written("calm"));
    for payload in crate::tests::hostile::PAYLOADS {
        assert_eq!(shape(&written(payload)), calm, "{payload:?}");
    }
}

#[test]
fn the_sample_as_a_picture() {
    for language in ["en", "ja"] {
        let report = sample(language);
        let words = Words::of(language);
        let text =
            document(&report.system, &figures(&report.model, &report.findings, words), words);
        insta::assert_snapshot!(format!("sample_{language}"), text.replace("><", ">\n<"));
    }
}
