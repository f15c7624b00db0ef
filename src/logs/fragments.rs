//! Which fragments of four bytes betray a pattern: every match holds one of them, and ordinary
//! lines hold none. Taken from the literals that a pattern cannot match without.

use std::collections::{HashMap, HashSet};

use regex_syntax::hir::{Hir, HirKind, literal::Extractor};

/// As long as Teddy's fingerprints can be: shorter ones are found in ordinary lines, longer ones
/// are not searched faster.
const LENGTH: usize = 4;
/// Lines as a healthy stack writes them by the thousand.
const ORDINARY: &str = include_str!("ordinary.txt");

/// Four bytes.
pub(super) type Fragment = [u8; LENGTH];

/// The fragments of one text: any of them would do.
type Windows = Vec<Fragment>;

/// A text that a match holds.
#[derive(Clone)]
struct Held {
    literal: Vec<u8>,
    windows: Windows,
}

/// Texts of which every match of a pattern holds one.
pub(super) struct Betrayal(Vec<Held>);

/// Every fragment of ordinary lines.
pub(super) struct Ordinary(HashSet<Fragment>);

impl Ordinary {
    pub fn new() -> Self {
        let lines = ORDINARY.lines().map(str::as_bytes);
        Self(
            lines
                .flat_map(|line| line.windows(LENGTH).filter_map(fragment))
                .collect(),
        )
    }

    fn rare(&self, windows: &Windows) -> usize {
        windows
            .iter()
            .filter(|window| !self.0.contains(*window))
            .count()
    }
}

fn fragment(window: &[u8]) -> Option<Fragment> {
    window.try_into().ok()
}

impl Betrayal {
    /// What betrays a pattern; `None` where it can match without any text of four plain bytes.
    pub fn of(pattern: &str, ordinary: &Ordinary) -> Option<Self> {
        let mut parser = regex_syntax::ParserBuilder::new()
            .utf8(false)
            .unicode(false)
            .build();
        let hir = parser.parse(pattern).ok()?;
        best(&hir, ordinary).map(Self)
    }

    /// The texts themselves.
    pub fn literals(&self) -> impl Iterator<Item = &[u8]> {
        self.0.iter().map(|held| held.literal.as_slice())
    }

    /// What betrays a line whose keys must hold these texts, where that says more.
    pub fn or_by(self, texts: &[(String, String)], ordinary: &Ordinary) -> Self {
        let by_key = texts.iter().map(|(_, text)| vec![held(text.as_bytes())]);
        let usable = by_key.filter(|offer| offer.iter().all(|held| !held.windows.is_empty()));
        let offers = std::iter::once(self.0).chain(usable);
        Self(cheapest(offers.collect(), ordinary).unwrap_or_default())
    }
}

/// The best choice of texts among those that a pattern offers.
fn best(hir: &Hir, ordinary: &Ordinary) -> Option<Vec<Held>> {
    let offers: Vec<Vec<Held>> = match hir.kind() {
        HirKind::Capture(capture) => return best(&capture.sub, ordinary),
        HirKind::Repetition(repetition) if repetition.min > 0 => {
            return best(&repetition.sub, ordinary);
        }
        // Every branch must be betrayed by itself.
        HirKind::Alternation(branches) => {
            let branches: Option<Vec<_>> = branches.iter().map(|hir| best(hir, ordinary)).collect();
            branches
                .map(|all| all.concat())
                .into_iter()
                .chain(prefixes(hir))
                .collect()
        }
        // Whatever the whole matches, the rest from any part on matches too.
        HirKind::Concat(parts) => {
            let tails =
                (0..parts.len()).filter_map(|at| prefixes(&Hir::concat(parts[at..].to_vec())));
            let inside = parts.iter().filter_map(|part| best(part, ordinary));
            tails.chain(inside).collect()
        }
        _ => prefixes(hir).into_iter().collect(),
    };
    cheapest(offers, ordinary)
}

/// The offer with the fewest texts, none of them common.
fn cheapest(offers: Vec<Vec<Held>>, ordinary: &Ordinary) -> Option<Vec<Held>> {
    offers.into_iter().min_by_key(|offer| {
        let rare = offer.iter().map(|held| ordinary.rare(&held.windows));
        let common = rare.clone().filter(|rare| *rare == 0).count();
        (common, offer.len(), std::cmp::Reverse(rare.min()))
    })
}

