//! Mermaid: which sort of diagram a block holds. Flowcharts, sequence, C4 and architecture diagrams are read; the others show
//! no systems.

use redan_base::Span;

use super::drawing::Drawing;
use super::{Block, architecture, c4, flowchart, sequence};

/// Reads the diagram of a block.
pub(super) fn parse(block: &mut Block<'_>) {
    let mut front_matter = false;
    for (at, line) in block.lines(block.span) {
        if line == "---" {
            front_matter = !front_matter;
            continue;
        }
        if front_matter || line.is_empty() || line.starts_with("%%") {
            continue;
        }
        let word = line.split([' ', ';', '\t', ':']).next().unwrap_or_default();
        let body = Span::new(at + word.len(), block.span.end as usize);
        let read: fn(&mut Block<'_>, &mut Drawing<'_>, Span) -> _ = match word {
            "graph" | "flowchart" | "flowchart-elk" => flowchart::read,
            "sequenceDiagram" => sequence::read,
            "architecture-beta" | "architecture" => architecture::read,
            _ if word.starts_with("C4") => c4::read,
            _ => return,
        };
        let notation = match word {
            "sequenceDiagram" => "sequence",
            "architecture-beta" | "architecture" => "architecture",
            _ if word.starts_with("C4") => "c4",
            _ => "flowchart",
        };
        let mut drawing = Drawing::new(notation, block.span, block.limits);
        let result = read(block, &mut drawing, body);
        block.done("mermaid", drawing, result);
        return;
    }
}
