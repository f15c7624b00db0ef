//! Which fragments of four bytes betray a pattern: every match holds one of them, and ordinary
//! lines hold none. Taken from the literals that a pattern cannot match without.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap},
};

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
    /// How many of them ordinary lines do not hold.
    rare: usize,
}

/// Texts of which every match of a pattern holds one.
#[derive(Clone)]
pub(super) struct Betrayal(Vec<Held>);

/// Every fragment of ordinary lines, in order.
pub(super) struct Ordinary(Vec<Fragment>);

impl Ordinary {
    pub fn new() -> Self {
        let lines = ORDINARY.lines().map(str::as_bytes);
        let all = lines.flat_map(|line| line.windows(LENGTH).filter_map(fragment));
        let mut all: Vec<Fragment> = all.collect();
        all.sort_unstable();
        all.dedup();
        Self(all)
    }

    fn holds(&self, fragment: &Fragment) -> bool {
        self.0.binary_search(fragment).is_ok()
    }

    fn rare(&self, windows: &Windows) -> usize {
        let rare = windows.iter().filter(|window| !self.holds(window));
        rare.count()
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
        let by_key = texts
            .iter()
            .map(|(_, text)| vec![held(text.as_bytes(), ordinary)]);
        let usable = by_key.filter(|offer| offer.iter().all(|held| !held.windows.is_empty()));
        let offers = std::iter::once(self.0).chain(usable);
        Self(cheapest(offers.collect()).unwrap_or_default())
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
                .chain(prefixes(hir, ordinary))
                .collect()
        }
        // Whatever the whole matches, the rest from any part on matches too. A part that repeats
        // or matches no text begins with nothing of its own.
        HirKind::Concat(parts) => {
            let begins = |at: &usize| {
                !matches!(
                    parts[*at].kind(),
                    HirKind::Repetition(_) | HirKind::Look(_) | HirKind::Empty
                )
            };
            let tails = (0..parts.len()).filter(begins);
            let tails =
                tails.filter_map(|at| prefixes(&Hir::concat(parts[at..].to_vec()), ordinary));
            let inside = parts.iter().filter_map(|part| best(part, ordinary));
            tails.chain(inside).collect()
        }
        _ => prefixes(hir, ordinary).into_iter().collect(),
    };
    cheapest(offers)
}

/// The offer with the fewest texts, none of them common.
fn cheapest(offers: Vec<Vec<Held>>) -> Option<Vec<Held>> {
    offers.into_iter().min_by_key(|offer| {
        let rare = offer.iter().map(|held| held.rare);
        let common = rare.clone().filter(|rare| *rare == 0).count();
        (common, offer.len(), Reverse(rare.min()))
    })
}

/// The texts that a match begins with, where all are long enough.
fn prefixes(hir: &Hir, ordinary: &Ordinary) -> Option<Vec<Held>> {
    let found = Extractor::new().extract(hir);
    let literals = found.literals()?;
    let texts: Vec<Held> = literals
        .iter()
        .map(|literal| held(literal.as_bytes(), ordinary))
        .collect();
    let whole = !texts.is_empty() && texts.iter().all(|held| !held.windows.is_empty());
    whole.then_some(texts)
}

fn held(literal: &[u8], ordinary: &Ordinary) -> Held {
    let windows = plain(literal);
    Held {
        literal: literal.to_vec(),
        rare: ordinary.rare(&windows),
        windows,
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
    let mut left: HashMap<Fragment, usize> = holders
        .iter()
        .map(|(window, all)| (*window, all.len()))
        .collect();
    // Numbers only fall, so one that is out of date is put back with its right one. Of several
    // that betray as many the first in order, so that every run chooses alike.
    let queue = left
        .iter()
        .map(|(window, count)| (*count, Reverse(*window)));
    let mut queue: BinaryHeap<(usize, Reverse<Fragment>)> = queue.collect();
    let mut open: Vec<bool> = vec![true; texts.len()];
    let mut chosen = Vec::new();
    while let Some((count, Reverse(window))) = queue.pop() {
        let now = left[&window];
        if now < count {
            queue.push((now, Reverse(window)));
            continue;
        }
        if now == 0 {
            break;
        }
        chosen.push(window);
        for at in &holders[&window] {
            if !std::mem::take(&mut open[*at]) {
                continue;
            }
            for other in &texts[*at] {
                left.entry(*other).and_modify(|count| *count -= 1);
            }
        }
    }
    chosen
}

/// Only the fragments that ordinary lines do not hold, if there are any.
fn rarest(windows: &Windows, ordinary: &Ordinary) -> Windows {
    let rare = windows.iter().filter(|window| !ordinary.holds(window));
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
