//! The STRIDE matrix: what the rules of each category came to at each element.

use maud::{Markup, html};
use redan_program::schema::Stride;

use super::Page;
use crate::data::MatrixState;
use crate::escape::line;
use crate::formats::matrix::{STATES, behind, rest, shown, sign};
use crate::texts::Text;

pub fn matrix(page: &Page<'_>) -> Markup {
    let words = page.words;
    let Some(matrix) = &page.report.matrix else { return html! {} };
    let (rows, hidden) = shown(matrix);
    let meaning = |state: MatrixState| {
        STATES.iter().find(|(s, ..)| *s == state).map_or("", |(_, _, text, _)| words.get(*text))
    };
    html! {
        ul class="signs" {
            @for (_, sign, text, _) in &STATES { li { b { (sign) } " " (words.get(*text)) } }
        }
        div class="scroll" role="region" tabindex="0"
            aria-label=(format!("{} ({})", page.t(Text::Matrix), rows.len())) {
            table class="matrix" {
                thead { tr {
                    th scope="col" { (page.t(Text::Kind)) }
                    th scope="col" { (page.t(Text::Name)) }
                    @for stride in Stride::ALL { th scope="col" { (words.stride(stride)) } }
                } }
                tbody {
                    @for element in &rows {
                        tr {
                            td { (line(page.report.model.kind_word(&element.kind))) }
                            th scope="row" { (line(&element.name)) }
                            @for stride in Stride::ALL {
                                @let state = element.cells.get(&stride).copied().unwrap_or(MatrixState::NoRule);
                                // The sign is for eyes; the words are for everybody else.
                                td {
                                    b aria-hidden="true" title=(meaning(state)) { (sign(state).0) }
                                    span class="spoken" { (meaning(state)) }
                                }
                            }
                        }
                    }
                }
            }
        }
        @for text in rest(matrix, hidden, words) { p { (text) } }
        @for (title, items) in behind(page.report, &rows, words) {
            details {
                summary { h3 { (title) " (" (items.len()) ")" } }
                ul { @for item in &items { li { (line(item)) } } }
            }
        }
    }
}
