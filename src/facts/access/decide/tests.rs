use std::collections::BTreeSet;

use super::*;
use crate::facts::Holders;

/// What a binding comes to for the person in question, `negate` aside; `None` for a policy, whose
/// answer is not known.
type Raw = Option<bool>;

#[derive(Clone, Copy)]
struct Case {
    raw: Raw,
    negate: bool,
    on: bool,
}

const GROUP: &str = "g";

fn me() -> Member {
    Member {
        pk: 1,
        is_active: true,
        groups: [GROUP.to_owned()].into(),
        is_superuser: false,
    }
}

fn binding(place: usize, case: Case) -> Binding {
    // Both kinds of those that are worked out together, and both ways of being off.
    let odd = place % 2 == 1;
    let to = match case.raw {
        None => BoundTo::Policy {
            pk: format!("p{place}"),
            name: format!("policy {place}"),
            kind: Some("expressionpolicy".into()),
        },
        Some(is_mine) if odd => BoundTo::User {
            pk: if is_mine { 1 } else { 2 },
            name: "somebody".into(),
            is_active: true,
        },
        Some(is_mine) => BoundTo::Group {
            pk: if is_mine { GROUP } else { "other" }.into(),
            name: "a group".into(),
            below: BTreeSet::new(),
            holders: Holders::Active,
        },
    };
    Binding {
        pk: format!("b{place}"),
        order: 0,
        enabled: case.on || odd,
        negate: case.negate,
        expired: !case.on && odd,
        dry_run: false,
        failure_result: false,
        timeout: 30,
        to,
    }
}

fn app(mode: Mode, together: Together, bindings: Vec<Binding>) -> AppAccess {
    AppAccess {
        slug: "app".into(),
        name: "App".into(),
        target: "t".into(),
        mode,
        together,
        unbound: Trilean::Yes,
        bindings,
    }
}

/// authentik's engine as it is written there, with everything known: counts of the bindings to
/// people and groups that match, one result for them, then `all()` or `any()` of the results.
fn as_authentik_does(all_needed: bool, each: bool, cases: &[(bool, bool)]) -> bool {
    let (mut total, mut passing, mut results) = (0, 0, Vec::new());
    for (is_policy, passes) in cases {
        if *is_policy {
            results.push(*passes);
        } else {
            total += 1;
            passing += usize::from(*passes);
        }
    }
    if total > 0 {
        results.push(match all_needed && each {
            true => passing == total,
            false => passing > 0,
        });
    }
    if results.is_empty() {
        return true;
    }
    match all_needed {
        true => !results.contains(&false),
        false => results.contains(&true),
    }
}

/// The answer in every world that fits what is known: each policy says yes or no, and a release
/// that is not known is of either kind.
fn reference(mode: Mode, together: Together, cases: &[Case]) -> Trilean {
    let kinds: &[bool] = match together {
        Together::Each => &[true],
        Together::One => &[false],
        Together::Open => &[true, false],
    };
    let counted: Vec<&Case> = cases.iter().filter(|case| case.on).collect();
    let policies = counted.iter().filter(|case| case.raw.is_none()).count();
    let (mut yes, mut no) = (false, false);
    for each in kinds {
        for world in 0_u32..1 << policies {
            let mut next = 0;
            let told: Vec<(bool, bool)> = counted
                .iter()
                .map(|case| {
                    let raw = case.raw.unwrap_or_else(|| {
                        next += 1;
                        world >> (next - 1) & 1 == 1
                    });
                    (case.raw.is_none(), raw ^ case.negate)
                })
                .collect();
            match as_authentik_does(mode == Mode::All, *each, &told) {
                true => yes = true,
                false => no = true,
            }
        }
    }
    match (yes, no) {
        (true, false) => Trilean::Yes,
        (false, true) => Trilean::No,
        _ => Trilean::Unknown,
    }
}

#[test]
fn every_set_of_up_to_four_bindings_is_judged_as_authentik_would() {
    let mut kinds = Vec::new();
    for raw in [Some(true), Some(false), None] {
        for negate in [false, true] {
            for on in [true, false] {
                kinds.push(Case { raw, negate, on });
            }
        }
    }
    let who = me();
    let rules = [
        (Mode::Any, Together::Open),
        (Mode::All, Together::Each),
        (Mode::All, Together::One),
        (Mode::All, Together::Open),
    ];
    let mut judged = 0;
    for length in 0..=4_u32 {
        for number in 0..kinds.len().pow(length) {
            let cases: Vec<Case> = (0..length)
                .map(|place| kinds[number / kinds.len().pow(place) % kinds.len()])
                .collect();
            let bindings: Vec<Binding> = cases
                .iter()
                .enumerate()
                .map(|(place, case)| binding(place, *case))
                .collect();
            for (mode, together) in rules {
                let decision = app(mode, together, bindings.clone()).decide(&who);
                assert_eq!(
                    decision.can,
                    reference(mode, together, &cases),
                    "{mode:?} {together:?} {bindings:?}"
                );
                assert!(!decision.because.is_empty(), "{bindings:?}");
                judged += 1;
            }
        }
    }
    assert_eq!(judged, 4 * (1 + 12 + 144 + 1728 + 20736));
}

