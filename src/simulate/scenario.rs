//! The scenarios and their index: reading a file, and laying an overlay over the world that it is
//! based on.

use anyhow::{Context, bail};
use toml::{Table, Value};

use super::world::World;

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        /// Every scenario, in the order of `simulate --list`.
        const FILES: &[(&str, &str)] =
            &[$(($name, include_str!(concat!("scenarios/", $name, ".toml")))),*];
    };
}

files! {
    "healthy",
    "apps-otherwise",
    "server-down",
    "database-down",
    "database-hanging",
    "worker-down",
    "starting",
    "not-authentik",
    "oom",
    "limited-token",
    "token-expired",
    "several",
    "redirect-trailing-slash",
    "redirect-scheme",
    "redirect-host",
    "redirect-port",
    "redirect-case",
    "redirect-encoded-twice",
    "redirect-white-space",
    "redirect-regex-as-strict",
    "redirect-broken-regex",
    "redirect-logout-type",
    "redirect-other-provider",
    "redirect-copied",
    "redirect-forbidden-scheme",
    "redirect-lines-of-text",
    "empty-list",
    "no-provider",
    "provider-of-another-kind",
    "provider-without-application",
    "unseen-applications",
    "hostile-names",
    "grant-types",
    "client-id",
    "discovery-page",
    "issuer-slash",
    "issuer-fixed-host",
    "issuer-global",
    "slug-of-another",
    "slug-unknown",
    "no-signing-key",
    "key-without-private",
    "tokens-encrypted",
    "minio-without-sign-in",
    "settings-in-file",
    "secret-of-app",
    "secret-of-authentik",
    "secret-in-quotes",
    "secret-missing",
    "public-client",
    "scope-missing",
    "email-unverified",
    "minio-without-policy",
    "claims-not-in-id-token",
    "flow-not-applicable",
    "flow-empty",
    "flow-without-login",
    "flow-denies",
    "flow-missing",
    "flow-of-sources",
    "brand-without-flow",
    "brand-of-another-host",
    "no-authorization-flow",
    "sign-out-keeps-session",
    "sign-out-without-flow",
    "end-session-missing",
    "logout-url-of-another",
    "behind-proxy",
    "tls-expired",
    "tls-wrong-name",
    "tls-unknown-authority",
    "tls-incomplete-chain",
    "tls-expires-soon",
    "tls-plain-http",
    "tls-self-signed",
    "app-stopped",
    "app-port-elsewhere",
    "app-refused",
    "sso-not-configured",
    "start-unknown-host",
    "start-unreadable-document",
    "start-page",
    "start-fails",
    "start-endless",
    "start-no-address",
    "start-javascript",
    "start-moved",
    "start-elsewhere",
    "start-other-provider",
    "start-other-instance",
    "start-wrong-path",
    "start-no-openid",
    "start-parameters",
    "start-response-type",
    "start-pkce-method",
    "authorize-refuses",
    "proxy-without-scheme",
    "proxy-not-trusted",
    "proxy-host-rewritten",
    "cookie-domain",
    "http-beside-https",
    "callback-elsewhere",
    "callback-refused",
    "callback-of-another",
    "too-wide",
    "dns-missing",
    "dns-wrong",
    "container-dns-missing",
    "published-on-loopback",
    "service-name-in-url",
    "service-name-in-urls",
    "inactive-user",
    "missing-user",
    "user-in-other-letters",
    "no-password",
    "mfa-required",
    "no-superuser",
    "not-superuser",
    "not-in-group",
    "nested-group",
    "missing-group",
    "user-type",
    "stranger-tried",
    "shared-email",
    "directory-100k",
    "app-nobody",
    "app-not-for-person",
    "app-unbound",
    "negated-binding",
    "policy-raises",
    "binding-off",
    "expired-binding",
    "many-failures",
    "policy-exception",
    "policy-exception-in-log",
    "changed-before-failure",
    "log-story",
    "database-password",
    "disk-full",
    "past-errors",
    "only-noise",
    "migration-lock",
}

/// Lists whose first entry that fits wins: an overlay's entries stand before those beneath.
const FIRST_WINS: &[&str] = &["http", "exec"];

