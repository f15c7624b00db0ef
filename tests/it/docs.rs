//! The repository held together: generated pages say what the checks say, folders, `mod` lines and
//! the index agree, and every word is in the house's style.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use akdoctor::{
    checks::ALL,
    stack::profiles::profiles,
    words::{Outline, Words, outline, page},
};

const BLESS: &str = "write it anew with: AKDOCTOR_BLESS=1 cargo test --test it docs::";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn all_words() -> Vec<Words> {
    ALL.iter()
        .map(|check| Words::parse(check.words).unwrap_or_else(|error| panic!("{error}")))
        .collect()
}

/// The names in a folder that a test of theirs takes.
fn names(folder: &Path, takes: impl Fn(&Path) -> bool) -> BTreeSet<String> {
    let Ok(entries) = fs::read_dir(folder) else {
        return BTreeSet::new();
    };
    let paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths
        .iter()
        .filter(|path| takes(path))
        .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
        .collect()
}

#[test]
fn pages_say_what_the_checks_say() {
    let folder = root().join("docs/checks");
    let bless = std::env::var_os("AKDOCTOR_BLESS").is_some();
    for words in all_words() {
        let (path, page) = (folder.join(format!("{}.md", words.id)), page(&words));
        if bless {
            fs::create_dir_all(&folder).unwrap();
            fs::write(&path, &page).unwrap();
        }
        let found = fs::read_to_string(&path).unwrap_or_default();
        assert!(
            found == page,
            "docs/checks/{}.md is not what its check says; {BLESS}",
            words.id
        );
    }
    let pages = names(&folder, |path| {
        path.extension().is_some_and(|end| end == "md")
    });
    let ids: BTreeSet<String> = all_words().into_iter().map(|words| words.id).collect();
    let orphans: Vec<&String> = pages.difference(&ids).collect();
    assert!(
        orphans.is_empty(),
        "pages without a check, delete them: {orphans:?}"
    );
}

#[test]
fn folders_mod_lines_and_the_index_agree() {
    let index = fs::read_to_string(root().join("checks/mod.rs")).unwrap();
    let modules: BTreeSet<String> = index
        .lines()
        .filter_map(|line| line.strip_prefix("mod ").or(line.strip_prefix("pub mod ")))
        .filter_map(|line| line.strip_suffix(';'))
        .map(str::to_owned)
        .collect();
    let folders = names(&root().join("checks"), |path| path.is_dir());
    assert_eq!(
        folders, modules,
        "folders and `mod` lines of checks/ differ"
    );
    let ids: Vec<String> = all_words()
        .into_iter()
        .map(|words| words.id.replace('-', "_"))
        .collect();
    assert_eq!(
        ids,
        folders.into_iter().collect::<Vec<_>>(),
        "ALL is to hold each, in order"
    );
}

/// `akdoctor list` reads no more than it tells.
#[test]
fn the_outline_of_a_check_is_what_its_words_say() {
    for (check, words) in ALL.iter().zip(all_words()) {
        let outline = outline(check.words);
        let wanted = Outline::from(&words);
        let why = "write id, group, title, code, severity and says as \"text\" on one line, \
                   without escapes, before the arrays that span lines";
        assert_eq!(outline, Some(wanted), "{}: {why}", words.id);
        // What a start trusts is what the tests have read.
        let own = Words::own(check.words).unwrap();
        assert_eq!(format!("{own:?}"), format!("{words:?}"));
    }
}

#[test]
fn codes_are_used_once_and_those_referred_to_exist() {
    let mut codes = BTreeMap::new();
    let all = all_words();
    for words in &all {
        let living = words.findings.iter().map(|finding| &finding.code);
        for code in living.chain(&words.retired) {
            let twice = codes.insert(code, &words.id);
            assert_eq!(twice, None, "{code} stands twice");
        }
    }
    for finding in all.iter().flat_map(|words| &words.findings) {
        for cause in &finding.explained_by {
            let living = all.iter().any(|words| words.finding(cause).is_some());
            assert!(
                living,
                "{} is explained by {cause}, which is none",
                finding.code
            );
        }
        for fix in &finding.fixes {
            let proof = all.iter().any(|words| words.id == fix.proves);
            assert!(
                proof,
                "a fix of {} is proved by {}, which is none",
                finding.code, fix.proves
            );
        }
    }
}

#[test]
fn words_are_in_the_house_style() {
    for words in all_words() {
        let fixes = |finding: &akdoctor::words::FindingWords| finding.fixes.clone();
        let does: Vec<String> = words
            .findings
            .iter()
            .flat_map(fixes)
            .map(|fix| fix.does)
            .collect();
        let says = words.findings.iter().map(|finding| &finding.says);
        let phrases = [&words.title, &words.why];
        for phrase in phrases.into_iter().chain(says).chain(&does) {
            let plain = !phrase.ends_with(['.', '!', ':']) && !phrase.contains('\n');
            assert!(plain && phrase.trim() == phrase, "{}: {phrase:?}", words.id);
        }
        for finding in &words.findings {
            assert!(
                !finding.explain.contains("{{"),
                "{}: explain is fixed text",
                finding.code
            );
        }
        let links = words.see.iter().all(|link| link.starts_with("https://"));
        assert!(links, "{}: {:?}", words.id, words.see);
    }
}

/// The row of a profile in docs/profiles.md names what it is recognised by.
#[test]
fn the_table_of_profiles_says_what_they_say() {
    let page = fs::read_to_string(root().join("docs/profiles.md")).unwrap();
    for profile in profiles().unwrap() {
        let head = format!("| `{}` |", profile.id);
        let row = page.lines().find(|line| line.starts_with(&head));
        let row = row.unwrap_or_else(|| panic!("no row of {}", profile.id));
        let tables = profile.redirect_uris.iter();
        let bases = tables.flat_map(|form| match form {
            akdoctor::stack::profiles::Form::Whole { whole } => [whole.clone(), whole.clone()],
            akdoctor::stack::profiles::Form::Joined { base, path, .. } => {
                [base.clone(), path.clone()]
            }
        });
        // The image of the container registry beside Docker's is the same one.
        let images = profile
            .images
            .iter()
            .filter(|it| !it.starts_with("docker."));
        let images = images.filter(|it| !it.starts_with("bitnami/"));
        let said = images
            .chain(profile.marks.first())
            .chain(&profile.client_id)
            .cloned()
            .chain(bases);
        for said in said {
            assert!(row.contains(&format!("`{said}`")), "{said}: {row}");
        }
    }
    let rows = page.lines().filter(|line| line.starts_with("| `"));
    let ids = profiles().unwrap();
    for row in rows.take(ids.len()) {
        let id = row.trim_start_matches("| `").split('`').next().unwrap();
        assert!(ids.iter().any(|profile| profile.id == id), "{row}");
    }
}
