//! What tests share: tools for one engine, a real engine with throw-away containers, and an
//! engine of a few recorded answers.

use std::{
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use akdoctor::{
    evidence::{Evidence, Limits},
    probe::{
        Tools,
        engine::{EngineEndpoint, Transport},
        tools::ToolsOptions,
    },
};

/// Tools that ask this engine and nothing else.
pub fn tools_for(engine: EngineEndpoint) -> Tools {
    Tools::new(ToolsOptions {
        lookup: Arc::new(|_| Box::pin(async { Ok(Vec::new()) })),
        hosts_file: PathBuf::from("/nonexistent/hosts"),
        dns: Arc::new(|_| Box::pin(async { Ok(Vec::new()) })),
        ..ToolsOptions::new(engine)
    })
    .unwrap()
}

/// Evidence that asks this engine and nothing else, patient enough for a busy machine.
pub fn evidence_for(engine: EngineEndpoint) -> Evidence {
    evidence_within(engine, Duration::from_secs(30))
}

/// The same with a limit of its own.
pub fn evidence_within(engine: EngineEndpoint, timeout: Duration) -> Evidence {
    let limits = Limits {
        timeout,
        ..Limits::default()
    };
    Evidence::new(Arc::new(tools_for(engine)), limits)
}

/// An engine at a unix socket.
pub fn at_socket(path: impl Into<PathBuf>) -> EngineEndpoint {
    EngineEndpoint::At {
        transport: Transport::Unix(path.into()),
        configured_by: Some("DOCKER_HOST".into()),
    }
}

/// The real engine, or `None` with a word on standard error; with `AKDOCTOR_TEST_ENGINE=required`
/// its absence is a failure.
pub fn engine() -> Option<EngineHarness> {
    static READY: OnceLock<Result<(), String>> = OnceLock::new();
    match READY.get_or_init(EngineHarness::prepare) {
        Ok(()) => Some(EngineHarness {}),
        Err(why) => {
            let required = std::env::var("AKDOCTOR_TEST_ENGINE").is_ok_and(|v| v == "required");
            assert!(!required, "AKDOCTOR_TEST_ENGINE=required, but {why}");
            eprintln!("{why}: skipped");
            None
        }
    }
}

/// Makes containers on the real engine from an image of busybox alone.
pub struct EngineHarness {}

/// Image with a shell, and image with one static program and no shell. They stay on the machine,
/// so that the next run need not make them again.
const IMAGE: &str = "akdoctor-test:busybox";
const BARE_IMAGE: &str = "akdoctor-test:bare";
/// A static busybox, as the package busybox-static puts it.
const BUSYBOX: &str = "/bin/busybox";
const APPLETS: [&str; 12] = [
    "sh", "sleep", "cat", "tail", "echo", "true", "false", "printf", "env", "head", "tr", "seq",
];

impl EngineHarness {
    /// Where the engine is.
    pub fn endpoint(&self) -> EngineEndpoint {
        EngineEndpoint::discover(&|name| std::env::var(name).ok())
    }

    /// An image with busybox.
    pub fn image(&self) -> &'static str {
        IMAGE
    }

    /// Starts a container; it is removed when the answer is dropped.
    pub fn run(&self, spec: ContainerSpec) -> TestContainer {
        let name = unique(&spec.kind);
        // Files come into a container before it starts.
        let at_once = spec.start && spec.files.is_empty();
        let mut args: Vec<String> = match at_once {
            true => vec!["run".into(), "-d".into()],
            false => vec!["create".into()],
        };
        args.extend(["--name".into(), name.clone()]);
        args.extend(["--label".into(), "akdoctor-test=1".into()]);
        args.extend(spec.options);
        args.push(spec.image);
        args.extend(spec.command);
        let guard = TestContainer {
            id: String::new(),
            name,
        };
        let id = stdout(docker(&args, None), &args);
        // With warnings printed, the id is the last line.
        let id = id.lines().last().unwrap_or_default().to_owned();
        if !spec.files.is_empty() {
            let args = ["cp", "-", &format!("{id}:/")].map(str::to_owned);
            stdout(docker(&args, Some(&archive_of(&spec.files))), &args);
        }
        if spec.start && !at_once {
            self.docker(&["start", &id]);
        }
        TestContainer {
            id,
            name: guard.take_name(),
        }
    }

    /// Makes a network; it is removed when the answer is dropped.
    pub fn network(&self) -> TestNetwork {
        let name = unique("n");
        let args = ["network", "create", &name].map(str::to_owned);
        stdout(docker(&args, None), &args);
        TestNetwork { name }
    }

    /// Runs the docker client, which must succeed.
    pub fn docker(&self, args: &[&str]) -> String {
        let args: Vec<String> = args.iter().map(|&arg| arg.to_owned()).collect();
        stdout(docker(&args, None), &args)
    }

    /// Runs the docker client, whatever comes of it.
    pub fn try_docker(&self, args: &[&str]) -> Output {
        let args: Vec<String> = args.iter().map(|&arg| arg.to_owned()).collect();
        docker(&args, None).unwrap()
    }

    fn prepare() -> Result<(), String> {
        let version = ["version", "--format", "{{.Server.Version}}"].map(str::to_owned);
        match docker(&version, None) {
            Ok(output) if output.status.success() => {}
            _ => return Err("no container engine".into()),
        }
        if !Path::new(BUSYBOX).exists() {
            return Err(format!("no busybox at {BUSYBOX}"));
        }
        import(IMAGE, "bin/busybox", &APPLETS)?;
        import(BARE_IMAGE, "busybox-server", &[])
    }
}

