//! The Apache web server (Debian's package apache2-bin), set up in a folder of its own.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path, process::Command};

use tempfile::TempDir;

use super::{needed, program::free_port};

/// Where Debian puts the server and its modules.
const SERVER: &str = "/usr/sbin/apache2";
const MODULES: &str = "/usr/lib/apache2/modules";

/// A port that it will have, if it is installed with these modules.
pub fn port(modules: &[&str], packages: &str) -> Option<u16> {
    let files = modules.iter().map(|name| file_of(name));
    let mut files = std::iter::once(SERVER.to_owned()).chain(files);
    needed(match files.find(|path| !Path::new(path).exists()) {
        None => Ok(free_port()),
        Some(path) => Err(format!("no {path} (packages {packages})")),
    })
}

fn file_of(module: &str) -> String {
    format!("{MODULES}/mod_{module}.so")
}

/// A folder that its workers can read: they are not root.
pub fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    folder
}

/// Writes its configuration; gives what starts it, as one process, so that it ends as one.
pub fn command(folder: &TempDir, port: u16, modules: &[&str], directives: &str) -> Command {
    let load = modules
        .iter()
        .map(|name| format!("LoadModule {name}_module {}\n", file_of(name)));
    let load: String = load.collect();
    let at = folder.path().display();
    let text = format!(
        r#"{load}
ServerRoot "{at}"
DefaultRuntimeDir "{at}"
PidFile "{at}/apache.pid"
ErrorLog "{at}/error.log"
Listen 127.0.0.1:{port}
ServerName localhost:{port}
User www-data
Group www-data
{directives}
"#
    );
    let file = folder.path().join("apache.conf");
    fs::write(&file, text).unwrap();
    let mut command = Command::new(SERVER);
    command.arg("-X").arg("-f").arg(file);
    command
}
