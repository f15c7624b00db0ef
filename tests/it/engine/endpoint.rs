//! Finding the engine by the environment and the docker client's folder.

use std::{collections::HashMap, fs, path::Path};

use akdoctor::probe::engine::{EngineEndpoint, Transport};

/// The name "work" by SHA-256, as the docker client names its folders.
const WORK: &str = "00e13ed7af55b27622f1d6eab5bec0147e68efe28dc2b12461117afa1a5ed40e";

fn discover(env: &[(&str, &str)]) -> EngineEndpoint {
    let env: HashMap<String, String> = env
        .iter()
        .map(|&(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    EngineEndpoint::discover(&|name| env.get(name).cloned())
}

fn config(folder: &Path, current: &str, host: &str) -> String {
    let meta = folder.join("contexts/meta").join(WORK);
    fs::create_dir_all(&meta).unwrap();
    let description = format!(r#"{{"Name":"work","Endpoints":{{"docker":{{"Host":"{host}"}}}}}}"#);
    fs::write(meta.join("meta.json"), description).unwrap();
    let config = format!(r#"{{"auths":{{}},"currentContext":"{current}"}}"#);
    fs::write(folder.join("config.json"), config).unwrap();
    folder.to_str().unwrap().to_owned()
}

fn at(host: &str, by: &str) -> EngineEndpoint {
    EngineEndpoint::At {
        transport: match host.strip_prefix("unix://") {
            Some(path) => Transport::Unix(path.into()),
            None => Transport::Tcp(host.into()),
        },
        configured_by: Some(by.into()),
    }
}

#[test]
fn docker_host_beats_the_context_and_podman_comes_last() {
    let folder = tempfile::tempdir().unwrap();
    let folder = config(folder.path(), "work", "unix:///run/work.sock");
    let host = ("DOCKER_HOST", "tcp://127.0.0.1:2375");
    let docker_config = ("DOCKER_CONFIG", &*folder);
    let podman = ("CONTAINER_HOST", "unix:///run/podman.sock");
    let found = discover(&[host, docker_config, podman]);
    assert_eq!(found, at("127.0.0.1:2375", "DOCKER_HOST"));
    let found = discover(&[docker_config, podman]);
    assert_eq!(found, at("unix:///run/work.sock", "context work"));
    let found = discover(&[docker_config, podman, ("DOCKER_CONTEXT", "default")]);
    assert_eq!(found, at("unix:///run/podman.sock", "CONTAINER_HOST"));
    let found = discover(&[("DOCKER_HOST", ""), podman]);
    assert_eq!(found, at("unix:///run/podman.sock", "CONTAINER_HOST"));
}

#[test]
fn the_folder_is_found_below_home() {
    let home = tempfile::tempdir().unwrap();
    config(
        &home.path().join(".docker"),
        "default",
        "unix:///run/work.sock",
    );
    let home = home.path().to_str().unwrap();
    let found = discover(&[("HOME", home), ("DOCKER_CONTEXT", "work")]);
    assert_eq!(found, at("unix:///run/work.sock", "context work"));
}

fn why(env: &[(&str, &str)]) -> String {
    match discover(env) {
        EngineEndpoint::Unusable { why, .. } => why,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_context_that_cannot_be_used_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let ssh = config(folder.path(), "work", "ssh://root@server");
    assert!(why(&[("DOCKER_CONFIG", &ssh)]).contains("ssh"));
    let unknown = why(&[("DOCKER_CONFIG", &ssh), ("DOCKER_CONTEXT", "gone")]);
    assert!(unknown.contains("docker context ls"), "{unknown}");
    let tls = config(folder.path(), "work", "tcp://server:2376");
    fs::create_dir_all(folder.path().join("contexts/tls").join(WORK).join("docker")).unwrap();
    assert!(why(&[("DOCKER_CONFIG", &tls)]).contains("TLS"));
}

#[test]
fn a_file_that_is_no_json_counts_as_no_choice() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("config.json"), "{").unwrap();
    let folder = folder.path().to_str().unwrap();
    let podman = ("CONTAINER_HOST", "unix:///run/podman.sock");
    let found = discover(&[("DOCKER_CONFIG", folder), podman]);
    assert_eq!(found, at("unix:///run/podman.sock", "CONTAINER_HOST"));
}
