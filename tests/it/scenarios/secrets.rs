//! No secret of the simulated world is in anything that a run writes.

use std::{collections::BTreeSet, process::Output, sync::Arc, time::Duration};

use akdoctor::{
    engine::{self, Options},
    evidence::{Evidence, Limits},
    simulate::{play, scenarios},
};
use secrecy::ExposeSecret as _;

use crate::program::{err, out};

/// Every secret of the scenarios' files.
pub const SECRETS: &[&str] = &[
    "simulated-database-password",
    "simulated-secret-key",
    "simulated-minio-password",
    "simulated-master-key",
    "coder-secret",
    "gitea-secret",
    "minio-secret",
    "platform-admin-secret",
    "litellm-secret",
    "flag-secret",
    "file-secret",
    "proxy-secret",
    "the-secret-of-last-year",
    "made anew: 100%",
    "min$io-7x",
    "min-7x",
];

#[test]
fn the_list_of_secrets_is_whole() {
    let healthy = include_str!("../../../src/simulate/scenarios/healthy.toml");
    for line in healthy.lines() {
        let Some((name, value)) = line.split_once(" = ") else {
            continue;
        };
        if ["PASSWORD", "SECRET", "KEY"]
            .iter()
            .any(|word| name.contains(word))
        {
            assert!(
                SECRETS.contains(&value.trim_matches('"')),
                "{name} is not in the list"
            );
        }
    }
}

#[test]
fn no_secret_is_written_in_any_format() {
    for scenario in scenarios() {
        for options in [&["-v"][..], &["-v", "-o", "json"]] {
            let (name, output) = (&scenario.name, super::play(&scenario.name, options));
            for secret in SECRETS {
                assert!(
                    !out(&output).contains(secret),
                    "{name} {options:?}: {secret} on stdout"
                );
                assert!(
                    !err(&output).contains(secret),
                    "{name} {options:?}: {secret} on stderr"
                );
            }
        }
    }
}

#[test]
fn no_token_is_written_in_any_format() {
    for scenario in scenarios() {
        for options in [&["-v"][..], &["-v", "-o", "json"]] {
            // The simulated tokens have 64 hexadecimal digits and are new in every run; so long
            // are the ids of containers too, which a report may name and which stay the same.
            let words = |output: &Output| {
                (
                    long_hexadecimals(out(output)),
                    long_hexadecimals(err(output)),
                )
            };
            let once = words(&super::play(&scenario.name, options));
            let again = words(&super::play_anew(&scenario.name, options));
            assert_eq!(once, again, "{} {options:?}", scenario.name);
        }
    }
}

fn long_hexadecimals(text: &str) -> BTreeSet<String> {
    text.split(|c: char| !c.is_ascii_hexdigit())
        .filter(|word| word.len() >= 32)
        .map(str::to_owned)
        .collect()
}

#[tokio::test]
async fn no_secret_is_in_what_is_saved() {
    for scenario in ["healthy", "limited-token", "worker-down", "several"] {
        let playing = play(scenario).await.unwrap();
        let token = playing.tools.token().unwrap().secret.clone();
        let seen = Evidence::new(Arc::new(playing.tools), Limits::default());
        let options = Options {
            select: Vec::new(),
            deadline: Duration::from_secs(20),
            simulated: Some(scenario.to_owned()),
        };
        engine::run(&playing.stack, &seen, &options).await.unwrap();
        let saved = serde_json::to_string(&seen.record()).unwrap();
        for secret in SECRETS.iter().copied().chain([token.expose_secret()]) {
            assert!(
                !saved.contains(secret),
                "{scenario}: {secret} is in the saved evidence"
            );
        }
    }
}
