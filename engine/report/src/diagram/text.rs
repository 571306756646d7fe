//! Text in a box: broken into few lines, and shortened where it does not fit.

use unicode_width::UnicodeWidthChar;

use crate::layout::width;

/// At most so many lines of at most so many columns; what does not fit ends in `…`.
pub fn fit(text: &str, columns: usize, most: usize) -> Vec<String> {
    let mut lines: Vec<String> = vec![];
    let mut rest = text.trim();
    while !rest.is_empty() && lines.len() < most {
        let last = lines.len() + 1 == most;
        if width(rest) <= columns {
            lines.push(rest.to_owned());
            break;
        }
        let room = if last { columns.saturating_sub(1) } else { columns };
        let (hard, soft) = ends(rest, room);
        // A break far to the left wastes the line, and the last line is cut anyway.
        let end = if last { hard } else { soft.filter(|s| s * 2 >= hard).unwrap_or(hard) };
        let (head, tail) = rest.split_at(end);
        let mut line = head.trim_end().to_owned();
        if last {
            line.push('…');
        }
        lines.push(line);
        rest = tail.trim_start();
    }
    lines
}

/// Where a line of so many columns ends at the latest, and the last good place before; at least one
/// character is taken.
fn ends(text: &str, columns: usize) -> (usize, Option<usize>) {
    let (mut used, mut soft, mut hard) = (0, None, 0);
    for (at, c) in text.char_indices() {
        used += c.width().unwrap_or(0);
        if used > columns && at > 0 {
            return (at, soft);
        }
        hard = at + c.len_utf8();
        if c == ' ' || matches!(c, '-' | '_' | '/' | '.' | ':' | ',') || c.width() == Some(2) {
            soft = Some(hard);
        }
    }
    (hard, soft)
}

#[cfg(test)]
mod tests {
    use super::fit;

    #[test]
    fn text_is_broken_where_a_reader_would_and_shortened() {
        assert_eq!(fit("orders", 10, 2), ["orders"]);
        assert_eq!(fit("payment service", 10, 2), ["payment", "service"]);
        assert_eq!(fit("a-very-long-name-of-a-queue", 12, 2), ["a-very-long-", "name-of-a-q…"]);
        assert_eq!(fit("abcdefghijklmnop", 6, 2), ["abcdef", "ghijk…"]);
        assert_eq!(fit("注文データベース", 8, 2), ["注文デー", "タベース"]);
        assert_eq!(fit("  ", 8, 2), Vec::<String>::new());
    }
}
