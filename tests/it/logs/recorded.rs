//! Every line that was recorded around a fault falls where it should: the fault's signature is
//! found, and what else went on is silent.

use std::{fs, path::Path};

use akdoctor::{logs::Rules, words::Component};

use super::{digest, ids};

/// What each recorded log holds; all others hold nothing.
const FOUND: &[(&str, &[&str])] = &[
    ("application-without-provider.server", &["OI-11", "OI-19"]),
    ("authentication-flow-deleted.server", &["FL-12"]),
    ("authorize-bad-response-type.server", &["OI-21"]),
    ("authorize-missing-redirect-uri.server", &["OI-01", "OI-03"]),
    ("db-restarted.worker", &["PG-02", "PG-17", "WK-06"]),
    ("db-stopped.server", &["PG-03"]),
    ("db-stopped.worker", &["PG-03", "PG-10", "PG-17"]),
    ("empty-redirect-uris.server", &["OI-05"]),
    ("flow-require-authenticated.server", &["FL-01"]),
    ("inactive-user-login.server", &["FL-04"]),
    ("inactive-user-wrong-password.server", &["FL-04"]),
    ("no-scopes.server", &["OI-15", "OI-25"]),
    ("policy-exception.server", &["EV-01"]),
    ("redis-stopped.server", &["RD-01", "ST-20"]),
    ("redis-stopped.worker", &["RD-01"]),
    ("token-bad-grant.server", &["OI-26"]),
    ("token-no-code.server", &["OI-27"]),
    ("token-refresh-no-token.server", &["OI-13"]),
    ("token-right-secret-basic.server", &["OI-11"]),
    ("token-right-secret-bogus-code.server", &["OI-11"]),
    ("token-right-secret-no-redirect-uri.server", &["OI-09"]),
    ("token-unknown-client.server", &["OI-07"]),
    ("token-wrong-secret-basic.server", &["OI-08"]),
    ("unknown-client-id-authorize.server", &["OI-06"]),
    ("unknown-user-login.server", &["FL-03", "FL-04"]),
    ("wrong-client-secret.server", &["OI-08"]),
    ("wrong-password.server", &["FL-04"]),
    ("wrong-redirect-uri-authorize.server", &["OI-01"]),
    ("wrong-redirect-uri-token.server", &["OI-09"]),
];

#[test]
fn every_recorded_line_falls_where_it_should() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recorded/logs");
    let (mut wrong, mut looked, mut found) = (Vec::new(), 0, 0);
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        let component = match name.ends_with(".worker") {
            true => Component::Worker,
            false => Component::Server,
        };
        let rules = Rules {
            component,
            ..Rules::unknown()
        };
        let digest = digest(&fs::read(&path).unwrap(), 4096, rules);
        let wanted = FOUND.iter().find(|(known, _)| *known == name);
        let wanted = wanted.map_or(&[][..], |(_, ids)| ids);
        (looked, found) = (looked + 1, found + usize::from(!wanted.is_empty()));
        if ids(&digest) != wanted {
            wrong.push(format!("{name}: {:?} instead of {wanted:?}", ids(&digest)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(looked > 60, "only {looked} recorded logs were looked at");
    assert_eq!(found, FOUND.len(), "a log that FOUND names is not there");
}

/// A refused redirect URI is told with what only the access line of its request knows.
#[test]
fn the_access_line_of_a_request_completes_its_story() {
    let log = include_bytes!("../../recorded/logs/wrong-redirect-uri-authorize.server.log");
    for piece in [1, 100, 1 << 20] {
        let digest = digest(log, piece, Rules::unknown());
        let values = &digest.groups[0].values;
        assert_eq!(values["client_id"], "gitea");
        assert_eq!(values["redirect_uri"], "http://localhost:3000/wrong");
    }
    // What akdoctor asked itself is no finding.
    let ours = String::from_utf8_lossy(log).replace("recorder/1", "akdoctor/0.1.0");
    assert_eq!(
        ids(&digest(ours.as_bytes(), 4096, Rules::unknown())),
        [""; 0]
    );
}
