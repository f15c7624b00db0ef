//! Podman behind the Docker API: its answers are read, and what is printed is for it.

use std::{
    fs,
    path::Path,
    process::{Child, Command, Output, Stdio},
    thread,
    time::Duration,
};

use super::{
    run::{Ran, akdoctor, recommended},
    stack::DF,
    ways::served,
};
use crate::support::unique;

/// Podman asks for more than a machine that is a container itself may give.
const LIMITS: &str = "--ulimit nofile=1024:1024 --ulimit nproc=1024:1024";

/// A Podman with a store of its own; nothing of it stays.
struct Podman {
    folder: tempfile::TempDir,
    service: Option<Child>,
}

impl Podman {
    /// `None`, with a word, where there is no Podman that can run a container.
    fn start() -> Option<Self> {
        let busybox = Path::new("/bin/busybox");
        let version = Command::new("podman").arg("--version").output();
        if !busybox.exists() || !version.is_ok_and(|output| output.status.success()) {
            eprintln!("no podman: skipped");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path().display();
        let store = format!(
            "[storage]\ndriver = \"vfs\"\ngraphroot = \"{at}/store\"\nrunroot = \"{at}/run\"\n"
        );
        fs::write(folder.path().join("storage.conf"), store).unwrap();
        let bin = folder.path().join("root/bin");
        fs::create_dir_all(&bin).unwrap();
        fs::copy(busybox, bin.join("busybox")).unwrap();
        std::os::unix::fs::symlink("busybox", bin.join("sh")).unwrap();
        for (program, text) in [("pg_isready", "#!/bin/sh\n"), ("df", DF)] {
            fs::write(bin.join(program), text).unwrap();
        }
        let ready = format!(
            "cd {at}/root && chmod +x bin/* && tar -c . | podman import - akdoctor-test:podman && \
             podman run --rm --network none {LIMITS} akdoctor-test:podman /bin/busybox true"
        );
        let mut podman = Self {
            folder,
            service: None,
        };
        let ready = podman.shell(&ready);
        if !ready.status.success() {
            let said = String::from_utf8_lossy(&ready.stderr);
            eprintln!("podman runs no container here ({}): skipped", said.trim());
            return None;
        }
        podman.serve();
        Some(podman)
    }

    fn host(&self) -> String {
        format!("unix://{}/podman.sock", self.folder.path().display())
    }

    fn serve(&mut self) {
        let mut service = self.command("podman");
        service.args(["system", "service", "--time", "60", &self.host()]);
        self.service = Some(service.stderr(Stdio::null()).spawn().unwrap());
        for _ in 0..100 {
            if self.folder.path().join("podman.sock").exists() {
                return;
            }
            thread::sleep(Duration::from_millis(50));
        }
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.env(
            "CONTAINERS_STORAGE_CONF",
            self.folder.path().join("storage.conf"),
        );
        command.stdin(Stdio::null());
        command
    }

    fn shell(&self, line: &str) -> Output {
        self.command("sh").args(["-c", line]).output().unwrap()
    }

    fn must(&self, line: &str) {
        let output = self.shell(line);
        assert!(output.status.success(), "{line}: {output:?}");
    }
}

impl Drop for Podman {
    fn drop(&mut self) {
        if let Some(service) = &mut self.service {
            let _ = service.kill();
            let _ = service.wait();
        }
        let _ = self.shell("podman rm -f -t 0 -a");
    }
}

#[test]
fn a_stopped_container_of_podman() {
    let Some(podman) = Podman::start() else {
        return;
    };
    let name = unique("postgresql");
    podman.must(&format!(
        "podman run -d --name {name} --network none {LIMITS} \
         -e POSTGRES_PASSWORD=hJ2kS9dLq0ZxV7bN4mWt akdoctor-test:podman /bin/busybox sleep 300"
    ));
    let url = served();
    let config = podman.folder.path().join("akdoctor.toml");
    let text =
        format!("[authentik]\nurl = \"{url}\"\n[authentik.containers]\npostgresql = \"{name}\"\n");
    fs::write(&config, text).unwrap();
    let ask = || {
        let mut command = akdoctor(&["--config", &config.display().to_string()]);
        Ran::of(command.env("DOCKER_HOST", podman.host()))
    };
    let ran = ask();
    assert_eq!(ran.findings().len(), 0, "{ran}");
    let engine = ran.report["target"]["engine"].as_str().unwrap();
    assert!(engine.starts_with("Podman "), "{engine}");
    podman.must(&format!("podman stop -t 0 {name}"));
    let ran = ask();
    let stopped = ran.finding("health/container-stopped");
    let line = recommended(stopped.unwrap_or_else(|| panic!("{ran}")));
    assert_eq!(line, format!("podman start {name}"));
    podman.must(line);
    let ran = ask();
    assert!(ran.findings().is_empty(), "{ran}");
}
