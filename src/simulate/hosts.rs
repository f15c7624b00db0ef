//! The simulated hosts file: a temporary file that says what the simulated resolver says.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs, io,
    net::IpAddr,
    path::{Path, PathBuf},
};

use super::random_hex;

/// A hosts file in a folder of its own; both are removed when this is dropped.
pub(super) struct HostsFile {
    file: PathBuf,
}

impl HostsFile {
    /// Writes the file.
    pub(super) fn write(names: &BTreeMap<String, Vec<IpAddr>>) -> io::Result<Self> {
        let folder = std::env::temp_dir().join(format!("akdoctor-simulated-{}", random_hex()));
        fs::create_dir(&folder)?;
        let written = Self {
            file: folder.join("hosts"),
        };
        let mut text = String::from("# simulated by akdoctor\n");
        for (name, addresses) in names {
            for address in addresses {
                // Writing to a String cannot fail.
                let _ = writeln!(text, "{address}\t{name}");
            }
        }
        fs::write(&written.file, text)?;
        Ok(written)
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.file
    }
}

impl Drop for HostsFile {
    fn drop(&mut self) {
        if let Some(folder) = self.file.parent() {
            // What cannot be removed is left to the system's own cleaning of its temporary folder.
            let _ = fs::remove_dir_all(folder);
        }
    }
}