fn to_group(pk: &str, negate: bool) -> Binding {
    Binding {
        to: BoundTo::Group {
            pk: pk.into(),
            name: pk.to_uppercase(),
            below: BTreeSet::new(),
            holders: Holders::Active,
        },
        ..binding(
            0,
            Case {
                raw: Some(true),
                negate,
                on: true,
            },
        )
    }
}

#[test]
fn what_would_open_it_is_what_is_missing() {
    let join = |pk: &str| Opening::Join {
        pk: pk.into(),
        name: pk.to_uppercase(),
    };
    let both = vec![to_group("x", false), to_group("y", false)];
    let any = app(Mode::Any, Together::Open, both.clone()).decide(&me());
    let opens = vec![join("x"), join("y"), Opening::Bind];
    assert_eq!((any.opens, any.all_needed), (opens, false));
    // A binding more would shut everybody else out.
    let all = app(Mode::All, Together::Each, both).decide(&me());
    assert_eq!(
        (all.opens, all.all_needed),
        (vec![join("x"), join("y")], true)
    );
    let out = app(Mode::Any, Together::Open, vec![to_group(GROUP, true)]).decide(&me());
    let (pk, name) = (GROUP.to_owned(), "G".to_owned());
    assert_eq!(out.opens, [Opening::Leave { pk, name }, Opening::Bind]);
    assert_eq!(
        out.because[0].to_string(),
        "it is bound to everybody but the group G, which they are in"
    );
}

#[test]
fn whoever_is_inactive_opens_nothing_and_a_superuser_not_everything() {
    let closed = app(Mode::Any, Together::Open, vec![to_group("x", false)]);
    let superuser = Member {
        is_superuser: true,
        ..me()
    };
    assert_eq!(closed.decide(&superuser).can, Trilean::No);
    let inactive = Member {
        is_active: false,
        ..me()
    };
    let open = app(Mode::Any, Together::Open, vec![to_group(GROUP, false)]);
    let decision = open.decide(&inactive);
    assert_eq!(decision.can, Trilean::No);
    assert_eq!(decision.because, [Reason::Inactive]);
    assert_eq!(decision.opens, [Opening::Activate]);
    let decision = closed.decide(&inactive);
    assert_eq!((decision.opens.len(), decision.all_needed), (2, true));
}

#[test]
fn a_group_counts_for_those_in_the_groups_below_it() {
    let mut above = to_group("above", false);
    if let BoundTo::Group { below, .. } = &mut above.to {
        below.insert(GROUP.into());
    }
    let decision = app(Mode::Any, Together::Open, vec![above]).decide(&me());
    assert_eq!(decision.can, Trilean::Yes);
}

#[test]
fn a_try_is_not_counted_on() {
    let mut tried = to_group("x", false);
    tried.dry_run = true;
    let decision = app(Mode::Any, Together::Open, vec![tried]).decide(&me());
    assert_eq!(decision.can, Trilean::Unknown);
}

#[test]
fn without_a_binding_that_counts_the_setting_decides() {
    let mut off = to_group("x", false);
    off.enabled = false;
    let mut app = app(Mode::All, Together::Open, vec![off]);
    assert_eq!(app.decide(&me()).can, Trilean::Yes);
    app.unbound = Trilean::No;
    let decision = app.decide(&me());
    assert_eq!(
        (decision.can, decision.opens),
        (Trilean::No, vec![Opening::Bind])
    );
    assert_eq!(
        decision.because[0].to_string(),
        "its only binding is switched off or has expired, and authentik's settings close \
         applications without bindings"
    );
}

#[test]
fn releases_differ_in_how_they_count_groups_that_are_all_needed() {
    let of = |text: &str| Together::of(text.parse().ok().as_ref());
    assert_eq!(of("2025.6.4"), Together::Each);
    assert_eq!(of("2025.8.0"), Together::One);
    assert_eq!(of("2025.10.0-rc1"), Together::One);
    assert_eq!(of("2026.2.1"), Together::Open);
    assert_eq!(of("2026.5.0"), Together::Each);
    assert_eq!(Together::of(None), Together::Open);
    let mixed = vec![to_group(GROUP, false), to_group("x", false)];
    let decision = app(Mode::All, Together::Open, mixed).decide(&me());
    assert_eq!(decision.can, Trilean::Unknown);
    assert_eq!(decision.because.last(), Some(&Reason::ReleasesDiffer));
}
