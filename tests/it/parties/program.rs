//! A relying party's own process, which ends with its value.

use std::{
    fs::File,
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

/// How long a program may take to begin to answer on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A port of loopback that was free just now.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    listener.local_addr().unwrap().port()
}

/// A program that listens.
pub struct Running {
    child: Child,
}

impl Running {
    /// Starts a program whose words go to a file, and waits until it listens.
    pub fn start(command: &mut Command, port: u16, log: &Path) -> Self {
        let file = File::create(log).unwrap();
        let child = command
            .stdin(Stdio::null())
            .stdout(file.try_clone().unwrap())
            .stderr(file)
            .spawn()
            .unwrap_or_else(|why| panic!("{command:?}: {why}"));
        let mut running = Self { child };
        let began = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            let ended = running.child.try_wait().unwrap();
            let said = || std::fs::read_to_string(log).unwrap_or_default();
            assert!(ended.is_none(), "{command:?} ended: {}", said());
            assert!(began.elapsed() < PATIENCE, "{command:?} waits: {}", said());
            sleep(Duration::from_millis(50));
        }
        running
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
