//! Each app gets the claims that it needs: by the scopes that it asks for, the scope mappings that
//! are selected on its provider, and what their expressions give (knowledge B.8).

mod judge;

use crate::{
    check::{Check, Findings, Raised},
    evidence::{Evidence, Unknown},
    facts::{self, AppFacts, AskedScopes, Place, StartSight},
    model::{Kind, Subject},
    probe::{ProbeError, authentik_api::ProviderRow, scope_mapping::ScopeMappingRow},
    stack::Stack,
};

/// The check.
pub static CHECK: Check = Check {
    words: include_str!("check.toml"),
    run: |stack, seen| Box::pin(run(stack, seen)),
};

const GIVEN: &str = "it gets the claims that it needs";

/// An app with its provider and everything that could give it claims.
struct Look<'a> {
    app: &'a AppFacts,
    provider: &'a ProviderRow,
    /// The mappings that are selected on the provider.
    selected: Vec<&'a ScopeMappingRow>,
    /// All of them.
    all: &'a [ScopeMappingRow],
    cite: &'a str,
}

async fn run(stack: &Stack, seen: &Evidence) -> Result<Findings, Unknown> {
    let base = facts::base(stack, seen).await;
    let mut apps = facts::app_facts(stack, seen, &base).await;
    let starts = facts::starts(stack, seen, &apps).await;
    for (app, start) in apps.iter_mut().zip(&starts) {
        if let Some(scopes) = really_asked(app, start) {
            app.says.scopes = Some(scopes);
        }
    }
    let mut findings = Findings::new();
    let wants = |app: &&AppFacts| app.says.scopes.is_some() || !app.says.claims.is_empty();
    let with_provider = apps.iter().filter(wants).filter_map(|app| {
        let provider = app.provider.as_ref()?;
        // `redirect-uri` tells of an app that sends another's client id.
        let said = app.says.client_id.value();
        let own = said.is_none_or(|id| id == provider.client_id);
        own.then_some((app, provider))
    });
    let with_provider: Vec<_> = with_provider.collect();
    if with_provider.is_empty() {
        let instance = Subject::new(Kind::Instance, &base.url);
        if apps.iter().any(|app| wants(&app)) {
            // Where providers are told, none is one of these apps'.
            facts::providers(stack, seen, &base).await?;
        }
        let why = "no container here tells what an app of authentik's asks for";
        findings.skipped(GIVEN, instance, why);
        return Ok(findings);
    }
    let mappings = facts::scope_mappings(stack, seen, &base).await;
    for (app, provider) in with_provider {
        let subject = Subject::new(Kind::App, &app.name);
        match (&mappings, &provider.mappings) {
            (Ok(told), Some(own)) => {
                let look = Look {
                    app,
                    provider,
                    selected: told
                        .rows
                        .iter()
                        .filter(|row| own.contains(&row.pk))
                        .collect(),
                    all: &told.rows,
                    cite: &told.cite,
                };
                findings.merge(judge::app(&look));
            }
            (Err(why), _) => findings.unknown(GIVEN, subject, why),
            (Ok(told), None) => {
                let error = ProbeError::Failed {
                    what: "reading which scope mappings are selected".into(),
                    detail: format!("{} does not tell it", told.cite),
                };
                let key = told.cite.clone();
                findings.unknown(GIVEN, subject, &Unknown { key, error });
            }
        }
    }
    Ok(findings)
}

/// The scopes of the authorization request that the app itself made: these count, whatever its
/// settings say. authentik takes all of the provider's where none is asked for (apps.md 1).
fn really_asked(app: &AppFacts, start: &StartSight) -> Option<AskedScopes> {
    let StartSight::Asked(asked) = start else {
        return None;
    };
    let request = start.started()?.authorize()?;
    let own = &app.provider.as_ref()?.client_id;
    if request.client_id.as_ref() != Some(own) {
        return None;
    }
    let mut named: Vec<String> = Vec::new();
    for scope in request
        .scope
        .iter()
        .flat_map(|text| text.split_whitespace())
    {
        if named.iter().all(|known| known != scope) {
            named.push(scope.to_owned());
        }
    }
    let said = app.says.scopes.as_ref();
    let place = said.and_then(|scopes| scopes.place.clone());
    let mut place = place.unwrap_or_else(|| Place {
        text: "where its sign-in is set up".into(),
        ..Place::default()
    });
    place.cites.push(asked.cite.clone());
    Some(AskedScopes {
        whole: true,
        all_supported: named.is_empty(),
        named,
        place: Some(place),
    })
}

impl Look<'_> {
    fn subject(&self) -> Subject {
        Subject::new(Kind::App, &self.app.name)
    }

    fn raised(&self, code: &'static str) -> Raised {
        let scopes = self.app.says.scopes.as_ref();
        let place = scopes.and_then(|scopes| scopes.place.as_ref());
        let raised = Raised::new(code, self.subject())
            .with("app", self.app.name.clone())
            .with("provider", self.provider.name.clone())
            .with("pk", self.provider.pk)
            .with("asked", self.asked_for())
            .with(
                "scopes_at",
                place.map_or("where its scopes are set", |place| &place.text),
            )
            .cites(self.cite);
        let cites = place
            .into_iter()
            .flat_map(|place| place.cites.iter().cloned());
        cites.fold(raised, Raised::cites)
    }

    /// The scopes that it asks for, for people.
    fn asked_for(&self) -> String {
        match &self.app.says.scopes {
            Some(scopes) if scopes.all_supported => "all that authentik has for it".into(),
            Some(scopes) if !scopes.named.is_empty() => scopes.named.join(" "),
            _ => "scopes that are not known".into(),
        }
    }

    /// Whether it asks for a scope; `None` where that is not known.
    fn asks(&self, scope: &str) -> Option<bool> {
        self.app.says.scopes.as_ref()?.asks(scope)
    }

    fn has(&self, scope: &str) -> bool {
        self.selected.iter().any(|row| row.scope == scope)
    }

    /// With what a mapping is selected on the provider, and that is taken back.
    fn selecting(&self, raised: Raised, mapping: &ScopeMappingRow) -> Raised {
        let old = self.provider.mappings.clone().unwrap_or_default();
        let mut new = old.clone();
        new.push(mapping.pk.clone());
        raised
            .with("mapping", mapping.pk.clone())
            .with("mapping_name", mapping.name.clone())
            .with("old_mappings", old)
            .with("new_mappings", new)
    }
}
