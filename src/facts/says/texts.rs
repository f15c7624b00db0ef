//! Values out of pages and files of apps.

use url::Url;

/// What follows `link` in the links of a page, each once, as it stands there (percent-encoded).
pub(super) fn links(html: &str, link: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for part in html.split("href=").skip(1) {
        let quote = part.chars().next().filter(|c| *c == '"' || *c == '\'');
        let Some(target) = quote.and_then(|quote| part[1..].split(quote).next()) else {
            continue;
        };
        // Either a path or a whole URL.
        let target = &unescaped(target);
        let path = match Url::parse(target) {
            Ok(url) => url.path().to_owned(),
            Err(_) => target
                .split(['?', '#'])
                .next()
                .unwrap_or_default()
                .to_owned(),
        };
        if let Some((_, name)) = path.split_once(link) {
            let name = name.trim_end_matches('/');
            if !name.is_empty() && !name.contains('/') && names.iter().all(|known| known != name) {
                names.push(name.to_owned());
            }
        }
    }
    names
}

/// An attribute's text with the entities that Go's templates write (html/template) read back.
fn unescaped(text: &str) -> String {
    let entities = [
        ("&#43;", "+"),
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&lt;", "<"),
        ("&gt;", ">"),
    ];
    let read = |text: String, (entity, sign): (&str, &str)| text.replace(entity, sign);
    // The ampersand last: it may be the first sign of another entity's text.
    entities
        .into_iter()
        .fold(text.to_owned(), read)
        .replace("&amp;", "&")
}

/// A key's value in a section of an INI file; backquotes and double quotes around it go.
pub(super) fn ini_value(text: &str, section: &str, key: &str) -> Option<String> {
    let mut inside = false;
    for line in text.lines().map(str::trim) {
        if let Some(name) = line
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
        {
            inside = name.trim() == section;
        } else if inside
            && !line.starts_with(['#', ';'])
            && let Some((name, value)) = line.split_once('=')
            && name.trim() == key
        {
            let value = value.trim().trim_matches(['`', '"']);
            return (!value.is_empty()).then(|| value.to_owned());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_and_ini_files_are_read() {
        let page = r#"<a class="x" href="/user/oauth2/Authentik">a</a><a href='/user/login'>
            <a href="/git/user/oauth2/My%20IdP?redirect_to=/">b</a><a href="/user/oauth2/Authentik"><a href="/user/oauth2/R&amp;D&#43;X">"#;
        assert_eq!(
            links(page, "/user/oauth2/"),
            ["Authentik", "My%20IdP", "R&D+X"]
        );
        let ini = "ROOT_URL = no\n[server]\n; ROOT_URL = no\nROOT_URL = `http://g:3000/`\n[x]\n";
        assert_eq!(
            ini_value(ini, "server", "ROOT_URL").as_deref(),
            Some("http://g:3000/")
        );
        assert_eq!(ini_value(ini, "x", "ROOT_URL"), None);
    }
}
