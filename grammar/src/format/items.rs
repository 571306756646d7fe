//! Items.

use redan_base::Span;

use crate::syntax::{
    Attribute, Block, Change, ChangeKind, Cond, Derive, DeriveTarget, Enum, Expect, ExpectKind,
    Extract, ExtractCase, ExtractField, File, Given, Item, ItemKind, Kind, Matcher, Set, Test,
    Text,
};

use super::conditions::{ATTEMPTS, Layout};
use super::fields::{ATTRIBUTES, LIST, Member, OUTPUTS};
use super::printer::Printer;

impl Printer<'_> {
    pub fn file(&mut self, file: &File) {
        let mut items = file.items.iter().peekable();
        while let Some(item) = items.next() {
            self.begin_line(item.span.start, 0, true);
            let mut end = item.span.end;
            let mark = self.mark();
            // `relation … if …` is a relation and its first clause in one.
            let joined = items.next_if(|next| next.span.start == item.span.start);
            for force in [0, 1, 2, usize::MAX] {
                self.back(mark);
                self.item(item, force);
                if let Some(Item { kind: ItemKind::Clause(clause), span, .. }) = joined {
                    end = span.end;
                    self.if_clause(clause.condition.as_ref(), item.span.end, force);
                }
                if !self.too_wide(mark) {
                    break;
                }
            }
            self.end_line(end, 0);
        }
    }

    fn item(&mut self, item: &Item, force: usize) {
        match &item.kind {
            ItemKind::Pack(block) => self.block("pack", block),
            ItemKind::Threat(block) => self.block("threat", block),
            ItemKind::Mitigation(block) => self.block("mitigation", block),
            ItemKind::Policy(block) => self.block("policy", block),
            ItemKind::Translate(block) => self.block("translate", block),
            ItemKind::Enum(item) => self.enumeration(item),
            ItemKind::Set(item) => self.set(item),
            ItemKind::Kind(kind) => self.kind(kind, item.span),
            ItemKind::Extract(extract) => self.extract(extract),
            ItemKind::Relation(relation) => {
                let list: Vec<String> = relation
                    .parameters
                    .iter()
                    .map(|(name, ty)| format!("{}: {}", name.text, Self::ty(ty)))
                    .collect();
                self.write(&format!("relation {}({})", relation.name.text, list.join(", ")));
            }
            ItemKind::Clause(clause) => {
                let list = self.exprs(&clause.arguments, 0);
                self.write(&format!("{}({list})", Self::path(&clause.relation)));
                let end = clause.arguments.last().map_or(clause.relation.span.end, |a| a.span.end);
                self.if_clause(clause.condition.as_ref(), end, force);
            }
            ItemKind::Derive(derive) => self.derive(derive, force),
            ItemKind::Same(same) => {
                self.write(&format!("same {}, {}", same.left.text, same.right.text));
                self.if_clause(Some(&same.condition), same.right.span.end, force);
            }
            ItemKind::Change(change) => self.change(change, force),
            ItemKind::Test(test) => self.test(test, item.span),
            ItemKind::System(system) => {
                self.write("system ");
                self.write(self.source(system.name.span));
                self.write(" ");
                self.statements(&system.statements, system.name.span.end, 0);
            }
            ItemKind::Statement(statement) => self.statement(statement, 0, (0, 0)),
        }
    }

    fn block(&mut self, word: &str, block: &Block) {
        self.write(&format!("{word} {} ", block.name.text));
        self.fields(&block.fields, block.name.span.end, 0);
    }

    /// Writes ` if …`, on a line of its own if it was on one or does not fit.
    fn if_clause(&mut self, condition: Option<&Cond>, end: u32, force: usize) {
        let Some(condition) = condition else { return };
        let start = condition.span.start;
        let divided = self.breaks(end, start) || self.comments_in(end, start) || force > 0;
        if divided {
            self.end_line(end, 2);
            self.begin_line(start, 2, false);
        } else {
            self.write(" ");
        }
        self.write("if ");
        let layout = Layout::new(if divided { 4 } else { 2 }, 0);
        self.cond(condition, Layout { force: force.saturating_sub(1), ..layout });
    }

    fn enumeration(&mut self, item: &Enum) {
        self.write(&format!("enum {} ", item.name.text));
        let members: Vec<Member> = item
            .symbols
            .iter()
            .map(|s| Member { text: s.text.clone(), start: s.span.start, end: s.span.end })
            .collect();
        let mut style = LIST;
        if item.ordered {
            style.between = " < ";
            style.after = " <";
        }
        self.members(&members, item.name.span.end, 0, style);
    }

    fn set(&mut self, item: &Set) {
        self.write(if item.extends { "extend set " } else { "set " });
        self.write(&Self::path(&item.name));
        self.write(" ");
        let members: Vec<Member> = item
            .members
            .iter()
            .map(|m| Member { text: self.expr(m, 2), start: m.span.start, end: m.span.end })
            .collect();
        self.members(&members, item.name.span.end, 0, LIST);
    }

    fn kind(&mut self, kind: &Kind, span: Span) {
        self.write(&format!("kind {}", kind.name.text));
        let mut end = kind.name.span.end;
        if let Some(parent) = &kind.parent {
            self.write(&format!(" is {}", Self::path(parent)));
            end = parent.span.end;
        }
        let braces = self.braces(end).filter(|(open, _)| open.start < span.end as usize);
        let Some((open, close)) = braces else { return };
        if !kind.attributes.is_empty() || self.comments_in(open.start as u32, close.start as u32) {
            self.write(" ");
            let members: Vec<Member> = kind.attributes.iter().map(|a| self.attribute(a)).collect();
            self.members(&members, end, 0, ATTRIBUTES);
        }
    }

    fn attribute(&self, attribute: &Attribute) -> Member {
        let mut text = format!("{}: {}", attribute.name.text, Self::ty(&attribute.ty));
        if let Some(default) = &attribute.default {
            text.push_str(" = ");
            text.push_str(&self.expr(default, 2));
        }
        if let Some(ask) = &attribute.ask {
            text.push_str(" ask ");
            text.push_str(&self.literal(ask.span, 2));
        }
        Member { text, start: attribute.span.start, end: attribute.span.end }
    }

    fn derive(&mut self, derive: &Derive, force: usize) {
        self.write("derive ");
        let mut end;
        match &derive.target {
            DeriveTarget::Entity(kind, name) => {
                let name_text = self.expr(name, 0);
                self.write(&format!("{} {name_text}", Self::path(kind)));
                end = name.span.end;
            }
            DeriveTarget::Flow(kind, from, to, label) => {
                let ends = format!("{} -> {}", self.expr(from, 0), self.expr(to, 0));
                self.write(&format!("{} {ends}", Self::path(kind)));
                end = to.span.end;
                if let Some(label) = label {
                    self.write(" as ");
                    let text = self.expr(label, 0);
                    self.write(&text);
                    end = end.max(label.span.end);
                }
            }
            DeriveTarget::Variable(name) => {
                self.write(&name.text);
                end = name.span.end;
            }
        }
        let start = end;
        if let Some(inside) = &derive.inside {
            self.write(" in ");
            let text = self.expr(inside, 0);
            self.write(&text);
            end = end.max(inside.span.end);
        }
        if let Some(last) = derive.attributes.last() {
            self.attributes(&derive.attributes, start, 0, OUTPUTS);
            end = end.max(last.value.span.end);
            if let Some((_, close)) = self.braces(start) {
                end = end.max(close.end as u32);
            }
        }
        self.if_clause(Some(&derive.condition), end, force);
    }

    fn change(&mut self, change: &Change, force: usize) {
        self.write(match change.kind {
            ChangeKind::Except => "except ",
            ChangeKind::Override => "override ",
            ChangeKind::Disable => "disable ",
        });
        self.write(&Self::path(&change.rule));
        let mut end = change.rule.span.end;
        let texts = [("because", &change.because), ("until", &change.until)];
        for (word, text) in texts {
            let Some(text) = text else { continue };
            if self.breaks(end, text.span.start) && end < text.span.start || force > 1 {
                self.end_line(end, 2);
                self.begin_line(text.span.start, 2, false);
            } else {
                self.write(" ");
            }
            self.write(word);
            self.write(" ");
            let text_value = self.literal(text.span, 2);
            self.write(&text_value);
            end = end.max(text.span.end);
        }
        self.if_clause(change.condition.as_ref(), end, force);
        if !change.fields.is_empty() {
            let end = change.condition.as_ref().map_or(end, |c| end.max(c.span.end));
            self.write(" ");
            self.fields(&change.fields, end, 0);
        }
    }

    fn extract(&mut self, extract: &Extract) {
        self.write(&format!("extract {}(", extract.name.text));
        let mut end = extract.name.span.end;
        let mark = self.mark();
        for keep in [true, false] {
            self.back(mark);
            end = extract.name.span.end;
            for (i, field) in extract.fields.iter().enumerate() {
                let text = self.extract_field(field);
                let kept = i > 0 && keep && self.breaks(end, field.span.start);
                let full = i > 0 && !keep && !self.fits(&format!(", {text},"));
                if i > 0 {
                    self.write(",");
                }
                if kept || full || self.comments_in(end, field.span.start) {
                    self.end_line(end, 4);
                    self.begin_line(field.span.start, 4, false);
                } else if i > 0 {
                    self.write(" ");
                }
                self.write(&text);
                end = field.span.end;
            }
            if !self.too_wide(mark) {
                break;
            }
        }
        self.write(")");
        for case in &extract.cases {
            self.end_line(end, 2);
            self.begin_line(case.span.start, 2, true);
            self.case(case);
            end = case.span.end;
        }
    }

    fn extract_field(&self, field: &ExtractField) -> String {
        let mut text = field.name.text.clone();
        if field.optional {
            text.push('?');
        } else if field.many {
            text.push('*');
        }
        if let Some(ty) = &field.ty {
            text.push_str(": ");
            text.push_str(&Self::ty(ty));
        }
        if let Some(default) = &field.default {
            text.push_str(" = ");
            text.push_str(&self.expr(default, 4));
        }
        text
    }

    fn case(&mut self, case: &ExtractCase) {
        let mark = self.mark();
        let lines = self.breaks(case.span.start, case.span.end);
        if !lines && !self.comments_in(case.span.start, case.span.end) {
            self.case_parts(case, false, 0);
            if !self.too_wide(mark) && !self.broke(mark) {
                return;
            }
        }
        for force in ATTEMPTS {
            self.back(mark);
            self.case_parts(case, true, force);
            if !self.too_wide(mark) {
                break;
            }
        }
    }

    fn case_parts(&mut self, case: &ExtractCase, lines: bool, force: usize) {
        let (word, what, start, end) = self.matcher(case);
        let width = ["from", word, if case.filter.is_some() { "where" } else { "" }];
        let width = width.iter().map(|w| w.len()).max().unwrap_or(0);
        let column = if lines { 2 + width + 1 } else { 0 };
        let formats: Vec<&str> = case.formats.iter().map(|f| f.text.as_str()).collect();
        self.write("from");
        self.pad(column);
        self.write(&formats.join(", "));
        let mut at = case.formats.last().map_or(case.span.start, |f| f.span.end);
        for (word, list) in [("in", &case.globs), ("except", &case.except)] {
            if !list.is_empty() {
                self.write(&format!(" {word} {}", self.texts(list)));
                at = at.max(list.last().map_or(at, |t| t.span.end));
            }
        }
        if let Some(first) = case.mentions.first() {
            if lines {
                self.end_line(at, 2);
                self.begin_line(first.span.start, 2, false);
            } else {
                self.write(" ");
            }
            self.write("when");
            self.pad(column);
            self.write(&format!("file mentions {}", self.texts(&case.mentions)));
            at = at.max(case.mentions.last().map_or(at, |t| t.span.end));
        }
        // `node`, `edge` and `file` have no place of their own in the tree.
        let start = start.unwrap_or_else(|| self.word_after(word, at, case.span.end));
        let end = end.unwrap_or(start + word.len() as u32);
        if lines {
            self.end_line(at, 2);
            self.begin_line(start, 2, false);
        } else {
            self.write(" ");
        }
        self.write(word);
        if !what.is_empty() {
            self.pad(column);
            self.write(&what);
        }
        at = end;
        if let Some(filter) = &case.filter {
            if lines {
                self.end_line(at, 2);
                self.begin_line(filter.span.start, 2, false);
            } else {
                self.write(" ");
            }
            self.write("where");
            self.pad(column);
            self.cond(filter, Layout { force, ..Layout::new(4, column) });
            at = filter.span.end;
        }
        if let Some(first) = case.outputs.first() {
            if lines {
                self.end_line(at, 2);
                let open = self.braces(at).map_or(first.name.span.start, |(o, _)| o.start as u32);
                self.begin_line(open, 2, false);
            } else {
                self.write(" ");
            }
            let members = self.outputs(&case.outputs, 4);
            self.members(&members, at, 2, OUTPUTS);
        }
    }

    fn texts(&self, list: &[Text]) -> String {
        let list: Vec<&str> = list.iter().map(|t| self.source(t.span)).collect();
        list.join(", ")
    }

    /// The word of a matcher, what follows it, and where that stands.
    fn matcher(&self, case: &ExtractCase) -> (&'static str, String, Option<u32>, Option<u32>) {
        let literal = |word, text: &Text| {
            (word, self.literal(text.span, 2), Some(text.span.start), Some(text.span.end))
        };
        match &case.matcher {
            Matcher::Tree(path) => {
                ("at", Self::tree_at(path), Some(path.span.start), Some(path.span.end))
            }
            Matcher::Pattern(text) | Matcher::Regex(text) => literal("match", text),
            Matcher::Query(text) => literal("query", text),
            Matcher::Node => ("node", String::new(), None, None),
            Matcher::Edge => ("edge", String::new(), None, None),
            Matcher::Group => ("group", String::new(), None, None),
            Matcher::WholeFile => ("file", String::new(), None, None),
        }
    }

    fn test(&mut self, test: &Test, span: Span) {
        self.write("test ");
        self.write(self.source(test.name.span));
        self.write(" ");
        let Some((open, close)) = self.braces(test.name.span.end) else { return };
        if test.given.is_empty()
            && test.expect.is_empty()
            && !self.comments_in(open.start as u32, close.start as u32)
        {
            self.write("{}");
            return;
        }
        self.write("{");
        self.end_line(open.end as u32, 2);
        // `given` has no place of its own in the tree: it begins with its word.
        let mut expects = test.expect.iter().peekable();
        let mut at = open.end as u32;
        for given in &test.given {
            let start = self.word_after("given", at, span.end);
            while let Some(expect) = expects.next_if(|e| e.span.start < start) {
                self.expect_line(expect);
            }
            self.begin_line(start, 2, true);
            self.write("given ");
            match given {
                Given::Model(statements) => {
                    self.statements(statements, start, 2);
                    at = self.braces(start).map_or(start, |(_, close)| close.end as u32);
                }
                Given::File { path, text } => {
                    self.write(&format!("file {} ", self.source(path.span)));
                    let text_value = self.literal(text.span, 2);
                    self.write(&text_value);
                    at = text.span.end;
                }
            }
            self.end_line(at, 2);
        }
        for expect in expects {
            self.expect_line(expect);
        }
        self.close(close, 0);
    }

    /// Where a word stands as a token of its own, outside of the brackets that open after `from`.
    fn word_after(&self, word: &str, from: u32, to: u32) -> u32 {
        let tokens = &self.lexed.tokens;
        let first = tokens.partition_point(|t| t.start < from as usize);
        let mut depth = 0_usize;
        for token in tokens.get(first..).unwrap_or(&[]) {
            match self.text.get(token.start..token.end).unwrap_or("") {
                "{" | "(" | "[" => depth += 1,
                "}" | ")" | "]" => depth = depth.saturating_sub(1),
                found if found == word && depth == 0 => return token.start as u32,
                _ => {}
            }
            if token.start >= to as usize {
                break;
            }
        }
        from
    }

    fn expect_line(&mut self, expect: &Expect) {
        self.begin_line(expect.span.start, 2, true);
        self.write("expect ");
        if expect.negated {
            self.write("no ");
        }
        match &expect.what {
            ExpectKind::Threat { threat, possible, bindings } => {
                self.write(if *possible { "possible " } else { "" });
                self.write(&Self::path(threat));
                if !bindings.is_empty() {
                    let list: Vec<String> = bindings
                        .iter()
                        .map(|(name, value)| format!("{}: {}", name.text, self.expr(value, 2)))
                        .collect();
                    self.write(&format!("({})", list.join(", ")));
                }
            }
            ExpectKind::Fact { kind, attributes } => {
                self.write(&format!("fact {}", Self::path(kind)));
                self.attributes(attributes, kind.span.end, 2, ATTRIBUTES);
            }
            ExpectKind::Relation { relation, arguments } => {
                let list = self.exprs(arguments, 2);
                self.write(&format!("{}({list})", Self::path(relation)));
            }
        }
        self.end_line(expect.span.end, 2);
    }
}
