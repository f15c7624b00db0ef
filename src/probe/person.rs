//! What is asked about one person, and how it comes back, whichever way was asked: who they are,
//! what their sign-in needs, and what became of their last ones. Bounded whatever the directory's
//! size.

use serde::{Deserialize, Serialize};

use super::{
    Probe, ProbeError, Tools,
    engine::{Exec, Executed},
    people::PersonRow,
    psql::{arguments, complaint},
};

/// The questions, given on standard input.
const SQL: &str = concat!(
    "set default_transaction_read_only = on;\nset statement_timeout = '3s';\n",
    include_str!("psql_person_row.sql"),
    include_str!("psql_person.sql")
);

/// One person by one read-only `psql` in the database container, over its local socket.
#[derive(Debug, Clone, Serialize)]
pub struct PsqlPerson {
    /// The database container's id.
    pub container: String,
    /// The role to connect as.
    pub user: String,
    /// The database.
    pub database: String,
    /// Whom to tell about.
    pub person: PersonQuestion,
}

/// Whom to tell about.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct PersonQuestion {
    /// User name, e-mail address or primary key.
    pub who: String,
    /// How far back sign-ins that failed are of interest, in seconds.
    pub within: u64,
}

impl PersonQuestion {
    /// As hexadecimal digits of JSON, as [`super::people::PeopleQuestion`].
    fn hex(&self) -> String {
        let json = serde_json::to_vec(self).unwrap_or_default();
        data_encoding::HEXLOWER.encode(&json)
    }
}

/// What was told; a part that its source could not tell is `None`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PersonFacts {
    /// Who is called so: by user name first, at most twenty.
    pub found: Option<Vec<FoundRow>>,
    /// User names and addresses of people who could be meant.
    pub near: Option<Vec<NearRow>>,
    /// The devices of their second factor.
    pub devices: Option<Vec<DeviceRow>>,
    /// Stages that ask for a second factor.
    pub factors: Option<Vec<FactorRow>>,
    /// By what identification stages know people.
    pub identification: Option<Vec<IdentificationRow>>,
    /// Policies that judge by reputation, as they are bound to flows and stages.
    pub limits: Option<Vec<LimitRow>>,
    /// The reputation of their user names.
    pub scores: Option<Vec<ScoreRow>>,
    /// Policies under which passwords expire, as far as they are bound.
    pub expiries: Option<Vec<ExpiryRow>>,
    /// Sign-ins that failed and apps that were opened, the newest first.
    pub events: Option<Vec<EventRow>>,
}

impl PersonFacts {
    fn or(self, other: Self) -> Self {
        Self {
            found: self.found.or(other.found),
            near: self.near.or(other.near),
            devices: self.devices.or(other.devices),
            factors: self.factors.or(other.factors),
            identification: self.identification.or(other.identification),
            limits: self.limits.or(other.limits),
            scores: self.scores.or(other.scores),
            expiries: self.expiries.or(other.expiries),
            events: self.events.or(other.events),
        }
    }
}

/// Somebody who is called so.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct FoundRow {
    /// Who it is.
    #[serde(flatten)]
    pub row: PersonRow,
    /// When their password was set, RFC 3339.
    #[serde(default)]
    pub set_at: Option<String>,
}

/// Somebody whose name is like the one that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NearRow {
    /// User name.
    pub username: String,
    /// E-mail address.
    #[serde(default)]
    pub email: String,
}

/// A device of a second factor.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct DeviceRow {
    /// Primary key of the person; the API tells those of one person only.
    #[serde(default)]
    pub user: Option<i64>,
    /// Primary key among its kind.
    pub pk: String,
    /// "totp", "static", "webauthn", "duo", "sms", "email".
    pub kind: String,
    /// What its owner calls it.
    #[serde(default)]
    pub name: String,
    /// Whether its set-up was finished.
    pub confirmed: bool,
    /// The host that a WebAuthn device is bound to; the API does not tell it.
    #[serde(default)]
    pub rp_id: Option<String>,
    /// When it was last used, RFC 3339 (from 2024.12).
    #[serde(default)]
    pub used: Option<String>,
}

/// A stage that asks for a second factor, in a flow.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct FactorRow {
    /// Its name.
    pub name: String,
    /// What it does with somebody who has no device: "skip", "deny", "configure".
    pub action: String,
    /// The kinds of devices that it takes; `None` where not told.
    #[serde(default)]
    pub classes: Option<Vec<String>>,
    /// The flow's slug.
    pub flow: String,
    /// How many enabled policies decide whether it runs; `None` where not told.
    #[serde(default)]
    pub policies: Option<u64>,
}

/// An identification stage in a flow.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct IdentificationRow {
    /// "username", "email", "upn".
    pub user_fields: Option<Vec<String>>,
    /// The flow's slug.
    pub flow: String,
}