/// Names and titles.
pub(super) fn all() -> impl Iterator<Item = (&'static str, String)> {
    FILES.iter().map(|(name, text)| {
        let table: Table = text.parse().unwrap_or_default();
        let title = table.get("title").and_then(Value::as_str);
        (*name, title.unwrap_or_default().to_owned())
    })
}

/// The world of a scenario, with one more overlay of TOML on it.
pub(super) fn load(name: &str, more: &str) -> anyhow::Result<World> {
    let mut world = table(name)?;
    let more: Table = more.parse().context("reading the overlay")?;
    lay_over(&mut world, more);
    Value::Table(world)
        .try_into()
        .with_context(|| format!("reading scenario {name:?}"))
}

/// A scenario's table with everything that it is based on.
fn table(name: &str) -> anyhow::Result<Table> {
    let Some((_, text)) = FILES.iter().find(|(known, _)| *known == name) else {
        let known: Vec<_> = FILES.iter().map(|(name, _)| *name).collect();
        bail!(
            "there is no scenario {name:?}; there are {}",
            known.join(", ")
        );
    };
    let mut overlay: Table = text
        .parse()
        .with_context(|| format!("reading scenario {name:?}"))?;
    match overlay.remove("based_on") {
        None => Ok(overlay),
        Some(Value::String(base)) if base != name => {
            let mut world = table(&base)?;
            lay_over(&mut world, overlay);
            Ok(world)
        }
        Some(other) => bail!("scenario {name:?} cannot be based on {other}"),
    }
}

/// Tables are joined key by key, lists of rules stand before those beneath, anything else
/// replaces.
fn lay_over(world: &mut Table, overlay: Table) {
    for (key, value) in overlay {
        match (world.get_mut(&key), value) {
            (Some(Value::Table(beneath)), Value::Table(over)) => lay_over(beneath, over),
            (Some(Value::Array(beneath)), Value::Array(mut over))
                if FIRST_WINS.contains(&key.as_str()) =>
            {
                over.append(beneath);
                *beneath = over;
            }
            (_, value) => {
                world.insert(key, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::recorded;
    use super::*;

    #[test]
    fn every_scenario_file_is_in_the_index() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/simulate/scenarios");
        let mut on_disk: Vec<_> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        on_disk.sort();
        let mut indexed: Vec<_> = FILES
            .iter()
            .map(|(name, _)| format!("{name}.toml"))
            .collect();
        indexed.sort();
        assert_eq!(on_disk, indexed);
    }

    #[test]
    fn every_scenario_loads_and_names_only_what_there_is() {
        for (name, title) in all() {
            let world = load(name, "").unwrap_or_else(|error| panic!("{name}: {error:#}"));
            assert_eq!(world.title, title, "{name}");
            assert!(!title.is_empty() && !title.contains('\n'), "{name}");
            for rule in &world.http {
                assert!(
                    world.listener.contains_key(&rule.listener),
                    "{name}: {}",
                    rule.listener
                );
                for file in rule.recorded.iter().chain(&rule.list) {
                    assert!(recorded::answer(file).is_some(), "{name}: {file}");
                }
            }
            for answer in &world.exec {
                assert!(world.container.contains_key(&answer.container), "{name}");
            }
            let logs = world
                .container
                .values()
                .filter_map(|container| container.log.as_deref());
            for log in logs {
                assert!(recorded::text(log).is_some(), "{name}: {log}");
            }
        }
    }

    #[test]
    fn an_unknown_word_is_an_error() {
        let mut world = table("healthy").unwrap();
        lay_over(
            &mut world,
            "[container.gitea]\nstate = \"exited\"".parse().unwrap(),
        );
        let error = Value::Table(world).try_into::<World>().unwrap_err();
        assert!(error.to_string().contains("state"), "{error}");
    }

    #[test]
    fn an_overlay_changes_only_what_it_names() {
        let mut world: Table = "a = 1\n[t]\nx = 1\ny = [1]\n[[http]]\nn = 1"
            .parse()
            .unwrap();
        lay_over(&mut world, "[t]\ny = [2]\n[[http]]\nn = 2".parse().unwrap());
        let wanted: Table = "a = 1\n[t]\nx = 1\ny = [2]\n[[http]]\nn = 2\n[[http]]\nn = 1"
            .parse()
            .unwrap();
        assert_eq!(world, wanted);
    }
}
