//! The shape of akdoctor.toml. `docs/configuration.md` describes every key; keep the two alike.

use std::collections::BTreeMap;

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{
    App, Authentik, ConfigError, ContainerNames, Position, User,
    own::Named,
    reader::{Document, Fields, Located, Shape},
    values::{self, Fault},
};

const FILE: Shape = Shape {
    name: "the file",
    keys: &["authentik", "app", "user", "profiles"],
};
const AUTHENTIK: Shape = Shape {
    name: "[authentik]",
    keys: &["url", "also", "token", "containers"],
};
const TOKEN: Shape = Shape {
    name: "token",
    keys: &["env", "file"],
};
const CONTAINERS: Shape = Shape {
    name: "[authentik.containers]",
    keys: &["server", "worker", "postgresql", "redis"],
};
const APP: Shape = Shape {
    name: "[[app]]",
    keys: &[
        "name",
        "slug",
        "client_id",
        "url",
        "start",
        "redirect_uris",
        "container",
        "issuer",
        "client_secret",
        "profile",
        "sign_out",
    ],
};
const CLIENT_SECRET: Shape = Shape {
    name: "client_secret",
    keys: &["env", "file"],
};
const USER: Shape = Shape {
    name: "[[user]]",
    keys: &["username", "groups", "superuser", "type", "apps"],
};

/// A key whose value says where a secret is.
struct SecretKey {
    key: &'static str,
    shape: &'static Shape,
    how: &'static str,
}

const TOKEN_KEY: SecretKey = SecretKey {
    key: "token",
    shape: &TOKEN,
    how: "write token = { env = \"NAME\" } or token = { file = \"path\" }, and keep the token there",
};
const CLIENT_SECRET_KEY: SecretKey = SecretKey {
    key: "client_secret",
    shape: &CLIENT_SECRET,
    how: "write client_secret = { env = \"NAME\" } or client_secret = { file = \"path\" }, and keep \
          the secret there",
};

/// What a file says.
#[derive(Debug, Default)]
pub(super) struct Described {
    pub authentik: Authentik,
    pub apps: Vec<App>,
    pub users: Vec<User>,
    pub token: Option<TokenSource>,
    /// Client secrets by the slug of their app.
    pub secrets: Vec<(String, TokenSource)>,
    /// Files and folders with profiles of the person's own.
    pub profiles: Vec<Named>,
    /// The profiles that apps are said to have.
    pub app_profiles: Vec<Named>,
    /// Whether the file says nothing at all.
    pub nothing: bool,
}

/// Where the file says that the token, or a client secret, is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TokenSource {
    pub holder: Holder,
    pub at: Position,
}

/// What holds a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Holder {
    /// An environment variable, by name.
    Variable(String),
    /// A file; `~` and relative paths as written.
    File(String),
}

/// Reads the text of the file that people know as `file`.
///
/// # Errors
/// Everything that is wrong. Text that is no TOML hides the rest: what is left of it would be
/// misread.
pub(super) fn parse(file: &str, text: &str) -> Result<Described, ConfigError> {
    let document = Document::new(file, text);
    let (table, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        note_syntax(&document, text, &errors);
        document.verdict()?;
    }
    let fields = Fields::new(&document, table.get_ref(), 0, &FILE);
    let (authentik, token) = match fields.table("authentik", &AUTHENTIK) {
        Some(fields) => (authentik(&fields), token(&document, &fields, &TOKEN_KEY)),
        None => (Authentik::default(), None),
    };
    let (apps, secrets) = apps(&document, &fields);
    let located = |text: Located<&str>| (text.value.to_owned(), document.position(text.at));
    let described = Described {
        authentik,
        profiles: fields.texts("profiles").into_iter().map(located).collect(),
        app_profiles: app_profiles(&document, &fields),
        apps,
        users: users(&fields),
        token,
        secrets,
        nothing: table.get_ref().is_empty(),
    };
    document.verdict()?;
    Ok(described)
}

/// One error a line: what follows on the same line is mostly the parser's own stumbling. The
/// library's ready-made text is not used, since it quotes the line, perhaps with a token in it.
fn note_syntax(document: &Document<'_>, text: &str, errors: &[toml::de::Error]) {
    let mut by_line = BTreeMap::new();
    for error in errors {
        let at = error.span().map_or(text.len(), |span| span.start);
        let first = by_line
            .entry(document.position(at).line)
            .or_insert((at, error));
        if at < first.0 {
            *first = (at, error);
        }
    }
    for (at, error) in by_line.into_values() {
        // So the parser takes every bare word that it does not know.
        let is_bare = error.message().starts_with("invalid boolean");
        let hint = if is_bare { "write text in quotes" } else { "" };
        document.wrong(at, format!("this is not TOML: {}", error.message()), hint);
    }
}