/// A policy that judges by reputation, as it is bound.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct LimitRow {
    /// Its name.
    pub name: String,
    /// It passes where the sum of the scores is this or less.
    pub threshold: i64,
    /// Whether the scores of the user name count.
    pub by_name: bool,
    /// Whether the scores of the browser's address count.
    pub by_address: bool,
    /// The stage whose running it decides; `None` for a whole flow.
    pub stage: Option<String>,
    /// The flow's slug; `None` where it was not told to what the policy is bound.
    pub flow: Option<String>,
    /// Whether the binding turns its result around.
    pub negate: bool,
    /// Whether that stage denies.
    pub denies: bool,
}

impl LimitRow {
    /// Whether somebody whom it holds for is refused: it runs a stage that denies, or keeps them
    /// out of the flow. `None` where it was not told to what it is bound.
    pub fn refuses(&self) -> Option<bool> {
        self.flow.as_ref()?;
        Some(match self.stage {
            Some(_) => self.denies && !self.negate,
            None => self.negate,
        })
    }
}

/// A score of a user name, at one address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScoreRow {
    /// Primary key, a UUID.
    #[serde(default)]
    pub pk: Option<String>,
    /// The user name.
    pub identifier: String,
    /// Each sign-in adds one, each failure takes one (verified.md F-U6).
    pub score: i64,
}

/// A policy under which passwords expire.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpiryRow {
    /// Its name.
    pub name: String,
    /// After so many days.
    pub days: i64,
}

/// Something that happened to them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct EventRow {
    /// Primary key of the person.
    #[serde(default)]
    pub user: Option<i64>,
    /// "`login_failed`" or "`authorize_application`".
    pub action: String,
    /// When, RFC 3339.
    pub at: String,
    /// The address that it came from.
    #[serde(default)]
    pub ip: Option<String>,
    /// The model of the stage that refused, such as "passwordstage".
    #[serde(default)]
    pub stage: Option<String>,
    /// The name of the application that was opened.
    #[serde(default)]
    pub app: Option<String>,
    /// Its primary key, without dashes.
    #[serde(default)]
    pub app_pk: Option<String>,
}

impl Probe for PsqlPerson {
    const KIND: &'static str = "psql";
    type Answer = PersonFacts;

    fn key(&self) -> String {
        format!("psql {} {} person", self.container, self.database)
    }

    fn place(&self) -> Option<String> {
        Some(format!("container {}", self.container))
    }

    async fn look(&self, tools: &Tools) -> Result<PersonFacts, ProbeError> {
        let query = Exec {
            container: self.container.clone(),
            argv: arguments(&self.user, &self.database),
            secrets: Vec::new(),
            stdin: Some(format!("\\set asked {}\n{SQL}", self.person.hex())),
            label: format!("psql {} person", self.database),
        };
        let executed = query.look(tools).await?;
        let short = self.container.get(..12).unwrap_or(&self.container);
        facts_of(&executed, &format!("psql in container {short}"))
    }
}

/// Each line of the answer holds one fact; a table that a release does not have loses its own.
fn facts_of(executed: &Executed, what: &str) -> Result<PersonFacts, ProbeError> {
    let mut all = PersonFacts::default();
    for line in executed.stdout.lines().filter(|line| line.starts_with('{')) {
        let told: PersonFacts =
            serde_json::from_str(line).map_err(|error| ProbeError::Malformed {
                what: what.into(),
                detail: error.to_string(),
            })?;
        all = all.or(told);
    }
    // Without its people this is another database, or psql did not get in.
    match all.found {
        Some(_) => Ok(all),
        None => Err(ProbeError::Failed {
            what: what.into(),
            detail: complaint(executed),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn executed(stdout: &str, stderr: &str) -> Executed {
        Executed {
            exit_code: 0,
            stdout: stdout.into(),
            stderr: stderr.into(),
        }
    }

    #[test]
    fn a_table_that_is_missing_loses_its_own_fact() {
        let line =
            r#"{"found": [{"pk": 1, "username": "anna", "is_active": true, "set_at": null}]}"#;
        let told = facts_of(&executed(line, "ERROR:  relation"), "psql").unwrap();
        assert_eq!(told.found.unwrap()[0].row.username, "anna");
        assert_eq!(told.devices, None);
    }

    #[test]
    fn nobody_found_is_told_from_nothing_told() {
        let told = facts_of(&executed(r#"{"found": []}"#, ""), "psql").unwrap();
        assert_eq!(told.found, Some(Vec::new()));
        assert!(facts_of(&executed("", "ERROR:  relation \"u\""), "psql").is_err());
    }

    #[test]
    fn a_policy_of_reputation_refuses_by_a_stage_that_denies_or_by_keeping_the_flow() {
        let limit = |stage: Option<&str>, denies, negate| LimitRow {
            stage: stage.map(str::to_owned),
            denies,
            negate,
            flow: Some("f".into()),
            ..LimitRow::default()
        };
        for (stage, denies, negate, refuses) in [
            (Some("deny"), true, false, true),
            (Some("deny"), true, true, false),
            (Some("captcha"), false, false, false),
            (None, false, true, true),
            (None, false, false, false),
        ] {
            let limit = limit(stage, denies, negate);
            assert_eq!(limit.refuses(), Some(refuses), "{limit:?}");
        }
        assert_eq!(LimitRow::default().refuses(), None);
    }
}
