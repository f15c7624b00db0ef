//! A small authentik: server, worker and database as the reference stack has them, played by
//! busybox.

use std::{net::TcpListener, path::PathBuf, process::Command, time::Duration};

use akdoctor::probe::engine::{EngineEndpoint, Transport};

use super::{
    run::{Ran, SECRETS, akdoctor, paste, recommended},
    window::Window,
};
use crate::support::{ContainerSpec, EngineHarness, TestContainer, TestNetwork, engine, unique};

/// What the three containers are made from, for a test to change.
pub struct Parts {
    pub server: ContainerSpec,
    pub worker: ContainerSpec,
    pub database: ContainerSpec,
    pub network: String,
}

/// Three containers on a network of their own, and a window to them.
pub struct Stack {
    pub server: TestContainer,
    pub worker: TestContainer,
    pub database: TestContainer,
    pub engine: EngineHarness,
    pub window: Window,
    pub folder: tempfile::TempDir,
    pub port: u16,
    pub label: String,
    // Last, since a network goes after its containers.
    pub network: TestNetwork,
}

impl Stack {
    /// As it should be, all of it running; `None` without an engine at a socket.
    pub fn start() -> Option<Self> {
        Self::changed(|parts| parts)
    }

    /// The same with something changed.
    pub fn changed(change: impl FnOnce(Parts) -> Parts) -> Option<Self> {
        Self::labelled(format!("akdoctor-stack={}", unique("s")), change)
    }

    /// Another one, seen through the same window.
    pub fn beside(&self, change: impl FnOnce(Parts) -> Parts) -> Self {
        Self::labelled(self.label.clone(), change).unwrap()
    }

    fn labelled(label: String, change: impl FnOnce(Parts) -> Parts) -> Option<Self> {
        let engine = engine()?;
        let socket = socket_of(&engine)?;
        let folder = tempfile::tempdir().unwrap();
        let network = engine.network();
        let window = Window::open(folder.path(), &socket, &label);
        let port = free_port();
        let parts = change(parts(&network.name, port));
        let run = |spec: ContainerSpec| engine.run(spec.with(&["--label", &label]));
        let stack = Self {
            database: run(parts.database),
            server: run(parts.server),
            worker: run(parts.worker),
            window,
            folder,
            port,
            label,
            network,
            engine,
        };
        stack.configure();
        Some(stack)
    }

    /// Names its containers in akdoctor.toml.
    fn configure(&self) {
        let text = format!(
            "[authentik]\nurl = \"{}\"\n[authentik.containers]\nserver = \"{}\"\nworker = \"{}\"\n\
             postgresql = \"{}\"\n",
            self.url(),
            self.server.name,
            self.worker.name,
            self.database.name
        );
        std::fs::write(self.config(), text).unwrap();
    }

    fn config(&self) -> PathBuf {
        self.folder.path().join("akdoctor.toml")
    }

    /// Leaves the containers' names to be discovered.
    pub fn tell_only_the_url(&self) {
        let text = format!("[authentik]\nurl = \"{}\"\n", self.url());
        std::fs::write(self.config(), text).unwrap();
    }

    /// Makes another container that the window shows.
    pub fn run(&self, spec: ContainerSpec) -> TestContainer {
        self.engine.run(spec.with(&["--label", &self.label]))
    }

    /// A line in the shell of one of its containers.
    pub fn shell(&self, container: &TestContainer, line: &str) -> String {
        self.engine
            .docker(&["exec", &container.name, "sh", "-c", line])
    }

    /// Puts a program into a running container.
    pub fn put(&self, container: &TestContainer, path: &str, text: &str) {
        let line = "printf %s \"$1\" > \"$2\" && /bin/busybox chmod +x \"$2\"";
        let name = &container.name;
        self.engine
            .docker(&["exec", name, "sh", "-c", line, "sh", text, path]);
    }

    /// Waits until the engine says this of a container.
    pub fn until(&self, container: &TestContainer, format: &str, wanted: &str) {
        let came = self.comes_to(container, format, wanted);
        assert!(came, "{} never was {wanted}", container.name);
    }

