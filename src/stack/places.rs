//! On which lines akdoctor.toml speaks of what, for formats that point at them.

use toml::de::{DeTable, DeValue};

use super::problem::Position;
use crate::model::{Kind, Places, Subject};

/// The lines of a configuration that has been read before; what is unreadable has none.
pub(super) fn places(file: &str, text: &str) -> Places {
    let mut places = Places {
        file: Some(file.to_owned()),
        ..Places::default()
    };
    let Ok(document) = DeTable::parse(text) else {
        return places;
    };
    let line = |at: usize| Position::of(text, at).line;
    for (key, value) in document.get_ref() {
        let key_line = line(key.span().start);
        match (key.get_ref().as_ref(), value.get_ref()) {
            ("authentik", _) => places.authentik = Some(key_line),
            ("app", DeValue::Array(apps)) => {
                for app in apps.iter() {
                    for name in texts(app.get_ref(), &["name", "slug"]) {
                        let subject = Subject::new(Kind::App, name);
                        places.lines.push((subject, line(app.span().start)));
                    }
                }
            }
            ("user", DeValue::Array(users)) => {
                for user in users.iter() {
                    for name in texts(user.get_ref(), &["username"]) {
                        let subject = Subject::new(Kind::Person, name);
                        places.lines.push((subject, line(user.span().start)));
                    }
                }
            }
            _ => {}
        }
    }
    places
}

fn texts<'v>(table: &'v DeValue<'_>, keys: &[&str]) -> Vec<&'v str> {
    let DeValue::Table(table) = table else {
        return Vec::new();
    };
    let values = keys
        .iter()
        .filter_map(|key| match table.get(*key)?.get_ref() {
            DeValue::String(text) => Some(text.as_ref()),
            _ => None,
        });
    values.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_table_has_its_line() {
        let text = "# mine\n[authentik]\nurl = \"http://a\"\n\n[[app]]\nslug = \"gitea\"\n\
                    name = \"Gitea\"\n[[app]]\nslug = \"x\"\n[[user]]\nusername = \"anna\"\n";
        let places = places("akdoctor.toml", text);
        for (kind, name, line) in [
            (Kind::App, "Gitea", 5),
            (Kind::App, "gitea", 5),
            (Kind::App, "x", 8),
            (Kind::App, "other", 1),
            (Kind::Person, "anna", 10),
            (Kind::Database, "db", 2),
            (Kind::Instance, "http://a", 2),
        ] {
            let found = places.of(&Subject::new(kind, name));
            assert_eq!(found, Some(("akdoctor.toml", line)), "{name}");
        }
        assert_eq!(Places::default().of(&Subject::new(Kind::App, "x")), None);
    }
}