fn authentik(fields: &Fields<'_>) -> Authentik {
    let url = checked(fields, "url", fields.text("url"), values::base_url);
    Authentik {
        also: also(fields, url.as_deref()),
        url,
        containers: fields
            .table("containers", &CONTAINERS)
            .map(|fields| containers(&fields))
            .unwrap_or_default(),
    }
}

fn also(fields: &Fields<'_>, url: Option<&str>) -> Vec<String> {
    let mut known: Vec<(String, usize)> = Vec::new();
    for text in fields.texts("also") {
        let Some(also) = checked(fields, "also", Some(text), values::base_url) else {
            continue;
        };
        if fields.value("url").is_none() {
            fields.wrong(
                "also",
                text.at,
                "stands without url",
                "name the first as url",
            );
        } else if url == Some(also.as_str()) {
            fields.wrong("also", text.at, "names url once more", "leave it out");
        } else if let Some((_, first)) = known.iter().find(|(known, _)| *known == also) {
            fields.twice("also", text.at, *first);
        } else {
            known.push((also, text.at));
        }
    }
    known.into_iter().map(|(url, _)| url).collect()
}

fn containers(fields: &Fields<'_>) -> ContainerNames {
    let name = |key| container(fields, key);
    ContainerNames {
        server: name("server"),
        worker: name("worker"),
        postgresql: name("postgresql"),
        redis: name("redis"),
    }
}

fn container(fields: &Fields<'_>, key: &str) -> Option<String> {
    checked(fields, key, fields.text(key), |name| {
        values::container(name).map(|()| name.to_owned())
    })
}

fn token(document: &Document<'_>, fields: &Fields<'_>, secret: &SecretKey) -> Option<TokenSource> {
    let value = fields.value(secret.key)?;
    let at = value.span().start;
    let message = match value.get_ref() {
        DeValue::Table(_) => {
            let table = fields.table(secret.key, secret.shape)?;
            return holder(&table, secret).map(|holder| TokenSource {
                holder,
                at: document.position(at),
            });
        }
        DeValue::String(_) => "stands here in clear, for everybody who can read this file",
        _ => "is neither a variable nor a file",
    };
    fields.wrong(secret.key, at, message, secret.how);
    None
}

fn holder(fields: &Fields<'_>, secret: &SecretKey) -> Option<Holder> {
    let variable = checked(fields, "env", fields.text("env"), |name| {
        values::variable(name).map(|()| Holder::Variable(name.to_owned()))
    });
    let file = fields
        .text("file")
        .map(|at| Holder::File(at.value.to_owned()));
    match (fields.value("env"), fields.value("file")) {
        (Some(_), Some(_)) => {
            let message = "names both a variable and a file";
            fields.wrong(secret.key, fields.at, message, "leave one of them out");
        }
        (None, None) => fields.wrong(secret.key, fields.at, "names nothing", secret.how),
        _ => {}
    }
    variable.or(file)
}

/// Which profiles apps are said to have, and where. Faults of the values are noted with the apps.
fn app_profiles(document: &Document<'_>, fields: &Fields<'_>) -> Vec<Named> {
    let Some(DeValue::Array(apps)) = fields.value("app").map(Spanned::get_ref) else {
        return Vec::new();
    };
    let profiles = apps.iter().filter_map(|app| app.get_ref().get("profile"));
    profiles
        .filter_map(|value| {
            let id = value.get_ref().as_str()?.to_owned();
            Some((id, document.position(value.span().start)))
        })
        .collect()
}

fn apps(document: &Document<'_>, fields: &Fields<'_>) -> (Vec<App>, Vec<(String, TokenSource)>) {
    let mut apps: Vec<(App, usize)> = Vec::new();
    let mut secrets = Vec::new();
    for fields in fields.tables("app", &APP) {
        let secret = token(document, &fields, &CLIENT_SECRET_KEY);
        let Some((app, at)) = app(&fields) else {
            continue;
        };
        match apps.iter().find(|(known, _)| known.slug == app.slug) {
            Some((_, first)) => fields.twice("slug", at, *first),
            None => {
                secrets.extend(secret.map(|secret| (app.slug.clone(), secret)));
                apps.push((app, at));
            }
        }
    }
    (apps.into_iter().map(|(app, _)| app).collect(), secrets)
}

