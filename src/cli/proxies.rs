//! Says which proxies of the environment are in use: a run through a proxy sees another world.

use url::Url;

use crate::model::list_of;

/// The variables that reqwest reads, each also in lower case.
const VARIABLES: [&str; 3] = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"];

/// "requests go through http://proxy:3128 (HTTPS_PROXY), except for …", if there is a proxy.
pub(super) fn note(var: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    let set = |name: &str| {
        let value = var(&name.to_lowercase()).or_else(|| var(name));
        value.filter(|value| !value.is_empty())
    };
    let proxies: Vec<String> = VARIABLES
        .iter()
        .filter_map(|name| Some(format!("{} ({name})", place(&set(name)?))))
        .collect();
    if proxies.is_empty() {
        return None;
    }
    let except = set("NO_PROXY").map_or_else(String::new, |hosts| {
        format!(", except to {hosts} (NO_PROXY)")
    });
    Some(format!("requests go through {}{except}", list_of(&proxies)))
}

/// The proxy without user and password, which stand in many such variables.
fn place(proxy: &str) -> String {
    // Without a scheme it is plain HTTP; `other:8080` would else be of the scheme "other".
    let url = match proxy.contains("://") {
        true => Url::parse(proxy),
        false => Url::parse(&format!("http://{proxy}")),
    };
    match url {
        Ok(url) if url.has_host() => {
            url[..url::Position::BeforeUsername].to_owned()
                + &url[url::Position::BeforeHost..url::Position::AfterPort]
        }
        _ => "a proxy whose address cannot be read".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noted(set: &[(&str, &str)]) -> Option<String> {
        note(&|name| {
            let found = set.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn proxies_are_named_without_their_password() {
        let said = noted(&[
            ("https_proxy", "http://me:s3cret@proxy.company:3128/"),
            ("HTTP_PROXY", "other:8080"),
            ("NO_PROXY", "localhost"),
        ]);
        assert_eq!(
            said.as_deref(),
            Some(
                "requests go through http://other:8080 (HTTP_PROXY) and \
                 http://proxy.company:3128 (HTTPS_PROXY), except to localhost (NO_PROXY)"
            )
        );
    }

    #[test]
    fn an_unreadable_proxy_shows_nothing_of_itself() {
        let said = noted(&[("ALL_PROXY", "http://me:s3cret@[bad")]).unwrap();
        assert!(!said.contains("s3cret"), "{said}");
        assert_eq!(noted(&[("HTTP_PROXY", "")]), None);
    }
}
