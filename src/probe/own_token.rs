//! Whose the API token is that akdoctor was given, as the database has it. The API refuses a wrong
//! token, an expired one, one of another intent and one of an inactive user with the same words
//! (measured.md); only the row tells them apart, and only by a hash: the token goes nowhere.

use data_encoding::HEXLOWER;
use ring::digest::{SHA256, digest};
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};

use super::{
    Probe, ProbeError, Tools,
    engine::{Exec, Executed},
    psql,
};

/// The question, given on standard input.
const SQL: &str = include_str!("psql_token.sql");

/// The row of the API token by one read-only `psql` in the database container.
#[derive(Debug, Clone, Serialize)]
pub struct OwnToken {
    /// The database container's id.
    pub container: String,
    /// The role to connect as.
    pub user: String,
    /// The database.
    pub database: String,
}

/// What the database tells of the token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnTokenFacts {
    /// Its row; `None` where no token has this key.
    pub row: Option<TokenRow>,
    /// When authentik last gave any token a new key, RFC 3339; `None` where that was not told.
    pub renewed: Option<String>,
}

/// A token of authentik, without its key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenRow {
    /// Primary key.
    pub pk: String,
    /// Its name.
    pub identifier: String,
    /// "api", "app_password", "recovery" or "verification".
    pub intent: String,
    /// When it expires, RFC 3339; `None` where it does not.
    pub expires: Option<String>,
    /// Whose it is.
    pub username: String,
    /// Whether that account is active.
    pub is_active: bool,
}

impl Probe for OwnToken {
    const KIND: &'static str = "own-token";
    type Answer = OwnTokenFacts;

    fn key(&self) -> String {
        format!("psql own token {} {}", self.container, self.database)
    }

    fn place(&self) -> Option<String> {
        Some(format!("container {}", self.container))
    }

    async fn look(&self, tools: &Tools) -> Result<OwnTokenFacts, ProbeError> {
        let Some(token) = tools.token() else {
            return Err(ProbeError::NotConfigured {
                why: "no API token was given".into(),
            });
        };
        let hash = sha256(token.secret.expose_secret());
        let executed = self.query(&hash).look(tools).await?;
        let short = self.container.get(..12).unwrap_or(&self.container);
        facts_of(&executed, &format!("psql in container {short}"))
    }
}

impl OwnToken {
    fn query(&self, hash: &str) -> Exec {
        let mut argv = psql::arguments(&self.user, &self.database);
        // Tells this question from others where commands are listed.
        argv.extend(["-v".to_owned(), "question=own-token".to_owned()]);
        Exec {
            container: self.container.clone(),
            argv,
            secrets: Vec::new(),
            stdin: Some(format!("\\set hash {hash}\n{SQL}")),
            label: format!("psql {}", self.database),
        }
    }
}

/// The SHA-256 of a text, in hexadecimal digits.
pub fn sha256(text: &str) -> String {
    HEXLOWER.encode(digest(&SHA256, text.as_bytes()).as_ref())
}

/// One line of the answer.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    Own(Option<TokenRow>),
    Renewed(Option<String>),
}

fn facts_of(executed: &Executed, what: &str) -> Result<OwnTokenFacts, ProbeError> {
    let (mut row, mut renewed) = (None, None);
    for line in executed.stdout.lines() {
        match serde_json::from_str(line) {
            Ok(Line::Own(own)) => row = Some(own),
            Ok(Line::Renewed(at)) => renewed = at,
            Err(error) => {
                return Err(ProbeError::Malformed {
                    what: what.into(),
                    detail: error.to_string(),
                });
            }
        }
    }
    // A table that could not be read is no token that is not there.
    match row {
        Some(row) => Ok(OwnTokenFacts { row, renewed }),
        None => Err(ProbeError::Failed {
            what: what.into(),
            detail: psql::complaint(executed),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(stdout: &str, stderr: &str) -> Result<OwnTokenFacts, ProbeError> {
        let executed = Executed {
            exit_code: 0,
            stdout: stdout.into(),
            stderr: stderr.into(),
        };
        facts_of(&executed, "psql")
    }

    #[test]
    fn a_table_that_is_not_there_is_no_unknown_token() {
        let error = told("", "ERROR:  column t.key does not exist").unwrap_err();
        assert!(error.to_string().contains("t.key does not exist"));
        let none = told("{\"own\": null}\n", "").unwrap();
        assert_eq!((none.row, none.renewed), (None, None));
        let renewed = told(
            "{\"own\": null}\n{\"renewed\": \"2026-11-01T00:00:00Z\"}\n",
            "",
        );
        assert_eq!(renewed.unwrap().renewed.unwrap(), "2026-11-01T00:00:00Z");
    }

    #[test]
    fn the_question_holds_the_hash_and_never_the_token() {
        // FIPS 180-2, appendix B.1.
        let hash = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sha256("abc"), hash);
        let question = OwnToken {
            container: "c".into(),
            user: "u".into(),
            database: "d".into(),
        }
        .query(&sha256("abc"));
        assert!(
            question
                .stdin
                .unwrap()
                .starts_with(&format!("\\set hash {hash}\n"))
        );
        assert!(!question.argv.join(" ").contains(hash));
    }
}
