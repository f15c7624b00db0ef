//! Secrets by the place where they stand: read for the one question that needs them.

use super::{SecretRef, archive, client::Client, command_line, describe};
use crate::probe::{ProbeError, Tools};

/// How many `env://` references are followed before they count as a circle.
const HOPS: usize = 4;

/// The value of a container's variable, followed through authentik's `env://NAME?default` and
/// `file:///path?default` (knowledge authentik.md A.4; authentik/lib/config.py, `parse_uri`).
pub(super) async fn resolve(client: &Client, at: &SecretRef) -> Result<String, ProbeError> {
    let found = describe::raw_inspect(client, &at.container).await?;
    let env = found.config.and_then(|config| config.env);
    match follow(&env.unwrap_or_default(), &at.variable) {
        Some(Place::Value(value)) => Ok(value),
        Some(Place::File { path, default }) => {
            match (archive::bytes(client, &at.container, &path).await, default) {
                (Ok(bytes), _) => Ok(String::from_utf8_lossy(&bytes).trim().to_owned()),
                (Err(ProbeError::Absent { .. }), Some(default)) => Ok(default),
                (Err(error), _) => Err(error),
            }
        }
        None => Err(ProbeError::Absent {
            what: format!(
                "variable {} of {}",
                at.variable,
                describe::called(&at.container)
            ),
        }),
    }
}

/// The value of an app's variable as it stands: only authentik follows references in it.
pub(in crate::probe) async fn variable(
    tools: &Tools,
    at: &SecretRef,
) -> Result<String, ProbeError> {
    let client = Client::connect(tools).await?;
    let found = describe::raw_inspect(&client, &at.container).await?;
    let env = found
        .config
        .and_then(|config| config.env)
        .unwrap_or_default();
    let value = value_of(&env, &at.variable).map(str::to_owned);
    value.ok_or_else(|| absent(&format!("variable {}", at.variable), &at.container))
}

/// The value of a flag of an app's command.
pub(in crate::probe) async fn flag(
    tools: &Tools,
    container: &str,
    flag: &str,
) -> Result<String, ProbeError> {
    let client = Client::connect(tools).await?;
    let found = describe::raw_inspect(&client, container).await?;
    let value = command_line::value_of(&found.args.unwrap_or_default(), flag);
    value.ok_or_else(|| absent(flag, container))
}

/// What a file holds, without the line break at its end, which programs that read such a file
/// drop.
pub(in crate::probe) async fn file(
    tools: &Tools,
    container: &str,
    path: &str,
) -> Result<String, ProbeError> {
    let client = Client::connect(tools).await?;
    let bytes = archive::bytes(&client, container, path).await?;
    let text = String::from_utf8_lossy(&bytes);
    Ok(text.trim_end_matches(['\n', '\r']).to_owned())
}

fn absent(what: &str, container: &str) -> ProbeError {
    ProbeError::Absent {
        what: format!("{what} of {}", describe::called(container)),
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Place {
    Value(String),
    File {
        path: String,
        default: Option<String>,
    },
}

/// `None` where the variable, or one it refers to without a default, is not set.
fn follow(env: &[String], variable: &str) -> Option<Place> {
    let mut variable = variable.to_owned();
    let mut otherwise = None;
    for _ in 0..HOPS {
        let value = value_of(env, &variable).map(str::to_owned).or(otherwise)?;
        if let Some(reference) = value.strip_prefix("env://") {
            let (name, default) = with_default(reference);
            (variable, otherwise) = (name.trim_end_matches('/').to_owned(), default);
        } else if let Some(reference) = value.strip_prefix("file://") {
            let (path, default) = with_default(reference);
            return Some(Place::File {
                path: path.to_owned(),
                default,
            });
        } else {
            return Some(Place::Value(value));
        }
    }
    None
}

fn value_of<'a>(env: &'a [String], variable: &str) -> Option<&'a str> {
    env.iter()
        .find_map(|pair| pair.strip_prefix(variable)?.strip_prefix('='))
}

fn with_default(reference: &str) -> (&str, Option<String>) {
    match reference.split_once('?') {
        Some((head, default)) => (head, Some(default.to_owned())),
        None => (reference, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(env: &[&str], variable: &str) -> Option<Place> {
        let env: Vec<String> = env.iter().map(|&pair| pair.to_owned()).collect();
        follow(&env, variable)
    }

    fn value(text: &str) -> Option<Place> {
        Some(Place::Value(text.into()))
    }

    #[test]
    fn every_form_of_authentiks_values_is_followed() {
        assert_eq!(place(&["P=a=b"], "P"), value("a=b"));
        assert_eq!(place(&["P=env://Q", "Q=x"], "P"), value("x"));
        assert_eq!(place(&["P=env://Q?fallback"], "P"), value("fallback"));
        let file = Some(Place::File {
            path: "/run/secrets/p".into(),
            default: None,
        });
        assert_eq!(place(&["P=file:///run/secrets/p"], "P"), file);
        assert_eq!(place(&["P=env://Q", "Q=file:///run/secrets/p"], "P"), file);
    }

    #[test]
    fn what_is_not_set_and_what_runs_in_a_circle_has_no_value() {
        assert_eq!(place(&["PP=x"], "P"), None);
        assert_eq!(place(&["P=env://Q"], "P"), None);
        assert_eq!(place(&["P=env://Q", "Q=env://P"], "P"), None);
    }
}