/// An app, and where its slug stands. All of its fields are read even if it has no name, so that
/// everything wrong with it is told.
fn app(fields: &Fields<'_>) -> Option<(App, usize)> {
    let name = fields.required("name", "add name = \"…\", as people call the app");
    let slug = slug(fields, name);
    let client_id = fields.text("client_id").map(|id| id.value.to_owned());
    let url = checked(fields, "url", fields.text("url"), |text| {
        values::web_url(text).map(|_| text.to_owned())
    });
    let start = start(fields, url.is_some());
    let redirect_uris = redirect_uris(fields);
    let container = container(fields, "container");
    let issuer = checked(fields, "issuer", fields.text("issuer"), |text| {
        values::web_url(text).map(|_| text.to_owned())
    });
    let profile = fields.text("profile").map(|id| id.value.to_owned());
    let sign_out = checked(
        fields,
        "sign_out",
        fields.text("sign_out"),
        values::sign_out,
    );
    let (name, slug) = (name?, slug?);
    let app = App {
        name: name.value.to_owned(),
        client_id,
        slug: slug.value,
        url,
        start,
        redirect_uris,
        container,
        issuer,
        client_secret: None,
        profile,
        sign_out,
    };
    Some((app, slug.at))
}

/// Where the sign-in begins; a path is one below `url`.
fn start(fields: &Fields<'_>, has_url: bool) -> Option<String> {
    let text = fields.text("start")?;
    let start = checked(fields, "start", Some(text), |text| {
        values::start(text).map(|()| text.to_owned())
    })?;
    if start.starts_with('/') && !has_url && fields.value("url").is_none() {
        let hint = "add url = \"…\", or write start as a whole URL";
        fields.wrong("start", text.at, "is a path and there is no url", hint);
        return None;
    }
    Some(start)
}

fn slug(fields: &Fields<'_>, name: Option<Located<&str>>) -> Option<Located<String>> {
    if fields.value("slug").is_some() {
        let slug = fields.text("slug")?;
        return checked(fields, "slug", Some(slug), |text| {
            values::slug(text).map(|()| text.to_owned())
        })
        .map(|value| Located { value, at: slug.at });
    }
    let Located { value, at } = name?;
    let value = values::slug_of(value);
    if values::slug(&value).is_err() {
        let hint = "add slug = \"…\", as in the application's URL in authentik";
        fields.wrong("name", at, "gives no slug", hint);
        return None;
    }
    Some(Located { value, at })
}

/// As written: authentik compares them character by character (2025.10, matching mode strict).
fn redirect_uris(fields: &Fields<'_>) -> Vec<String> {
    fields
        .texts("redirect_uris")
        .into_iter()
        .filter_map(|text| {
            checked(fields, "redirect_uris", Some(text), |uri| {
                values::redirect_uri(uri).map(|()| uri.to_owned())
            })
        })
        .collect()
}

fn users(fields: &Fields<'_>) -> Vec<User> {
    let mut users: Vec<(User, usize)> = Vec::new();
    for fields in fields.tables("user", &USER) {
        let groups = fields.texts("groups");
        let superuser = fields.flag("superuser");
        let kind = checked(&fields, "type", fields.text("type"), |kind| {
            values::account_type(kind).map(|()| kind.to_owned())
        });
        let apps = fields.texts("apps").into_iter().filter_map(|text| {
            checked(&fields, "apps", Some(text), |slug| {
                values::slug(slug).map(|()| slug.to_owned())
            })
        });
        let apps = apps.collect();
        let hint = "add username = \"…\", as in authentik";
        let Some(username) = fields.required("username", hint) else {
            continue;
        };
        let user = User {
            username: username.value.to_owned(),
            groups: groups.iter().map(|group| group.value.to_owned()).collect(),
            superuser,
            kind,
            apps,
        };
        match users
            .iter()
            .find(|(known, _)| known.username == user.username)
        {
            Some((_, first)) => fields.twice("username", username.at, *first),
            None => users.push((user, username.at)),
        }
    }
    users.into_iter().map(|(user, _)| user).collect()
}

/// The value that a text stands for; a fault is noted where the text stands.
fn checked<T>(
    fields: &Fields<'_>,
    key: &str,
    text: Option<Located<&str>>,
    check: impl Fn(&str) -> Result<T, Fault>,
) -> Option<T> {
    let text = text?;
    check(text.value)
        .map_err(|fault| fields.wrong(key, text.at, &fault.message, fault.hint))
        .ok()
}
