//! Hides secrets where answers enter the program. The same secret gets the same mark all through
//! a run, so that "these two differ" can still be judged.

mod digest;
mod known;
mod names;
mod patterns;
mod scan;

use std::{
    collections::hash_map::RandomState,
    hash::BuildHasher,
    ops::Range,
    sync::{Arc, PoisonError, RwLock},
};

use known::Known;

/// How every mark begins; text that already holds marks is left alone, so hiding twice is hiding
/// once.
const MARK: &str = "«secret ";

/// Replaces secrets by marks such as `«secret 3f9a02c1»`. A clone shares the key of its marks and
/// the secrets that are known.
#[derive(Debug, Clone, Default)]
pub struct Redactor {
    inner: Arc<Inner>,
}

#[derive(Default)]
struct Inner {
    /// The run's own random key: a mark says nothing to somebody who guesses secrets later.
    key: RandomState,
    known: RwLock<Known>,
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inner").finish_non_exhaustive()
    }
}

impl Redactor {
    /// The mark for a secret; equal secrets have equal marks within a run, and no mark tells
    /// anything about its secret, its length included.
    pub fn mark(&self, secret: &str) -> String {
        // 32 bits: two of a hundred different secrets look the same in one run of a million.
        format!("{MARK}{:08x}»", self.inner.key.hash_one(secret) >> 32)
    }

    /// Makes a secret known, so that [`Redactor::text`] finds it in any encoding. Secrets under 6
    /// characters are not learnt: they would be found in ordinary words.
    pub fn learn(&self, secret: &str) {
        self.inner
            .known
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .learn(secret);
    }

    /// The text with known secrets (raw, base64, URL-encoded, JSON-escaped) and everything that
    /// looks like a secret replaced by marks.
    pub fn text(&self, text: &str) -> String {
        let known = self
            .inner
            .known
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        let mut hits = known.find(text);
        hits.extend(patterns::find(text).into_iter().map(Hit::pattern));
        self.replaced(text, merged(hits))
    }

    /// Whether something in this text was hidden.
    pub(super) fn hides(text: &str) -> bool {
        text.contains(MARK)
    }

    fn replaced(&self, text: &str, hits: Vec<Hit>) -> String {
        let mut hidden = String::with_capacity(text.len());
        let mut from = 0;
        for hit in hits {
            hidden.push_str(&text[from..hit.range.start]);
            let secret = hit.secret.as_deref().unwrap_or(&text[hit.range.clone()]);
            hidden.push_str(&self.mark(secret));
            from = hit.range.end;
        }
        hidden.push_str(&text[from..]);
        hidden
    }

    /// Whether a variable, key or header of this name holds a secret. A name that holds the path
    /// or the address of one (`…_FILE`, `TOKEN_URL`) does not.
    pub fn is_secret_name(name: &str) -> bool {
        names::is_secret(name)
    }
}

/// A stretch of text to hide.
struct Hit {
    range: Range<usize>,
    /// The known secret behind it, whatever its encoding; `None` hides what stands there.
    secret: Option<Arc<str>>,
}

impl Hit {
    fn pattern(range: Range<usize>) -> Self {
        Self {
            range,
            secret: None,
        }
    }
}

/// Hits in the order of the text, overlapping ones made one.
fn merged(mut hits: Vec<Hit>) -> Vec<Hit> {
    // A known secret first among hits of the same range, so that its mark is the one used.
    hits.sort_by_key(|hit| (hit.range.start, hit.range.end, hit.secret.is_none()));
    let mut merged: Vec<Hit> = Vec::with_capacity(hits.len());
    for hit in hits {
        match merged.last_mut() {
            Some(last) if hit.range.start < last.range.end => {
                if hit.range.start == last.range.start && hit.range.end > last.range.end {
                    last.secret = hit.secret;
                }
                last.range.end = last.range.end.max(hit.range.end);
            }
            _ => merged.push(hit),
        }
    }
    merged
}

#[cfg(test)]
mod tests;
