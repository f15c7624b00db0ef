//! The simulated authentik on a real port with a provider for one relying party, and the built
//! program that is asked about both.

use std::{fs, path::Path, process::Output};

use akdoctor::{
    probe::engine::{EngineEndpoint, Transport},
    simulate::{Playing, play_with},
};
use secrecy::ExposeSecret as _;
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use url::Url;

use crate::program::{akdoctor, err, out};

/// The client id and the slug of the relying party.
pub const CLIENT: &str = "party";
/// Its secret. It must be nowhere in what the program says.
pub const SECRET: &str = "party-s3cret-4711";
/// One with characters that RFC 6749 section 2.3.1 encodes.
pub const ODD_SECRET: &str = "party-s3cret+with/odd=signs&more";

/// The containers of the simulated world: this authentik runs elsewhere, and so do its apps.
const CONTAINERS: [&str; 8] = [
    "authentik-server",
    "authentik-worker",
    "authentik-postgresql",
    "coder",
    "gitea",
    "minio",
    "platform-admin",
    "litellm",
];

/// Its providers: nobody knows what listens on this machine where their apps should be.
const PROVIDERS: [&str; 5] = ["coder", "gitea", "minio", "platform-admin", "litellm"];

/// A simulated authentik whose ports are real.
pub struct World {
    runtime: Runtime,
    playing: Playing,
    folder: TempDir,
}

impl World {
    /// An authentik that allows this redirect URI, with something more changed, written as
    /// scenarios are.
    pub fn allowing(redirect_uri: &str, more: &str) -> Self {
        Self::with_secret(SECRET, redirect_uri, more)
    }

    /// The same with another client secret.
    pub fn with_secret(secret: &str, redirect_uri: &str, more: &str) -> Self {
        let runtime = Runtime::new().unwrap();
        let overlay = format!(
            "[provider.{CLIENT}]\nname = \"Party OIDC\"\napplication = [\"{CLIENT}\", \"Party\"]\n\
             client_secret = \"{secret}\"\nredirect_uris = [\"{redirect_uri}\"]\n{more}"
        );
        let gone = |name: &&str| format!("\n[container.{name}]\nremoved = true\n");
        let overlay = overlay + &CONTAINERS.iter().map(gone).collect::<String>();
        let gone = |id: &&str| format!("\n[provider.{id}]\nremoved = true\n");
        let overlay = overlay + &PROVIDERS.iter().map(gone).collect::<String>();
        let playing = runtime.block_on(play_with("healthy", &overlay)).unwrap();
        Self {
            runtime,
            playing,
            folder: tempfile::tempdir().unwrap(),
        }
    }

    /// Where it answers, without a slash at the end.
    pub fn authentik(&self) -> String {
        let at = self.playing.tools.dial[&("localhost".to_owned(), 9000)];
        format!("http://localhost:{}", at.port())
    }

    /// A page below it.
    pub fn at(&self, path: &str) -> Url {
        Url::parse(&format!("{}{path}", self.authentik())).unwrap()
    }

    /// The discovery document's URL of an application.
    pub fn discovery(&self, slug: &str) -> String {
        let base = self.authentik();
        format!("{base}/application/o/{slug}/.well-known/openid-configuration")
    }

    /// Where the simulated engine answers.
    fn engine(&self) -> String {
        match &self.playing.tools.engine {
            EngineEndpoint::At {
                transport: Transport::Tcp(at),
                ..
            } => format!("tcp://{at}"),
            other => panic!("{other:?}"),
        }
    }

    /// Paths of every request that it got so far.
    pub fn asked(&self) -> Vec<String> {
        let _inside = self.runtime.enter();
        let requests = self.playing.requests();
        requests
            .into_iter()
            .map(|asked| format!("{} {}", asked.method, asked.target))
            .collect()
    }

    /// What the program says of a stack with one app, which these lines describe.
    pub fn diagnosed(&self, app: &str) -> Diagnosis {
        self.diagnosed_with("", app)
    }

    /// Writes a file beside akdoctor.toml.
    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.folder.path().join(name), text).unwrap();
    }

    /// The same with these lines at the head of akdoctor.toml.
    pub fn diagnosed_with(&self, head: &str, app: &str) -> Diagnosis {
        self.diagnosed_at(&self.authentik(), None, head, app)
    }

    /// The same of an authentik that is opened at another address; the program believes the
    /// authorities in this file of PEM, and no other.
    pub fn diagnosed_at(
        &self,
        url: &str,
        authorities: Option<&Path>,
        head: &str,
        app: &str,
    ) -> Diagnosis {
        let home = self.folder.path();
        let text =
            format!("{head}[authentik]\nurl = \"{url}\"\n\n[[app]]\nslug = \"{CLIENT}\"\n{app}");
        fs::write(home.join("akdoctor.toml"), text).unwrap();
        let before = self.asked().len();
        let run = |options: &[&str]| {
            let token = self.playing.tools.token().unwrap();
            let output = akdoctor(options)
                .current_dir(home)
                .env("HOME", home)
                .env("XDG_CONFIG_HOME", home.join("config"))
                .env("XDG_STATE_HOME", home.join("state"))
                .env("DOCKER_HOST", self.engine())
                .env("AKDOCTOR_TOKEN", token.secret.expose_secret())
                .envs(authorities.map(|file| ("SSL_CERT_FILE", file)))
                .output()
                .unwrap();
            for text in [out(&output), err(&output)] {
                assert!(!text.contains(SECRET), "{text}");
            }
            output
        };
        let program = run(&["-o", "json", "--timeout", "20s", "--deadline", "60s"]);
        let report = serde_json::from_slice(&program.stdout);
        Diagnosis {
            report: report.unwrap_or_else(|why| panic!("{why}: {program:?}")),
            human: run(&[
                "-v",
                "--color",
                "never",
                "--timeout",
                "20s",
                "--deadline",
                "60s",
            ]),
            asked: self.asked().split_off(before),
        }
    }
}

/// What the program said.
pub struct Diagnosis {
    pub report: Value,
    human: Output,
    /// What authentik was asked by it.
    pub asked: Vec<String>,
}

impl Diagnosis {
    /// What a person reads.
    pub fn text(&self) -> &str {
        out(&self.human)
    }

    /// The codes of the findings that no other caused, at or above a warning.
    pub fn roots(&self) -> Vec<&str> {
        let findings = self.report["findings"].as_array().unwrap();
        let roots = findings
            .iter()
            .filter(|f| f["caused_by"].is_null() && f["severity"] != "info");
        roots.map(|f| f["code"].as_str().unwrap()).collect()
    }

    /// No fault, and nothing that could not be told.
    pub fn is_healthy(&self) {
        let text = self.text();
        assert_eq!(self.roots(), [""; 0], "{text}");
        assert!(!text.contains("could not be told"), "{text}");
        assert_eq!(self.human.status.code(), Some(0), "{text}");
    }

    /// Just this root cause, with these words in what a person reads.
    pub fn is(&self, code: &str, words: &[&str]) {
        let text = self.text();
        assert_eq!(self.roots(), [code], "{text}");
        for word in words {
            assert!(text.contains(word), "{word} is not in {text}");
        }
    }

    /// Nobody was sent to the authorization endpoint in earnest: without `prompt=none` it writes a
    /// session (verified.md 2).
    pub fn wrote_nothing(&self) {
        for asked in &self.asked {
            let harmless = asked.starts_with("GET ") || asked == "POST /application/o/token/";
            let starts = asked.contains("/application/o/authorize/");
            assert!(
                harmless && (!starts || asked.contains("prompt=none")),
                "{asked}"
            );
        }
    }
}
