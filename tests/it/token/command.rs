//! The built program on a simulated engine: what it asks, writes and names.

use std::{
    fs,
    path::PathBuf,
    process::{Command, Output},
};

use akdoctor::{
    probe::engine::{EngineEndpoint, Transport},
    simulate::{Playing, play_with},
};

use crate::program::{akdoctor, err, out};

/// A machine with a simulated engine, and somebody's home.
struct Machine {
    playing: Playing,
    home: tempfile::TempDir,
}

impl Machine {
    /// `ak shell` answers this.
    async fn answering(told: &str) -> Self {
        let overlay = format!(
            "[[exec]]\ncontainer = \"authentik-server\"\nholds = \"ak shell\"\n\
             stdout = '''AKD_BEGIN{told}AKD_END'''\n"
        );
        Self {
            playing: play_with("healthy", &overlay).await.unwrap(),
            home: tempfile::tempdir().unwrap(),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// The file that the token goes to where nothing else is said.
    fn token(&self) -> PathBuf {
        self.path(".config/akdoctor/token")
    }

    fn command(&self, options: &[&str]) -> Command {
        let EngineEndpoint::At { transport, .. } = &self.playing.tools.engine else {
            panic!("no engine");
        };
        let Transport::Tcp(at) = transport else {
            panic!("{transport:?}");
        };
        let mut command = akdoctor(&["token"]);
        command
            .args(options)
            .env("DOCKER_HOST", format!("tcp://{at}"))
            .env("HOME", self.home.path())
            .current_dir(self.home.path());
        command
    }

    async fn run(&self, options: &[&str]) -> Output {
        let mut command = self.command(options);
        // The engine is played by this very process.
        tokio::task::spawn_blocking(move || command.output().unwrap())
            .await
            .unwrap()
    }

    /// The names of what lies beside the token.
    fn beside(&self) -> Vec<String> {
        let entries = fs::read_dir(self.path(".config/akdoctor")).unwrap();
        entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect()
    }
}

const MADE: &str =
    r#"{"outcome": "made", "expires": "2027-02-26T10:00:00+00:00", "unknown": [], "more": []}"#;

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn the_key_goes_to_a_file_and_the_file_into_the_configuration() {
    use std::os::unix::fs::PermissionsExt as _;

    let machine = Machine::answering(MADE).await;
    fs::write(machine.path("akdoctor.toml"), "[authentik]\n").unwrap();
    let output = machine.run(&["--yes"]).await;
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let key = fs::read_to_string(machine.token()).unwrap();
    assert_eq!(key.trim_end().len(), 60);
    let mode = fs::metadata(machine.token()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(machine.beside(), ["token"]);
    for text in [out(&output), err(&output)] {
        assert!(!text.contains(key.trim_end()), "{text}");
    }
    assert!(
        out(&output).contains("expires on 2027-02-26"),
        "{}",
        out(&output)
    );
    assert!(err(&output).contains("client secrets"), "{}", err(&output));
    let config = fs::read_to_string(machine.path("akdoctor.toml")).unwrap();
    let line = format!("token = {{ file = \"{}\" }}", machine.token().display());
    assert!(config.contains(&line), "{config}");

    // Again: akdoctor.toml names the file, and a new key takes the place of the old one.
    let output = machine.run(&["--yes"]).await;
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert_ne!(fs::read_to_string(machine.token()).unwrap(), key);
    assert_eq!(
        fs::read_to_string(machine.path("akdoctor.toml")).unwrap(),
        config
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_done_without_a_yes_or_where_authentik_refuses() {
    let machine = Machine::answering(MADE).await;
    let output = machine.run(&[]).await;
    assert_eq!(output.status.code(), Some(2));
    assert!(err(&output).contains("nobody to ask"), "{}", err(&output));
    let execs = machine.playing.requests().into_iter();
    assert_eq!(
        execs.filter(|asked| asked.target.contains("/exec")).count(),
        0
    );
    assert!(!machine.token().exists());

    let refused = r#"{"outcome": "refused", "why": "there is a user akdoctor"}"#;
    let machine = Machine::answering(refused).await;
    let output = machine.run(&["--yes"]).await;
    assert_eq!(output.status.code(), Some(2));
    assert!(
        err(&output).contains("there is a user akdoctor"),
        "{}",
        err(&output)
    );
    assert!(
        machine.beside().is_empty(),
        "no key stays that authentik does not know"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_there_stays_and_is_removed_with_its_line() {
    let there = MADE.replace("made", "there");
    let machine = Machine::answering(&there).await;
    fs::create_dir_all(machine.path(".config/akdoctor")).unwrap();
    fs::write(machine.token(), "the token\n").unwrap();
    let toml = machine.path("akdoctor.toml");
    fs::write(&toml, "[authentik]\n").unwrap();
    let output = machine.run(&["--yes"]).await;
    assert!(
        out(&output).contains("is there already"),
        "{}",
        err(&output)
    );
    assert_eq!(fs::read_to_string(machine.token()).unwrap(), "the token\n");
    assert_eq!(machine.beside(), ["token"]);
    let named = fs::read_to_string(&toml).unwrap();

    let removed = |matched: bool| {
        format!(
            "{{\"outcome\": \"removed\", \"removed\": [\"role akdoctor\"], \"kept\": [], \
             \"matched\": {matched}}}"
        )
    };
    for (matched, stays) in [(false, true), (true, false)] {
        let other = Machine::answering(&removed(matched)).await;
        let revoking = Machine {
            home: tempfile::tempdir().unwrap(),
            ..other
        };
        fs::create_dir_all(revoking.path(".config/akdoctor")).unwrap();
        fs::write(revoking.token(), "the token\n").unwrap();
        let own = named.replace(
            &machine.token().display().to_string(),
            &revoking.token().display().to_string(),
        );
        fs::write(revoking.path("akdoctor.toml"), own).unwrap();
        let output = revoking.run(&["--revoke", "--yes"]).await;
        assert_eq!(output.status.code(), Some(0), "{}", err(&output));
        assert_eq!(revoking.token().exists(), stays, "{}", out(&output));
        let text = fs::read_to_string(revoking.path("akdoctor.toml")).unwrap();
        assert_eq!(text.contains("token"), stays, "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_containers_the_way_by_hand_is_told() {
    let machine = Machine::answering(MADE).await;
    let mut command = machine.command(&["--yes"]);
    let output = command
        .env("DOCKER_HOST", "tcp://127.0.0.1:1")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let words = err(&output);
    assert!(
        words.contains("--print") && words.contains("Directory > Roles"),
        "{words}"
    );
}
