//! Which fixes are offered, and in which order.

use super::{FIXTURE, all_texts, named, shop, values, words};
use akdoctor::fix::{Workshop, render};
use akdoctor::probe::engine::Flavour;
use akdoctor::words::Words;
use serde_json::json;

#[test]
fn no_line_steers_a_terminal() {
    for value in all_texts() {
        for fix in render(&words(), &values(&value), &shop(Flavour::Docker, true)) {
            let line = fix.shell.unwrap_or_default().replace('\n', "");
            assert_eq!(akdoctor::model::printable(&line), line, "{}", fix.does);
        }
    }
}

#[test]
fn what_cannot_be_done_here_is_left_out() {
    let does = |shop: &Workshop| -> Vec<String> {
        let fixes = render(&words(), &values("x"), shop);
        fixes.into_iter().map(|fix| fix.does).collect()
    };
    let bare = does(&Workshop::default());
    for missing in ["recreate", "up", "ak_shell", "api"] {
        assert!(!bare.iter().any(|does| does == missing), "{missing}");
    }
    assert_eq!(bare.len() + 4, does(&shop(Flavour::Docker, true)).len());
    let mut values = values("x");
    values.remove("container");
    let left = render(&words(), &values, &shop(Flavour::Docker, true));
    assert!(
        left.iter()
            .all(|fix| !fix.does.contains("exec") && fix.does != "start")
    );
}

#[test]
fn what_cannot_be_pasted_stays_without_a_command_and_says_why() {
    let mut hostile = values("a\0b");
    hostile.insert("container", json!("--privileged"));
    let fixes = render(&words(), &hostile, &shop(Flavour::Docker, true));
    for does in ["start", "exec", "ak_shell", "api", "run", "sql"] {
        let fix = named(&fixes, does);
        assert_eq!(
            (&fix.argv[..], &fix.shell, &fix.undo),
            (&[][..], &None, &None),
            "{does}"
        );
        assert!(
            fix.note
                .as_ref()
                .unwrap()
                .contains("no command can be given"),
            "{does}"
        );
        assert!(!fix.recommended);
    }
}

#[test]
fn the_first_that_works_is_recommended_and_stands_first() {
    let fixes = render(&words(), &values("x"), &shop(Flavour::Docker, true));
    assert!(fixes[0].recommended && fixes[0].does == "start");
    assert_eq!(
        fixes[0].undo.as_deref(),
        Some("docker stop authentik-server")
    );
    assert_eq!(fixes.iter().filter(|fix| fix.recommended).count(), 1);
    let text = FIXTURE.replace("does = \"run\"", "does = \"run\"\n  recommended = true");
    let words = Words::parse(&text).unwrap().findings.remove(0).fixes;
    let fixes = render(&words, &values("x"), &shop(Flavour::Docker, true));
    let order: Vec<&str> = fixes.iter().map(|fix| fix.does.as_str()).collect();
    assert_eq!(order[..3], ["run", "start", "recreate"]);
    assert!(fixes[0].recommended && !fixes[1].recommended);
}

#[test]
fn a_form_for_another_release_is_left_out() {
    let text = FIXTURE.replace(
        "does = \"run\"",
        "does = \"run\"\n  authentik = \">=2025.10\"",
    );
    let words = Words::parse(&text).unwrap().findings.remove(0).fixes;
    let mut shop = shop(Flavour::Docker, false);
    let run = |shop: &Workshop| {
        let fixes = render(&words, &values("x"), shop);
        fixes.into_iter().find(|fix| fix.does == "run")
    };
    assert_eq!(
        run(&shop).unwrap().note.as_deref(),
        Some("for authentik >=2025.10")
    );
    shop.version = Some("2025.10.0-rc1".parse().unwrap());
    assert_eq!(run(&shop).unwrap().note, None);
    shop.version = Some("2025.8.1".parse().unwrap());
    assert_eq!(run(&shop), None);
}
