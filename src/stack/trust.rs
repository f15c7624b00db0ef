//! Where a token may go. An akdoctor.toml that lies in the current folder may be part of somebody
//! else's repository: on its word alone no token leaves this machine. The person is asked once
//! for each origin; the answer is kept in `akdoctor/trusted-origins` of their state folder.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
    process,
};

use url::{Host, Url};

use super::{Surroundings, locate};

/// The name of the list, one origin a line.
const LIST: &str = "trusted-origins";
/// The longest list read, in bytes: some ten thousand origins.
const LONGEST: u64 = 1024 * 1024;

/// Whether a token may go to an origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// It may.
    Trusted,
    /// Only if the person says so.
    Ask {
        /// Scheme, host and port, as in "https://sso.example.org".
        origin: String,
    },
}

/// The origins that the person agreed to.
#[derive(Debug, Clone, Default)]
pub struct Remembered {
    /// The list; `None` where there is no folder for it.
    path: Option<PathBuf>,
}

/// Decides about an origin that nobody but a file from the current folder names: the machine
/// itself and what the person agreed to before are trusted.
pub fn decide(url: &Url, remembered: &Remembered) -> Decision {
    if is_loopback(url) || remembered.holds(url) {
        return Decision::Trusted;
    }
    Decision::Ask {
        origin: origin_of(url),
    }
}

/// Remembers that a token may go to this origin, for the person whose folders these are.
///
/// # Errors
/// When the list cannot be written; the person is then asked again next time.
pub fn remember(around: &Surroundings, origin: &Url) -> io::Result<()> {
    Remembered::of(around).add(origin)
}

/// Scheme, host and port (where it is not the usual one).
pub(super) fn origin_of(url: &Url) -> String {
    url.origin().ascii_serialization()
}

/// Whether a URL leads to this machine: the name localhost, 127.0.0.0/8 or ::1. Other names are
/// not looked up: whoever answers for the name decides where it leads.
fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.to_canonical().is_loopback(),
        None => false,
    }
}

impl Remembered {
    /// The list of the person whose folders these are.
    pub fn of(around: &Surroundings) -> Self {
        Self {
            path: around
                .state_dir
                .as_ref()
                .map(|state| state.join(locate::FOLDER).join(LIST)),
        }
    }

    /// Whether an origin is on the list. A list that cannot be read holds nothing: the safe side.
    pub fn holds(&self, url: &Url) -> bool {
        let list = self.path.as_deref().and_then(|path| read(path).ok());
        list.is_some_and(|list| on_list(&list, url))
    }

    /// Puts an origin on the list, as a whole new file that replaces the old one at once. Of two
    /// processes that do so in the same moment one may lose its line, and asks again.
    ///
    /// # Errors
    /// When the list cannot be read or written.
    pub fn add(&self, url: &Url) -> io::Result<()> {
        let Some(path) = &self.path else {
            return Err(io::Error::other("there is no folder to keep it in"));
        };
        let mut list = match read(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            list => list?,
        };
        if on_list(&list, url) {
            return Ok(());
        }
        if !list.is_empty() && !list.ends_with('\n') {
            list.push('\n');
        }
        list.push_str(&origin_of(url));
        list.push('\n');
        replace(path, &list)
    }
}

fn on_list(list: &str, url: &Url) -> bool {
    let origin = url.origin();
    list.lines()
        .filter_map(|line| Url::parse(line.trim()).ok())
        .any(|known| known.origin() == origin)
}

fn read(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    File::open(path)?.take(LONGEST).read_to_string(&mut text)?;
    Ok(text)
}

/// Writes beside the file and renames: nobody ever reads half a list.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        private_folder(folder)?;
    }
    let beside = path.with_extension(format!("{}.new", process::id()));
    let written = private_file(&beside).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    written
        .and_then(|()| fs::rename(&beside, path))
        .inspect_err(|_| {
            // The rename did not happen; what cannot be removed either is harmless.
            let _ = fs::remove_file(&beside);
        })
}

fn private_folder(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder.create(path)
}

fn private_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).expect("a URL")
    }

    #[test]
    fn this_machine_needs_no_consent_and_nothing_else_looks_like_it() {
        let nobody = Remembered::default();
        for near in [
            "http://localhost:9000",
            "https://LOCALHOST",
            "http://127.0.0.1:9000",
            "http://127.9.9.9",
            "http://127.1",
            "http://[::1]:9000",
            "http://[::ffff:127.0.0.1]",
        ] {
            assert_eq!(decide(&url(near), &nobody), Decision::Trusted, "{near}");
        }
        for (far, origin) in [
            (
                "http://localhost.example.org/a",
                "http://localhost.example.org",
            ),
            (
                "https://127.0.0.1.example.org:8443",
                "https://127.0.0.1.example.org:8443",
            ),
            (
                "http://host.docker.internal:9000",
                "http://host.docker.internal:9000",
            ),
            ("http://10.0.0.1:80", "http://10.0.0.1"),
            ("http://0.0.0.0", "http://0.0.0.0"),
        ] {
            let origin = origin.to_owned();
            assert_eq!(
                decide(&url(far), &nobody),
                Decision::Ask { origin },
                "{far}"
            );
        }
    }

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        let list = "junk\nhttps://sso.example.org\n";
        assert!(on_list(list, &url("https://sso.example.org:443/path")));
        assert!(!on_list(list, &url("http://sso.example.org")));
        assert!(!on_list(list, &url("https://sso.example.org:8443")));
        assert!(!on_list(list, &url("https://example.org")));
        assert!(!on_list("", &url("https://sso.example.org")));
    }
}
