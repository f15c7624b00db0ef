//! Finds the few lines that are worth reading, far faster than a line at a time: rare fragments
//! searched over the whole block by Teddy (aho-corasick's packed searcher).

use aho_corasick::{
    AhoCorasick, Span,
    packed::{Config, MatchKind, Searcher},
};

use super::fragments::Fragment;

/// More fragments than Teddy finds at once; the rest is searched in a further pass.
const AT_ONCE: usize = 128;

/// The search for fragments.
pub(super) struct Sieve {
    passes: Vec<Pass>,
}

enum Pass {
    Packed(Searcher),
    /// Where the processor has no vector instructions for Teddy.
    Plain(AhoCorasick),
}

impl Sieve {
    pub fn new(fragments: &[Fragment]) -> Self {
        let passes = fragments.chunks(AT_ONCE).filter_map(Pass::new);
        Self {
            passes: passes.collect(),
        }
    }

    /// A search through one block.
    pub fn search<'a>(&'a self, block: &'a [u8]) -> Search<'a> {
        Search {
            block,
            next: self
                .passes
                .iter()
                .map(|pass| (pass, Next::NotLooked))
                .collect(),
        }
    }
}

impl Pass {
    fn new(fragments: &[Fragment]) -> Option<Self> {
        let packed = Config::new()
            .match_kind(MatchKind::LeftmostFirst)
            .heuristic_pattern_limits(false)
            .builder()
            .extend(fragments)
            .build();
        match packed {
            Some(searcher) => Some(Self::Packed(searcher)),
            // Building fails only beyond 2^31 patterns.
            None => AhoCorasick::new(fragments).ok().map(Self::Plain),
        }
    }

    fn find(&self, block: &[u8], from: usize) -> Option<usize> {
        let span = Span::from(from..block.len());
        match self {
            Self::Packed(searcher) => searcher.find_in(block, span).map(|found| found.start()),
            Self::Plain(searcher) => {
                let input = aho_corasick::Input::new(block).span(span);
                searcher.find(input).map(|found| found.start())
            }
        }
    }
}

/// A search under way; each pass remembers what it found last.
pub(super) struct Search<'a> {
    block: &'a [u8],
    next: Vec<(&'a Pass, Next)>,
}

#[derive(Clone, Copy)]
enum Next {
    NotLooked,
    At(usize),
    Nowhere,
}

impl Search<'_> {
    /// Where the first fragment at or after `from` stands; `from` never goes back.
    pub fn from(&mut self, from: usize) -> Option<usize> {
        let mut nearest: Option<usize> = None;
        for (pass, next) in &mut self.next {
            let stale = match *next {
                Next::NotLooked => true,
                Next::At(at) => at < from,
                Next::Nowhere => false,
            };
            if stale {
                *next = pass.find(self.block, from).map_or(Next::Nowhere, Next::At);
            }
            if let Next::At(at) = *next {
                nearest = Some(nearest.map_or(at, |best| best.min(at)));
            }
        }
        nearest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fragments(count: u32) -> Vec<Fragment> {
        (0..count)
            .map(|n| format!("{n:04}").into_bytes().try_into().unwrap())
            .collect()
    }

    #[test]
    fn whatever_the_number_of_fragments_each_is_found() {
        for count in [0, 1, 64, 128, 129, 300] {
            let sieve = Sieve::new(&fragments(count));
            for n in 0..count {
                let block = format!("{}x{n:04}", "-".repeat(100));
                assert_eq!(
                    sieve.search(block.as_bytes()).from(0),
                    Some(101),
                    "{n} of {count}"
                );
            }
            assert_eq!(sieve.search(&[b'-'; 500]).from(0), None);
        }
    }

    #[test]
    fn a_search_goes_on_from_where_it_is_told() {
        let sieve = Sieve::new(&fragments(200));
        let block = b"0001 0199 0002 0150";
        let mut search = sieve.search(block);
        let found: Vec<_> = [0, 1, 6, 12, 16]
            .iter()
            .map(|at| search.from(*at))
            .collect();
        assert_eq!(found, [Some(0), Some(5), Some(10), Some(15), None]);
    }
}