    /// Whether the engine comes to say this of a container.
    pub fn comes_to(&self, container: &TestContainer, format: &str, wanted: &str) -> bool {
        // The kernel and the engine take their time on a busy machine.
        for _ in 0..450 {
            let args = ["inspect", "-f", format, &container.name];
            if self.engine.docker(&args) == wanted {
                return true;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        false
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// akdoctor in this stack's folder, with its akdoctor.toml.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = akdoctor(args);
        command
            .current_dir(self.folder.path())
            .env("HOME", self.folder.path())
            .env(
                "DOCKER_HOST",
                format!("unix://{}", self.window.path.display()),
            );
        command
    }

    /// What akdoctor says of it.
    pub fn ask(&self) -> Ran {
        self.ask_with(&[])
    }

    /// The same with more on the command line.
    pub fn ask_with(&self, args: &[&str]) -> Ran {
        Ran::of(&mut self.command(args))
    }

    /// That akdoctor names this root cause, and that the line which it prints mends it.
    pub fn mends(&self, code: &str, subject: &str) {
        let ran = self.ask_with(&["--timeout", "2s"]);
        paste(recommended(ran.root(code, subject)));
        self.heals();
    }

    /// That it is well again, soon: programs take a moment to start.
    pub fn heals(&self) {
        let mut ran = self.ask();
        for _ in 0..20 {
            if ran.findings().is_empty() {
                break;
            }
            std::thread::sleep(Duration::from_millis(200));
            ran = self.ask();
        }
        ran.is_well();
    }
}

fn parts(network: &str, port: u16) -> Parts {
    let [secret_key, password, root] = SECRETS;
    let core = |role: &str| {
        let env = [
            format!("AUTHENTIK_SECRET_KEY={secret_key}"),
            format!("AUTHENTIK_POSTGRESQL__PASSWORD={password}"),
            "AUTHENTIK_POSTGRESQL__HOST=postgresql".into(),
            "AUTHENTIK_POSTGRESQL__USER=authentik".into(),
            "AUTHENTIK_POSTGRESQL__NAME=authentik".into(),
        ];
        let spec = ContainerSpec::new(&[role])
            .called(role)
            .with(&[
                "--network",
                network,
                "--entrypoint",
                &format!("/bin/{role}"),
            ])
            .with(&["--add-host", "host.docker.internal:host-gateway"])
            .with(&["--label", "org.opencontainers.image.version=2025.10.1"])
            .program("/bin/ak", include_str!("plays/ak"))
            .program("/bin/timeout", include_str!("plays/timeout"));
        env.iter().fold(spec, |spec, pair| spec.with(&["-e", pair]))
    };
    Parts {
        server: core("server")
            .with(&["-p", &format!("127.0.0.1:{port}:9000")])
            .program("/bin/server", include_str!("plays/server"))
            .program("/bin/answer", include_str!("plays/answer")),
        worker: core("worker").program("/bin/worker", include_str!("plays/worker")),
        database: ContainerSpec::new(&["postgres"])
            .called("postgresql")
            .with(&["--network", network, "--network-alias", "postgresql"])
            .with(&["--entrypoint", "/bin/database"])
            .with(&[
                "-e",
                "POSTGRES_USER=authentik",
                "-e",
                "POSTGRES_DB=authentik",
            ])
            .with(&["-e", &format!("POSTGRES_PASSWORD={root}")])
            .program("/bin/database", include_str!("plays/database"))
            .program("/bin/greet", "#!/bin/sh\n[ -e /sick ] || echo postgres\n")
            .program("/bin/pg_isready", "#!/bin/sh\necho accepting connections\n")
            .program("/bin/psql", "#!/bin/sh\necho 1\n")
            .program("/bin/df", DF),
        network: network.to_owned(),
    }
}

/// A disk with room.
pub const DF: &str = "#!/bin/sh\necho 'Filesystem 1024-blocks Used Available Capacity Mounted on'\n\
                  echo '/dev/sda1 100000000 40000000 60000000 40% /var/lib/postgresql/data'\n";

/// A port that nothing listens on now.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

fn socket_of(engine: &EngineHarness) -> Option<PathBuf> {
    match engine.endpoint() {
        EngineEndpoint::At {
            transport: Transport::Unix(path),
            ..
        } => Some(path),
        _ => {
            eprintln!("the engine is at no unix socket: skipped");
            None
        }
    }
}
