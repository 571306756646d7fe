//! Functions, each called once for the same arguments.

use redan_facts::{ValueId, Values};
use redan_program::functions::Function;
use rustc_hash::FxHashMap;

use crate::same::Canon;

/// A pattern, and its number.
type Site = (Option<Box<str>>, usize);
/// Values by arguments.
type Results = FxHashMap<Box<[u32]>, Box<[u32]>>;

/// What functions gave.
#[derive(Debug, Default)]
pub(crate) struct Calls {
    /// For each function its patterns, each with its number.
    sites: FxHashMap<&'static str, Vec<Site>>,
    results: Vec<Results>,
}

impl Calls {
    /// The values for these arguments, without duplicates, in the order of the function. The site is that of
    /// the function and the pattern.
    pub(crate) fn get(
        &mut self,
        site: usize,
        function: &'static Function,
        pattern: Option<&str>,
        arguments: &[u32],
        values: &mut Values,
        canon: &mut Canon,
    ) -> &[u32] {
        let known = &mut self.results[site];
        if !known.contains_key(arguments) {
            let given: Vec<ValueId> = arguments.iter().map(|a| ValueId(*a)).collect();
            let mut results = vec![];
            (function.run)(values, pattern, &given, &mut results);
            let mut unique: Vec<u32> = vec![];
            for result in results {
                let result = canon.resolve(values, result).0;
                if !unique.contains(&result) {
                    unique.push(result);
                }
            }
            known.insert(arguments.into(), unique.into());
        }
        known.get(arguments).map_or(&[], |r| r)
    }

    /// The values for these arguments, if the function was called with them.
    pub(crate) fn known(
        &self,
        function: &'static Function,
        pattern: Option<&str>,
        arguments: &[u32],
    ) -> Option<&[u32]> {
        let sites = self.sites.get(function.name)?;
        let site = sites.iter().find(|(p, _)| p.as_deref() == pattern)?.1;
        self.results.get(site)?.get(arguments).map(|r| &r[..])
    }

    /// The number of a function with its pattern.
    pub(crate) fn site(&mut self, function: &'static Function, pattern: Option<&str>) -> usize {
        let sites = self.sites.entry(function.name).or_default();
        // A search by a borrowed key: patterns are few for each function.
        let found = sites.iter().find(|(p, _)| p.as_deref() == pattern).map(|(_, s)| *s);
        found.unwrap_or_else(|| {
            let number = self.results.len();
            self.results.push(Results::default());
            sites.push((pattern.map(Into::into), number));
            number
        })
    }
}
