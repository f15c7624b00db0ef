//! Which applications somebody may open once they are signed in, and what would open the others: a
//! group opens everything that is bound to it, which is a question of security.

use std::collections::BTreeSet;

use super::{Judged, Scene};
use crate::{
    evidence::{Evidence, Unknown},
    facts::{self, Access, AppAccess, BoundTo, Decision, Member, Opening, Reason, Trilean},
    model::{AppAnswer, Can, Unseen, Way, Why, list_of},
    probe::{
        authentik_api::{AskAllowed, AskCheckAccess},
        people::PersonRow,
    },
    stack::Stack,
};

use crate::engine::{SelectError, select::nearest_of};

/// The doors with one of them, if one was asked for.
pub(super) struct Doors {
    told: Result<Access, Unknown>,
    /// The slug of the one that was asked for.
    one: Option<String>,
}

/// Finds the application that was asked for, by slug or by name.
///
/// # Errors
/// When every application was told and none is called so.
pub(super) fn asked_for(
    stack: &Stack,
    told: Result<Access, Unknown>,
    app: Option<&str>,
) -> Result<Doors, SelectError> {
    let Some(word) = app else {
        return Ok(Doors { told, one: None });
    };
    let same = |name: &str| name == word || name.to_lowercase() == word.to_lowercase();
    let mut configured = stack.apps.iter();
    let configured = configured.find(|app| same(&app.slug) || same(&app.name));
    let slug = configured.map_or(word, |app| &app.slug);
    let Ok(access) = &told else {
        let one = Some(slug.to_owned());
        return Ok(Doors { told, one });
    };
    let by_slug = access.of_app(slug);
    let found = by_slug.or_else(|| {
        let mut apps = access.apps.iter();
        apps.find(|app| same(&app.slug) || same(&app.name))
    });
    match found {
        Some(found) => {
            let one = Some(found.slug.clone());
            Ok(Doors { told, one })
        }
        // It may be one of those that are not shown.
        None if access.unseen > 0 => {
            let one = Some(slug.to_owned());
            Ok(Doors { told, one })
        }
        None => Err(SelectError::Unknown {
            word: word.to_owned(),
            nearest: nearest_of(word, access.apps.iter().map(|app| app.slug.as_str())),
        }),
    }
}

/// Looks at every door for one person.
pub(super) struct Looks<'a> {
    pub(super) scene: &'a Scene<'a>,
    pub(super) doors: &'a Doors,
    pub(super) row: &'a PersonRow,
}

