use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::Subject;

/// What needs what: app → instance → server → database. A cause can only lie in something that
/// the consequence needs.
#[derive(Debug, Clone, Default)]
pub struct Needs {
    edges: BTreeMap<Subject, BTreeSet<Subject>>,
}

impl Needs {
    /// Records that `what` cannot work without `on`.
    pub fn add(&mut self, what: Subject, on: Subject) {
        if what != on {
            self.edges.entry(what).or_default().insert(on);
        }
    }

    /// Steps from one subject to another over `needs`, 0 for itself; `None` when it is not needed.
    pub fn distance(&self, from: &Subject, to: &Subject) -> Option<usize> {
        let mut seen = BTreeSet::from([from]);
        let mut queue = VecDeque::from([(from, 0)]);
        while let Some((at, steps)) = queue.pop_front() {
            if at == to {
                return Some(steps);
            }
            for next in self.edges.get(at).into_iter().flatten() {
                if seen.insert(next) {
                    queue.push_back((next, steps + 1));
                }
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Kind;

    fn subject(kind: Kind) -> Subject {
        Subject::new(kind, "x")
    }

    #[test]
    fn distance_follows_the_arrows_only() {
        let mut needs = Needs::default();
        needs.add(subject(Kind::App), subject(Kind::Instance));
        needs.add(subject(Kind::Instance), subject(Kind::Server));
        needs.add(subject(Kind::Server), subject(Kind::Database));
        needs.add(subject(Kind::Database), subject(Kind::App));
        assert_eq!(
            needs.distance(&subject(Kind::App), &subject(Kind::Database)),
            Some(3)
        );
        assert_eq!(
            needs.distance(&subject(Kind::App), &subject(Kind::Worker)),
            None
        );
    }
}
