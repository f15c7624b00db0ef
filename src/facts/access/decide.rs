//! Whether somebody may open an application, by its bindings alone: pure, and three-valued, since
//! what a policy says is known only to authentik when it runs it.
//!
//! The rules are those of `authentik/policies/engine.py` (knowledge C.6): bindings that are switched
//! off or have expired are as if they were not there; bindings to people and groups are worked out
//! together and count as one result beside those of the policies; `negate` turns a result round; a
//! superuser gets no free pass.

use super::{
    AppAccess, Binding, BindingKind, BoundTo, Member, Mode, Opening, Reason, Together, Trilean,
};

/// Whether somebody may open an application, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Whether they may.
    pub can: Trilean,
    /// What decides it; never empty.
    pub because: Vec<Reason>,
    /// What would open it, where it is closed. Each is enough unless `all_needed`.
    pub opens: Vec<Opening>,
    /// Whether all of `opens` are needed.
    pub all_needed: bool,
}

impl Binding {
    fn reason(&self, passes: Trilean) -> Reason {
        Reason::Binding {
            pk: self.pk.clone(),
            to: self.called(),
            passes,
            negate: self.negate,
            kind: match self.to {
                BoundTo::User { .. } => BindingKind::Person,
                BoundTo::Group { .. } => BindingKind::Group,
                BoundTo::Policy { .. } | BoundTo::Nothing => BindingKind::Policy,
            },
        }
    }

    /// What would make it let somebody in; where each binding is needed, one to somebody else never
    /// can.
    fn opening(&self, each: bool) -> Option<Opening> {
        Some(match (&self.to, self.negate) {
            (BoundTo::Group { pk, name, .. }, negate) => {
                let (pk, name) = (pk.clone(), name.clone());
                match negate {
                    false => Opening::Join { pk, name },
                    true => Opening::Leave { pk, name },
                }
            }
            (BoundTo::User { .. }, negate) if negate || each => Opening::Unbind {
                pk: self.pk.clone(),
            },
            _ => return None,
        })
    }
}

impl AppAccess {
    /// The bindings that count, in their order.
    pub fn counting(&self) -> impl Iterator<Item = &Binding> {
        self.bindings.iter().filter(|binding| binding.counts())
    }

    /// Whether somebody may open it.
    pub fn decide(&self, who: &Member) -> Decision {
        let decision = self.by_bindings(who);
        if who.is_active {
            return decision;
        }
        let mut because = vec![Reason::Inactive];
        let mut opens = vec![Opening::Activate];
        if decision.can == Trilean::No {
            because.extend(decision.because);
            let enough = match decision.all_needed {
                true => decision.opens.len(),
                false => 1,
            };
            opens.extend(decision.opens.into_iter().take(enough));
        }
        Decision {
            can: Trilean::No,
            because,
            opens,
            all_needed: true,
        }
    }

    fn by_bindings(&self, who: &Member) -> Decision {
        let told: Vec<(&Binding, Trilean)> = self
            .counting()
            .map(|binding| (binding, binding.passes(who)))
            .collect();
        if told.is_empty() {
            return self.unbound();
        }
        let statics = || told.iter().filter(|(binding, _)| binding.is_static());
        let others = || told.iter().filter(|(binding, _)| !binding.is_static());
        let together = self.together(statics().map(|(_, passes)| *passes).collect());
        let parts = others().map(|(_, passes)| *passes).chain(together);
        let can = match self.mode {
            Mode::Any => Trilean::any(parts),
            Mode::All => Trilean::all(parts),
        };
        let matters = |(binding, passes): &&(&Binding, Trilean)| match can {
            Trilean::Unknown if binding.is_static() => {
                together != Some(Trilean::Yes) && *passes != Trilean::Yes
            }
            Trilean::Unknown => true,
            decided => *passes == decided,
        };
        let mut because: Vec<Reason> = told
            .iter()
            .filter(matters)
            .map(|(binding, passes)| binding.reason(*passes))
            .collect();
        let differ = statics().any(|(_, passes)| *passes == Trilean::Yes)
            && statics().any(|(_, passes)| *passes == Trilean::No);
        if self.mode == Mode::All && self.together == Together::Open && differ {
            because.push(Reason::ReleasesDiffer);
        }
        let each = self.mode == Mode::All && self.together != Together::One;
        let mut opens = Vec::new();
        if can == Trilean::No {
            let closed = statics().filter(|(_, passes)| *passes == Trilean::No);
            opens.extend(closed.filter_map(|(binding, _)| binding.opening(each)));
            if !each {
                opens.push(Opening::Bind);
            }
        }
        Decision {
            can,
            because,
            opens,
            all_needed: each,
        }
    }

    /// People and groups as one result; `None` where none is bound.
    fn together(&self, statics: Vec<Trilean>) -> Option<Trilean> {
        let any = Trilean::any(statics.iter().copied());
        let all = Trilean::all(statics.iter().copied());
        (!statics.is_empty()).then_some(match (self.mode, self.together) {
            (Mode::Any, _) | (Mode::All, Together::One) => any,
            (Mode::All, Together::Each) => all,
            (Mode::All, Together::Open) if any == all => any,
            (Mode::All, Together::Open) => Trilean::Unknown,
        })
    }

    fn unbound(&self) -> Decision {
        let opens = match self.unbound {
            Trilean::No => vec![Opening::Bind],
            _ => Vec::new(),
        };
        Decision {
            can: self.unbound,
            because: vec![Reason::Unbound {
                off: self.bindings.len(),
                open: self.unbound,
            }],
            opens,
            all_needed: false,
        }
    }
}

#[cfg(test)]
mod tests;
