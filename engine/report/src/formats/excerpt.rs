//! A piece of source with its place underlined.

use redan_threats::Evidence;

use crate::escape::{line, source_line};
use crate::layout::{Style, Tone, width, wrap};

/// The excerpt of a place, indented, with what can be seen there below the underlined part.
pub fn excerpt(evidence: &Evidence, shows: &str, style: Style) -> String {
    let spot = &evidence.spot;
    let gutter =
        evidence.excerpt.iter().map(|l| l.line).max().unwrap_or(spot.line).to_string().len();
    let space = " ".repeat(gutter + 2);
    let dim = |t: &str| style.paint(Tone::Dim, t);
    let place = format!("{}:{}:{}", line(&spot.path), spot.line, spot.column);
    let mut out = format!("{space}{}{}{}\n", dim("╭─["), style.paint(Tone::Calm, &place), dim("]"));
    for shown in &evidence.excerpt {
        let text = source_line(&shown.text);
        let number = format!("{:>gutter$}", shown.line);
        out.push_str(format!(" {} {} {text}", dim(&number), dim("│")).trim_end());
        out.push('\n');
        if shown.line == spot.line {
            out.push_str(&underline(&text, evidence.mark, shows, &space, style));
        }
    }
    out.push_str(&format!("{space}{}\n", dim("╰────")));
    out
}

fn underline(text: &str, mark: (u32, u32), shows: &str, space: &str, style: Style) -> String {
    let from = mark.0.saturating_sub(1) as usize;
    let to = (mark.1.saturating_sub(1) as usize).max(from + 1);
    let before: String = text.chars().take(from).collect();
    let inside: String = text.chars().skip(from).take(to - from).collect();
    let (left, length) = (width(&before), width(inside.trim_end()).max(1));
    let dot = style.paint(Tone::Dim, "·");
    let lead = " ".repeat(left);
    if shows.is_empty() {
        let bar = style.paint(Tone::Warn, &"─".repeat(length));
        return format!("{space}{dot} {lead}{bar}\n");
    }
    // The hook stands near the start, so that its text has room.
    let middle = (length / 2).min(12);
    let bar = format!("{}┬{}", "─".repeat(middle), "─".repeat(length - middle - 1));
    let hook = left + middle;
    let room = style.width.saturating_sub(space.len() + 6 + hook).max(30);
    let mut out = format!("{space}{dot} {lead}{}\n", style.paint(Tone::Warn, &bar));
    for (number, part) in wrap(&line(shows), room).into_iter().enumerate() {
        let sign = if number == 0 { "╰── " } else { "    " };
        let text = format!("{sign}{part}");
        out.push_str(&format!(
            "{space}{dot} {}{}\n",
            " ".repeat(hook),
            style.paint(Tone::Warn, &text)
        ));
    }
    out
}
