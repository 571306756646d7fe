//! `extract` items.

use pest::iterators::Pair;

use super::{Cx, Rule, parts};
use crate::syntax::{Extract, ExtractCase, ExtractField, ItemKind, Matcher, Text};
use crate::text::regex_value;

impl Cx<'_> {
    pub(super) fn extract(&mut self, pair: Pair<'_, Rule>) -> Option<ItemKind> {
        self.in_extract = true;
        let mut inner = parts(pair);
        let name = self.name(&inner.next()?);
        let (mut fields, mut cases) = (vec![], vec![]);
        for part in inner {
            match part.as_rule() {
                Rule::extract_field => fields.push(self.extract_field(part)?),
                Rule::case => cases.push(self.case(part)?),
                _ => {}
            }
        }
        Some(ItemKind::Extract(Extract { name, fields, cases }))
    }

    fn extract_field(&mut self, pair: Pair<'_, Rule>) -> Option<ExtractField> {
        let span = self.span(&pair);
        let mut inner = parts(pair);
        let name = self.name(&inner.next()?);
        let mut field =
            ExtractField { name, optional: false, many: false, ty: None, default: None, span };
        for part in inner {
            match part.as_rule() {
                Rule::extract_mark => {
                    field.optional = part.as_str() == "?";
                    field.many = part.as_str() == "*";
                }
                Rule::ty => field.ty = Some(self.ty(part)?),
                Rule::expr => field.default = Some(self.expr(part)?),
                _ => {}
            }
        }
        Some(field)
    }

    fn case(&mut self, pair: Pair<'_, Rule>) -> Option<ExtractCase> {
        let span = self.span(&pair);
        let mut case = ExtractCase {
            formats: vec![],
            globs: vec![],
            except: vec![],
            mentions: vec![],
            matcher: Matcher::WholeFile,
            filter: None,
            outputs: vec![],
            span,
        };
        for part in parts(pair) {
            match part.as_rule() {
                Rule::formats => case.formats = parts(part).map(|p| self.name(&p)).collect(),
                Rule::globs => case.globs.extend(self.strings(part)),
                Rule::excepts => case.except.extend(self.strings(part)),
                Rule::mentions => case.mentions.extend(self.strings(part)),
                Rule::match_tree => {
                    case.matcher = Matcher::Tree(self.tree(parts(part).next()?, true)?);
                }
                Rule::match_code => {
                    let what = parts(part).find(|p| p.as_rule() != Rule::kw_match)?;
                    case.matcher = if what.as_rule() == Rule::regex {
                        let value = regex_value(what.as_str());
                        Matcher::Regex(Text { value, span: self.span(&what) })
                    } else {
                        Matcher::Pattern(self.code(&what))
                    };
                }
                Rule::match_query => {
                    case.matcher = Matcher::Query(self.code(&parts(part).next()?));
                }
                Rule::match_node => case.matcher = Matcher::Node,
                Rule::match_edge => case.matcher = Matcher::Edge,
                Rule::match_group => case.matcher = Matcher::Group,
                Rule::case_where => {
                    let cond = parts(part).find(|p| p.as_rule() == Rule::cond)?;
                    case.filter = Some(self.cond(cond)?);
                }
                Rule::outputs => case.outputs = self.outputs(part)?,
                _ => {}
            }
        }
        Some(case)
    }

    fn strings(&self, pair: Pair<'_, Rule>) -> Vec<Text> {
        parts(pair).filter(|p| p.as_rule() == Rule::string).map(|p| self.string(&p)).collect()
    }
}
