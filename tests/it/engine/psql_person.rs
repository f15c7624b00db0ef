//! What keeps one person from signing in, asked by the SQL of a real PostgreSQL.

use serde_json::{Value, json};

use super::psql::{Cluster, GROUPS, PARENTS, PEOPLE_TABLES};

const SQL: &str = concat!(
    include_str!("../../../src/probe/psql_person_row.sql"),
    include_str!("../../../src/probe/psql_person.sql")
);

/// What authentik 2025.10 keeps beside its people, reduced to the columns that matter; the longest
/// table's name as PostgreSQL cuts it.
const TABLES: &str = include_str!("psql_person_tables.sql");

fn ask(cluster: &Cluster, who: &str) -> (Value, String) {
    let question = json!({"who": who, "within": 86_400}).to_string();
    let hex = data_encoding::HEXLOWER.encode(question.as_bytes());
    cluster.ask_with(&format!("\\set asked {hex}\n{SQL}"))
}

fn usernames(rows: &Value) -> Vec<&str> {
    let rows = rows.as_array().unwrap().iter();
    rows.map(|row| row["username"].as_str().unwrap()).collect()
}

#[test]
fn one_person_is_told_with_everything_that_their_sign_in_needs() {
    let Some(cluster) = Cluster::start() else {
        return;
    };
    cluster.make(PEOPLE_TABLES);
    cluster.make(TABLES);
    let (told, errors) = ask(&cluster, "Anna");
    assert_eq!(errors, "");
    assert_eq!(usernames(&told["found"]), ["Anna"]);
    assert_eq!(told["found"][0]["usable"], true);
    assert!(told["found"][0]["set_at"].is_string());
    let device = &told["devices"][0];
    assert_eq!(
        (&device["kind"], &device["rp_id"], &device["user"]),
        (&json!("webauthn"), &json!("old.example"), &json!(3))
    );
    assert_eq!(told["devices"].as_array().unwrap().len(), 2, "{told}");
    let factor = &told["factors"][0];
    assert_eq!(
        (&factor["action"], &factor["flow"]),
        (&json!("deny"), &json!("login"))
    );
    assert_eq!(
        (&factor["classes"], &factor["policies"]),
        (&json!(["totp", "webauthn"]), &json!(1))
    );
    let fields = &told["identification"][0];
    assert_eq!(
        fields,
        &json!({"user_fields": ["username"], "flow": "login"})
    );
    let limits = told["limits"].as_array().unwrap();
    let told_of = |at: usize, field: &str| limits[at][field].clone();
    assert_eq!(
        (told_of(0, "stage"), told_of(0, "denies")),
        (json!("stop"), json!(true))
    );
    assert_eq!(limits.len(), 1, "one that is bound to nothing is left out");
    assert_eq!(told["scores"][0]["score"], -7);
    assert_eq!(told["expiries"], json!([{"name": "quarterly", "days": 90}]));
    let events = told["events"].as_array().unwrap();
    assert_eq!(events.len(), 2, "{events:?}");
    assert_eq!(
        (&events[0]["stage"], &events[1]["app"]),
        (&json!("passwordstage"), &json!("Gitea"))
    );
    for secret in ["pbkdf2", "SECRETKEY", "PUBLICKEY"] {
        assert!(!told.to_string().contains(secret), "{secret}");
    }
    for step in [PARENTS, GROUPS] {
        cluster.make(step);
        let (later, errors) = ask(&cluster, "Anna");
        assert_eq!(errors, "");
        assert_eq!(later, told);
    }
}

#[test]
fn somebody_is_found_by_number_and_address_and_no_name_is_more_than_text() {
    let Some(cluster) = Cluster::start() else {
        return;
    };
    cluster.make(PEOPLE_TABLES);
    cluster.make(TABLES);
    let found = |who: &str| -> Vec<String> {
        let (told, errors) = ask(&cluster, who);
        assert_eq!(errors, "", "{who:?}");
        let names = usernames(&told["found"]).into_iter();
        names.map(str::to_owned).collect()
    };
    assert_eq!(found("3"), ["Anna"]);
    assert_eq!(found("ADMIN@example.com"), ["akadmin"]);
    assert_eq!(found("shared@example.com").len(), 3);
    assert_eq!(found("O'Brien \"x\" \\ %_").len(), 1);
    for hostile in [
        "'; drop table authentik_core_user; --",
        "%",
        "_",
        "\\",
        ":who",
        "a\nb\u{1}",
    ] {
        assert!(found(hostile).is_empty(), "{hostile:?}");
    }
    let (told, _) = ask(&cluster, "anna");
    assert!(usernames(&told["near"]).contains(&"Anna"));
    // A release without one of the tables loses its own fact only.
    cluster.make("drop table authentik_policies_reputation_reputationpolicy;");
    let (told, errors) = ask(&cluster, "Anna");
    assert!(errors.contains("reputationpolicy"), "{errors}");
    assert_eq!(told.get("limits"), None);
    assert_eq!(usernames(&told["found"]), ["Anna"]);
}