/// The texts that a match begins with, where all are long enough.
fn prefixes(hir: &Hir) -> Option<Vec<Held>> {
    let found = Extractor::new().extract(hir);
    let literals = found.literals()?;
    let texts: Vec<Held> = literals
        .iter()
        .map(|literal| held(literal.as_bytes()))
        .collect();
    let whole = !texts.is_empty() && texts.iter().all(|held| !held.windows.is_empty());
    whole.then_some(texts)
}

fn held(literal: &[u8]) -> Held {
    Held {
        literal: literal.to_vec(),
        windows: plain(literal),
    }
}

/// The fragments of a text that stand in a JSON line as they are (Go writes `<`, `>` and `&` as
/// escapes).
fn plain(text: &[u8]) -> Windows {
    let as_is = |byte: &u8| {
        (byte.is_ascii_graphic() || *byte == b' ')
            && !matches!(byte, b'"' | b'\\' | b'<' | b'>' | b'&')
    };
    let windows = text.windows(LENGTH);
    let mut all: Windows = windows
        .filter(|window| window.iter().all(as_is))
        .filter_map(fragment)
        .collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// The fewest fragments that betray every pattern: always the one that betrays most of those that
/// are left, rare ones first.
pub(super) fn choose(betrayals: &[Betrayal], ordinary: &Ordinary) -> Vec<Fragment> {
    let texts: Vec<Windows> = betrayals
        .iter()
        .flat_map(|Betrayal(texts)| texts)
        .map(|held| rarest(&held.windows, ordinary))
        .collect();
    let mut holders: HashMap<Fragment, Vec<usize>> = HashMap::new();
    for (at, windows) in texts.iter().enumerate() {
        for window in windows {
            holders.entry(*window).or_default().push(at);
        }
    }
    let mut open: Vec<bool> = vec![true; texts.len()];
    let mut chosen = Vec::new();
    loop {
        let left = |held: &[usize]| held.iter().filter(|at| open[**at]).count();
        let next = holders
            .iter()
            .map(|(window, held)| (left(held), std::cmp::Reverse(*window)))
            .max();
        match next {
            Some((count, std::cmp::Reverse(window))) if count > 0 => {
                chosen.push(window);
                holders[&window].iter().for_each(|at| open[*at] = false);
            }
            _ => return chosen,
        }
    }
}

/// Only the fragments that ordinary lines do not hold, if there are any.
fn rarest(windows: &Windows, ordinary: &Ordinary) -> Windows {
    let rare = windows
        .iter()
        .filter(|window| !ordinary.0.contains(*window));
    let rare: Windows = rare.copied().collect();
    if rare.is_empty() {
        windows.clone()
    } else {
        rare
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn betrayed_by(pattern: &str) -> Option<Vec<String>> {
        let ordinary = Ordinary::new();
        let betrayal = Betrayal::of(pattern, &ordinary)?;
        let chosen = choose(&[betrayal], &ordinary).into_iter();
        Some(
            chosen
                .map(|f| String::from_utf8_lossy(&f).into_owned())
                .collect(),
        )
    }

    #[test]
    fn a_pattern_without_plain_text_is_refused() {
        for pattern in [
            ".*",
            "a?b?",
            "[a-z]+ \\d+",
            "abc",
            "\"\"\"\"",
            "long enough|x",
        ] {
            assert!(betrayed_by(pattern).is_none(), "{pattern}");
        }
    }

    #[test]
    fn one_fragment_may_betray_many() {
        let ordinary = Ordinary::new();
        let patterns = ["the password failed", "xy[zw]+ failed for", "(a|b) failed"];
        let betrayals: Vec<_> = patterns
            .iter()
            .filter_map(|p| Betrayal::of(p, &ordinary))
            .collect();
        assert_eq!(choose(&betrayals, &ordinary).len(), 1);
    }

    #[test]
    fn every_match_holds_one_of_the_fragments() {
        for (pattern, line) in [
            (r"[Cc]onnection (refused|reset)", "Connection refused"),
            (r"(?i)workers? timed out", "WORKER TIMED OUT"),
            (r"^(?:cannot|could not) reach .*$", "could not reach it"),
            (r"x*unreadable{2}", "unreadablee"),
        ] {
            let chosen = betrayed_by(pattern).unwrap();
            assert!(
                chosen.iter().any(|f| line.contains(f.as_str())),
                "{pattern}: {chosen:?}"
            );
        }
    }
}
