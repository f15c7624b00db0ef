//! Override files for compose, written by every mend that writes one: run for real, with a program
//! in the engine's place.

use std::{fs, path::Path};

use akdoctor::{engine::library, fix, model::Fix, probe::engine::Flavour, words::FixWords};
use serde_json::json;

use super::{
    shop,
    tls::{paste, program},
};

/// Every mend that writes an override file and nothing else, with its code.
fn mends() -> Vec<(String, FixWords)> {
    let library = library().unwrap();
    let findings = library.into_iter().flat_map(|(_, words)| words.findings);
    let all = findings.flat_map(|finding| {
        let code = finding.code;
        let fixes = finding.fixes.into_iter();
        fixes.map(move |fix| (code.clone(), fix))
    });
    let writes = |fix: &FixWords| {
        let needs = |name: &str| fix.needs.iter().any(|need| need == name);
        needs("override_file") && !needs("authority_file")
    };
    all.filter(|(_, fix)| writes(fix)).collect()
}

const YAML: &str = "services: {\"server\": {environment: {A: \"b,c/8\"}}}";

/// The mend for a project in a folder of hostile name.
fn rendered(code: &str, words: &FixWords, project: &Path) -> Fix {
    let folder = project.to_str().unwrap();
    let file = format!("{folder}/compose.override.yml");
    let mut values = std::collections::BTreeMap::from([
        ("made", json!("authentik-server")),
        ("folder", json!(folder)),
        ("override_file", json!(file)),
        ("override_name", json!("compose.override.yml")),
        ("override_yaml", json!(YAML)),
        ("compose_file", json!("compose.yml")),
    ]);
    let templates = words.templates();
    let wanted = templates.iter().flat_map(|template| {
        let parts = template.split("{{ ").skip(1);
        parts.filter_map(|part| part.split(" }}").next())
    });
    for name in wanted.chain(words.needs.iter().map(String::as_str)) {
        // Leaked: the names of values are known when checks are compiled, as in a check.
        values
            .entry(name.to_owned().leak())
            .or_insert_with(|| json!("something"));
    }
    let fixes = fix::render(
        std::slice::from_ref(words),
        &values,
        &shop(Flavour::Docker, true),
    );
    let [fix] = fixes.as_slice() else {
        panic!("{code}: {fixes:#?}");
    };
    fix.clone()
}

#[test]
fn override_files_are_written_once_and_taken_away_again() {
    let mends = mends();
    let codes: Vec<&str> = mends.iter().map(|(code, _)| code.as_str()).collect();
    for code in [
        "proxy-headers/not-trusted",
        "cookies/domain",
        "callback/refused",
    ] {
        assert!(codes.contains(&code), "{codes:?}");
    }
    for (code, words) in &mends {
        let folder = tempfile::tempdir().unwrap();
        let (project, bin) = (folder.path().join("o'p $x"), folder.path().join("bin"));
        fs::create_dir_all(&project).unwrap();
        fs::create_dir(&bin).unwrap();
        fs::write(
            project.join("compose.yml"),
            "version: \"2\"\nservices: {}\n",
        )
        .unwrap();
        let asked = bin.join("asked");
        program(
            &bin,
            "docker",
            &format!("echo \"$@\" >> '{}'", asked.display()),
        );
        let over = project.join("compose.override.yml");
        let fix = rendered(code, words, &project);
        let (does, undo) = (fix.shell.unwrap(), fix.undo.unwrap());
        for _ in 0..2 {
            assert!(paste(&does, &bin), "{code}: {does}");
            // Compose 1 takes no file whose version differs.
            let wanted = format!("version: \"2\"\n{YAML}\n");
            assert_eq!(fs::read_to_string(&over).unwrap(), wanted, "{code}");
        }
        let asked = fs::read_to_string(&asked).unwrap();
        assert!(asked.contains("up -d"), "{code}: {asked}");
        for _ in 0..2 {
            assert!(paste(&undo, &bin), "{code}: {undo}");
            assert!(!over.exists(), "{code}");
        }
        // What somebody else wrote stays.
        for name in ["compose.override.yml", "docker-compose.override.yaml"] {
            let own = project.join(name);
            fs::write(&own, "services: {}\n").unwrap();
            assert!(!paste(&does, &bin), "{code}");
            assert_eq!(
                fs::read_to_string(&own).unwrap(),
                "services: {}\n",
                "{code}"
            );
            fs::remove_file(&own).unwrap();
        }
    }
}