impl Looks<'_> {
    pub(super) async fn judge(
        &self,
        stack: &Stack,
        seen: &Evidence,
        judged: &mut Judged,
    ) -> Vec<AppAnswer> {
        let access = match &self.doors.told {
            Ok(access) => access,
            Err(why) => {
                let what = match &self.doors.one {
                    Some(slug) => format!("whether they may open {slug}"),
                    None => "which applications they may open".to_owned(),
                };
                judged.unseen.push(of_app(what, why.to_string()));
                return Vec::new();
            }
        };
        // As if they were signed in: what keeps them from that is told by itself.
        let who = Member {
            is_active: true,
            ..Member::of(self.row)
        };
        let one = self.doors.one.as_deref();
        let wanted = access
            .apps
            .iter()
            .filter(|app| one.is_none_or(|slug| slug == app.slug));
        let mut answers = Vec::new();
        for app in wanted {
            let decision = app.decide(&who);
            let mut answer = self.answer(access, app, &decision, &who);
            if one.is_some() && answer.can == Can::Unknown {
                self.ask(stack, seen, &mut answer, judged).await;
            }
            if one.is_some() && answer.can == Can::No {
                judged
                    .raised
                    .push(self.raise(access, app, &decision, &who, &answer));
            }
            answers.push(answer);
        }
        judged.unseen.extend(hidden(access, one, &answers));
        answers
    }

    fn answer(
        &self,
        access: &Access,
        app: &AppAccess,
        decision: &Decision,
        who: &Member,
    ) -> AppAnswer {
        let can = match (decision.can, self.scene.person.everybody) {
            (Trilean::Yes, _) => Can::Yes,
            (Trilean::No, true) => Can::No,
            // A limited token may be shown a part of somebody's groups, without a word.
            (Trilean::No, false) if !self.row.group_pks.is_empty() => Can::No,
            _ => Can::Unknown,
        };
        let opened = self.scene.person.events.iter().flatten();
        let mut opened = opened.filter(|event| event.app.as_deref() == Some(&app.name));
        AppAnswer {
            slug: app.slug.clone(),
            name: app.name.clone(),
            can,
            because: decision.because.iter().map(Reason::to_string).collect(),
            ways: ways(access, app, decision, who),
            opened: opened.next().map(|event| event.at.clone()),
        }
    }

    /// A policy decides: authentik itself can be asked, which runs it. `check_access` answers for
    /// anybody else than the token's own user only where that is a superuser, the list of somebody's
    /// applications for whoever may see it; both say yes of inactive people too (measured.md).
    async fn ask(
        &self,
        stack: &Stack,
        seen: &Evidence,
        answer: &mut AppAnswer,
        judged: &mut Judged,
    ) {
        let what = format!("whether they may open {}", answer.name);
        let untold = |why: String| of_app(what.clone(), why);
        let decides = list_of(&answer.because);
        if !self.row.is_active {
            let why = format!("{decides}; of an inactive account authentik's answer means nothing");
            return judged.unseen.push(untold(why));
        }
        let (base, slug, user) = (
            self.scene.base.url.clone(),
            answer.slug.clone(),
            self.row.pk,
        );
        let version = self.scene.version;
        let told = match facts::rights(stack, seen, &base).await {
            Ok(rights) if rights.is_superuser => {
                seen.ask(AskCheckAccess { base, slug, user }).await
            }
            // Older releases answer for the token's own user.
            Ok(_) if version.is_some_and(|version| version.at_least(2024, 2)) => {
                seen.ask(AskAllowed { base, slug, user }).await
            }
            Ok(_) | Err(_) => {
                let why = format!("{decides}; a superuser's token could ask authentik");
                return judged.unseen.push(untold(why));
            }
        };
        match told {
            Ok(told) => {
                answer.can = match told.passing {
                    true => Can::Yes,
                    false => Can::No,
                };
                let said = match told.messages.is_empty() {
                    true => String::new(),
                    false => format!(": {}", told.messages.join("; ")),
                };
                let says = match told.passing {
                    true => "authentik itself, asked for them, lets them in",
                    false => "authentik itself, asked for them, does not let them in",
                };
                answer.because.push(format!("{says}{said}"));
                judged.notes.push(format!(
                    "authentik was asked to run the policies of {} for them, as if they opened it",
                    answer.name
                ));
            }
            Err(why) => judged.unseen.push(untold(format!("{decides}; {why}"))),
        }
    }

    fn raise(
        &self,
        access: &Access,
        app: &AppAccess,
        decision: &Decision,
        who: &Member,
        answer: &AppAnswer,
    ) -> crate::check::Raised {
        let raised = self
            .scene
            .raised(Why::NO_ACCESS, self.row)
            .with("app", app.name.clone())
            .with("slug", app.slug.clone())
            .with("why", list_of(&answer.because))
            .cites(access.cite.clone());
        let ways: Vec<&str> = answer.ways.iter().map(|way| way.does.as_str()).collect();
        if decision.all_needed && decision.opens.len() > 1 {
            return raised.with("ways", list_of(&ways));
        }
        let join = joins(access, app, decision, who).into_iter().next();
        let raised = match join {
            Some(join) => raised
                .with("group_pk", join.pk)
                .with("group", join.name)
                .with("also", also(&join.opens, access.unseen)),
            None => raised,
        };
        match decision.opens.contains(&Opening::Bind) {
            true => raised.with("bind", true),
            false if ways.is_empty() => raised,
            false => raised.with("ways", ways.join(", or ")),
        }
    }
}

