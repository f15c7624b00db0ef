//! Files of containers by the archive API, which needs neither a shell nor a running container.

use std::{
    io::{self, Read},
    path::{Component, Path, PathBuf},
};

use bollard::query_parameters::DownloadFromContainerOptionsBuilder;
use futures::StreamExt;
use tar::{Archive, EntryType};

use super::{FileText, ReadFile, client::Client, describe::called};
use crate::probe::{ProbeError, Tools};

/// The largest file that is read.
const LIMIT: usize = 1 << 20;
/// Room for the headers that stand before a file in an archive.
const HEADERS: usize = 64 << 10;

pub(super) async fn file(tools: &Tools, question: &ReadFile) -> Result<FileText, ProbeError> {
    let client = Client::connect(tools).await?;
    let bytes = bytes(&client, &question.container, &question.path).await?;
    Ok(FileText {
        text: tools.redact.text(&String::from_utf8_lossy(&bytes)),
    })
}

/// A file's content; one symbolic link is followed, such as `/etc/localtime`'s.
pub(super) async fn bytes(
    client: &Client,
    container: &str,
    path: &str,
) -> Result<Vec<u8>, ProbeError> {
    match fetched(client, container, path).await? {
        Found::File(bytes) => Ok(bytes),
        Found::Link(target) => {
            let target = beside(path, &target);
            match fetched(client, container, &target).await? {
                Found::File(bytes) => Ok(bytes),
                Found::Link(_) => Err(failed(container, path, "is a link to a link")),
            }
        }
    }
}

enum Found {
    File(Vec<u8>),
    Link(PathBuf),
}

async fn fetched(client: &Client, container: &str, path: &str) -> Result<Found, ProbeError> {
    let what = named(container, path);
    let archive = client.ask(&what, download(client, container, path)).await?;
    match first_entry(&archive) {
        Ok(Entry::File(bytes)) => Ok(Found::File(bytes)),
        Ok(Entry::Link(target)) => Ok(Found::Link(target)),
        Ok(Entry::TooLarge) => Err(ProbeError::TooLarge {
            what,
            limit: "1 MiB".into(),
        }),
        Ok(Entry::Other(kind)) => Err(failed(container, path, &format!("is {kind}, not a file"))),
        Err(error) => Err(ProbeError::Malformed {
            what,
            detail: format!("the archive cannot be read: {error}"),
        }),
    }
}

/// The beginning of the archive, enough for the largest file that is read.
async fn download(
    client: &Client,
    container: &str,
    path: &str,
) -> Result<Vec<u8>, bollard::errors::Error> {
    let options = DownloadFromContainerOptionsBuilder::default()
        .path(path)
        .build();
    let mut stream = client
        .docker
        .download_from_container(container, Some(options));
    let mut archive = Vec::new();
    while let Some(chunk) = stream.next().await {
        archive.extend_from_slice(&chunk?);
        if archive.len() > LIMIT + HEADERS {
            break;
        }
    }
    Ok(archive)
}

#[derive(Debug, PartialEq, Eq)]
enum Entry {
    File(Vec<u8>),
    Link(PathBuf),
    TooLarge,
    Other(&'static str),
}

/// What the archive begins with: of a directory that is the directory itself.
fn first_entry(archive: &[u8]) -> io::Result<Entry> {
    let mut archive = Archive::new(archive);
    let Some(entry) = archive.entries()?.next() else {
        return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "it is empty"));
    };
    let mut entry = entry?;
    Ok(match entry.header().entry_type() {
        EntryType::Symlink | EntryType::Link => {
            Entry::Link(entry.link_name()?.unwrap_or_default().into_owned())
        }
        EntryType::Directory => Entry::Other("a directory"),
        EntryType::Char | EntryType::Block => Entry::Other("a device"),
        EntryType::Fifo => Entry::Other("a pipe"),
        _ if entry.size() > LIMIT as u64 => Entry::TooLarge,
        _ => {
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes)?;
            if bytes.len() as u64 != entry.size() {
                return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "it is torn"));
            }
            Entry::File(bytes)
        }
    })
}

/// A link's target seen from the root: targets may be relative to the link's own directory.
fn beside(link: &str, target: &Path) -> String {
    let from = Path::new(link).parent().unwrap_or(Path::new("/"));
    let mut path = PathBuf::from("/");
    for part in from.join(target).components() {
        match part {
            Component::Normal(name) => path.push(name),
            Component::ParentDir => {
                path.pop();
            }
            _ => {}
        }
    }
    path.to_string_lossy().into_owned()
}

fn named(container: &str, path: &str) -> String {
    format!("{path} in {}", called(container))
}

fn failed(container: &str, path: &str, why: &str) -> ProbeError {
    ProbeError::Failed {
        what: format!("reading {}", named(container, path)),
        detail: format!("{path} {why}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn archive(kind: EntryType, link: Option<&str>, content: &[u8]) -> Vec<u8> {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(kind);
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        let mut builder = tar::Builder::new(Vec::new());
        match link {
            Some(target) => builder.append_link(&mut header, "x", target).unwrap(),
            None => builder.append_data(&mut header, "x", content).unwrap(),
        }
        builder.into_inner().unwrap()
    }

    #[test]
    fn a_file_is_read_and_everything_else_is_named() {
        let file = archive(EntryType::Regular, None, b"127.0.0.1 localhost\n");
        assert_eq!(
            first_entry(&file).unwrap(),
            Entry::File(b"127.0.0.1 localhost\n".to_vec())
        );
        let folder = archive(EntryType::Directory, None, b"");
        assert_eq!(first_entry(&folder).unwrap(), Entry::Other("a directory"));
        let link = archive(EntryType::Symlink, Some("../run/x"), b"");
        assert_eq!(first_entry(&link).unwrap(), Entry::Link("../run/x".into()));
    }

    #[test]
    fn a_large_file_is_refused_by_its_header_and_a_torn_archive_is_an_error() {
        let mut large = archive(EntryType::Regular, None, &vec![0; LIMIT + 1]);
        large.truncate(1024);
        assert_eq!(first_entry(&large).unwrap(), Entry::TooLarge);
        let mut torn = archive(EntryType::Regular, None, &[7; 5000]);
        torn.truncate(1500);
        assert!(first_entry(&torn).is_err());
        assert!(first_entry(&[]).is_err());
        assert!(first_entry(b"no archive at all").is_err());
    }

    #[test]
    fn links_are_relative_to_their_own_directory() {
        assert_eq!(
            beside("/etc/resolv.conf", Path::new("../run/r.conf")),
            "/run/r.conf"
        );
        assert_eq!(beside("/etc/a", Path::new("/b/c")), "/b/c");
        assert_eq!(beside("/etc/a", Path::new("../../../b")), "/b");
    }
}
