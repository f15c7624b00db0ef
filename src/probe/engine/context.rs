//! Docker contexts, read by hand from the docker client's folder: `config.json` names the current
//! one, `contexts/meta/<sha256 of the name>/meta.json` describes it.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use ring::digest::{SHA256, digest};
use serde_json::Value;

use super::endpoint::{Env, Why};

/// The context that the docker client would use.
pub(super) struct Context {
    /// Its name.
    pub name: String,
    /// The engine's address, as in `DOCKER_HOST`.
    pub host: Result<String, Why>,
    /// Whether it brings certificates.
    pub tls: bool,
}

/// The chosen context; `None` for the built-in one, which means the usual places.
pub(super) fn chosen(env: Env<'_>) -> Option<Context> {
    let folder = env("DOCKER_CONFIG")
        .map(PathBuf::from)
        .or_else(|| Some(PathBuf::from(env("HOME")?).join(".docker")))?;
    let name = env("DOCKER_CONTEXT").or_else(|| current(&folder))?;
    if name.is_empty() || name == "default" {
        return None;
    }
    let hash = sha256(&name);
    Some(Context {
        host: host(&folder.join("contexts/meta").join(&hash).join("meta.json")),
        tls: folder
            .join("contexts/tls")
            .join(&hash)
            .join("docker")
            .exists(),
        name,
    })
}

fn current(folder: &Path) -> Option<String> {
    let config = json(&folder.join("config.json")).ok()?;
    Some(config.get("currentContext")?.as_str()?.to_owned())
}

fn host(meta: &Path) -> Result<String, Why> {
    let help = "`docker context ls` shows which there are";
    let meta =
        json(meta).map_err(|why| format!("its description cannot be read ({why}); {help}"))?;
    meta.pointer("/Endpoints/docker/Host")
        .and_then(Value::as_str)
        .filter(|host| !host.is_empty())
        .map(str::to_owned)
        .ok_or_else(|| format!("its description names no Docker host; {help}"))
}

fn json(path: &Path) -> Result<Value, Why> {
    let text = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    serde_json::from_slice(&text).map_err(|error| format!("{}: {error}", path.display()))
}

fn sha256(text: &str) -> String {
    let mut hex = String::with_capacity(64);
    for byte in digest(&SHA256, text.as_bytes()).as_ref() {
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_hashed_as_the_docker_client_hashes_it() {
        assert_eq!(
            sha256("work"),
            "00e13ed7af55b27622f1d6eab5bec0147e68efe28dc2b12461117afa1a5ed40e"
        );
    }
}