/// What a container is to be.
pub struct ContainerSpec {
    kind: String,
    image: String,
    command: Vec<String>,
    options: Vec<String>,
    files: Vec<(String, String)>,
    start: bool,
}

impl ContainerSpec {
    /// A container that runs this.
    pub fn new(command: &[&str]) -> Self {
        Self {
            kind: "c".into(),
            image: IMAGE.into(),
            command: command.iter().map(|&part| part.to_owned()).collect(),
            options: Vec::new(),
            files: Vec::new(),
            start: true,
        }
    }

    /// A container that runs until it is removed.
    pub fn idle() -> Self {
        Self::new(&["sleep", "600"])
    }

    /// A container that runs a shell script.
    pub fn shell(script: &str) -> Self {
        Self::new(&["sh", "-c", script])
    }

    /// Options of `docker run`.
    pub fn with(mut self, options: &[&str]) -> Self {
        self.options.extend(options.iter().map(|&o| o.to_owned()));
        self
    }

    /// With the beginning of options replaced: `127.0.0.1:` of a published port.
    pub fn rewritten(mut self, from: &str, to: &str) -> Self {
        for option in &mut self.options {
            if let Some(rest) = option.strip_prefix(from) {
                *option = format!("{to}{rest}");
            }
        }
        self
    }

    /// From the image without a shell.
    pub fn bare() -> Self {
        Self::new(&["/busybox-server", "sleep", "600"]).of_image(BARE_IMAGE)
    }

    /// From this image instead.
    pub fn of_image(mut self, image: &str) -> Self {
        self.image = image.into();
        self
    }

    /// That runs this instead.
    pub fn commanded(mut self, command: &[&str]) -> Self {
        self.command = command.iter().map(|&part| part.to_owned()).collect();
        self
    }

    /// With this word in its name.
    pub fn called(mut self, kind: &str) -> Self {
        self.kind = kind.into();
        self
    }

    /// With this program in it, in place before it starts.
    pub fn program(mut self, path: &str, text: impl Into<String>) -> Self {
        self.files
            .push((path.trim_start_matches('/').into(), text.into()));
        self
    }

    /// Made and not started.
    pub fn not_started(mut self) -> Self {
        self.start = false;
        self
    }
}

/// A container that goes with this value.
pub struct TestContainer {
    pub id: String,
    pub name: String,
}

impl TestContainer {
    fn take_name(mut self) -> String {
        std::mem::take(&mut self.name)
    }
}

impl Drop for TestContainer {
    fn drop(&mut self) {
        if !self.name.is_empty() {
            let args = ["rm", "-f", "-v", &self.name].map(str::to_owned);
            let _ = docker(&args, None);
        }
    }
}

/// A network that goes with this value; drop it after its containers.
pub struct TestNetwork {
    pub name: String,
}

impl Drop for TestNetwork {
    fn drop(&mut self) {
        let args = ["network", "rm", &self.name].map(str::to_owned);
        let _ = docker(&args, None);
    }
}

/// A name that no other test, and no other run, has.
pub fn unique(kind: &str) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    format!("akdoctor-test-{}-{kind}{number}", std::process::id())
}

fn import(tag: &str, program: &str, applets: &[&str]) -> Result<(), String> {
    let known = ["image", "inspect", tag].map(str::to_owned);
    if docker(&known, None).is_ok_and(|output| output.status.success()) {
        return Ok(());
    }
    let rootfs =
        rootfs(program, applets).map_err(|error| format!("no root file system: {error}"))?;
    let args = ["import", "-", tag].map(str::to_owned);
    match docker(&args, Some(&rootfs)) {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
        Err(error) => Err(error.to_string()),
    }
}

fn rootfs(program: &str, applets: &[&str]) -> std::io::Result<Vec<u8>> {
    let mut archive = tar::Builder::new(Vec::new());
    archive.append_path_with_name(BUSYBOX, program)?;
    for applet in applets {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(tar::EntryType::Symlink);
        header.set_size(0);
        header.set_mode(0o777);
        archive.append_link(&mut header, format!("bin/{applet}"), "busybox")?;
    }
    archive.into_inner()
}

/// The files as an archive, each of them a program; a later one of a path replaces an earlier.
fn archive_of(files: &[(String, String)]) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    for (path, text) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o755);
        archive
            .append_data(&mut header, path, text.as_bytes())
            .unwrap();
    }
    archive.into_inner().unwrap()
}

fn docker(args: &[String], stdin: Option<&[u8]>) -> std::io::Result<Output> {
    let mut child = Command::new("docker")
        .args(args)
        .stdin(stdin.map_or_else(Stdio::null, |_| Stdio::piped()))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    if let (Some(mut pipe), Some(bytes)) = (child.stdin.take(), stdin) {
        pipe.write_all(bytes)?;
    }
    child.wait_with_output()
}

fn stdout(output: std::io::Result<Output>, args: &[String]) -> String {
    let output = output.unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "docker {args:?}: {said}");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}