/// What the token's user is not shown.
fn hidden(access: &Access, one: Option<&str>, answers: &[AppAnswer]) -> Option<Unseen> {
    if access.unseen == 0 || (one.is_some() && !answers.is_empty()) {
        return None;
    }
    let what = match (one, access.unseen) {
        (Some(slug), _) => format!("whether they may open {slug}"),
        (None, 1) => "whether they may open one more application".to_owned(),
        (None, more) => format!("whether they may open {more} more applications"),
    };
    let why = "authentik does not show it to the token's user; it shows all applications to a \
               superuser's token, and the database tells them";
    Some(of_app(what, why.to_owned()))
}

fn of_app(what: String, why: String) -> Unseen {
    Unseen {
        of_app: true,
        what,
        why,
    }
}

/// A group that would open an application, and what else.
struct Join {
    pk: String,
    name: String,
    opens: Vec<String>,
}

/// The groups that would open it, the one that opens least besides first.
fn joins(access: &Access, app: &AppAccess, decision: &Decision, who: &Member) -> Vec<Join> {
    let joins = decision.opens.iter().filter_map(|opening| match opening {
        Opening::Join { pk, name } => Some(Join {
            pk: pk.clone(),
            name: name.clone(),
            opens: opens_besides(access, app, who, pk),
        }),
        _ => None,
    });
    let mut joins: Vec<Join> = joins.collect();
    joins.sort_by_key(|join| join.opens.len());
    joins
}

/// The other applications that being in this group opens, by name.
fn opens_besides(access: &Access, app: &AppAccess, who: &Member, group: &str) -> Vec<String> {
    let mut member = who.clone();
    member.groups.insert(group.to_owned());
    let opens = |other: &&AppAccess| {
        other.slug != app.slug
            && names(other, group)
            && other.decide(who).can != Trilean::Yes
            && other.decide(&member).can == Trilean::Yes
    };
    let others = access.apps.iter().filter(opens);
    others.map(|other| other.name.clone()).collect()
}

/// Whether an application is bound to a group or to one above it: others do not change with it.
fn names(app: &AppAccess, group: &str) -> bool {
    app.bindings.iter().any(|binding| match &binding.to {
        BoundTo::Group { pk, below, .. } => pk == group || below.contains(group),
        _ => false,
    })
}

/// `unseen` applications may be opened too.
fn also(opens: &[String], unseen: u64) -> String {
    match (opens.is_empty(), unseen) {
        (true, 0) => "opens nothing else".to_owned(),
        (true, _) => "what else it opens could not all be seen".to_owned(),
        (false, 0) => format!("also opens {}", list_of(opens)),
        (false, _) => format!("also opens {}, and perhaps more", list_of(opens)),
    }
}

fn ways(access: &Access, app: &AppAccess, decision: &Decision, who: &Member) -> Vec<Way> {
    let joins = joins(access, app, decision, who);
    let joins = joins.into_iter().map(|join| Way {
        does: format!("add them to the group {}", join.name),
        also_opens: join.opens,
    });
    let others = decision.opens.iter().filter_map(|opening| {
        let does = match opening {
            Opening::Bind => format!("bind {} to them", app.name),
            Opening::Leave { name, .. } => format!("take them out of the group {name}"),
            Opening::Unbind { .. } => "remove the binding that keeps them out".to_owned(),
            Opening::Join { .. } | Opening::Activate => return None,
        };
        let also_opens = Vec::new();
        Some(Way { does, also_opens })
    });
    let mut known = BTreeSet::new();
    joins
        .chain(others)
        .filter(|way| known.insert(way.does.clone()))
        .collect()
}
