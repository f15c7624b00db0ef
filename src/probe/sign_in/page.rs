//! authentik's pages that are an end: access denied, and errors.

use super::session::{Reply, Session};
use crate::model::End;

/// Texts of a page that are kept.
const MOST: usize = 8;

/// What a page that leads nowhere means.
pub(super) fn end(session: &Session<'_>, reply: &Reply) -> End {
    if let Some(says) = denied(&reply.text, session.user) {
        let says = says.iter().map(|text| session.tidy(text)).collect();
        return End::NoAccess { says };
    }
    let heading = heading(&reply.text).map(|heading| session.tidy(&heading));
    End::ErrorPage {
        status: reply.status,
        heading,
    }
}

/// authentik's words on its page "Permission denied", which has status 200 (recorded 212):
/// `None` where the page is another.
fn denied(html: &str, user: &str) -> Option<Vec<String>> {
    if !html.contains("Permission denied") {
        return None;
    }
    let texts = texts(html);
    let begin = texts.iter().rposition(|text| text == "Permission denied")?;
    let mut says = Vec::new();
    for text in &texts[begin + 1..] {
        // The page's foot.
        if text.starts_with("Powered by") {
            break;
        }
        if text != "Not you?" && text != user && says.len() < MOST {
            says.push(text.clone());
        }
    }
    Some(says)
}

/// The heading of a page: "Redirect URI Error" (recorded 001).
fn heading(html: &str) -> Option<String> {
    let lower = html.to_ascii_lowercase();
    let begin = lower.find("<h1")?;
    let end = begin + lower[begin..].find("</h1")?;
    let texts = texts(html.get(begin..end)?);
    (!texts.is_empty()).then(|| texts.join(" "))
}

/// The texts between tags; scripts and styles have none.
fn texts(html: &str) -> Vec<String> {
    let mut texts = Vec::new();
    let mut hidden = false;
    for part in html.split('<') {
        let (tag, text) = part.split_once('>').unwrap_or(("", part));
        let name = tag.to_ascii_lowercase();
        if name.starts_with("script") || name.starts_with("style") {
            hidden = !name.ends_with('/');
        } else if name.starts_with("/script") || name.starts_with("/style") {
            hidden = false;
        }
        let words: Vec<&str> = text.split_whitespace().collect();
        if !hidden && !words.is_empty() {
            texts.push(unescaped(&words.join(" ")));
        }
    }
    texts
}

/// The entities that Django's templates write.
fn unescaped(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#x27;", "'")
        .replace("&#39;", "'")
        .replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_a_refusal_are_found() {
        let page = "<title>Permission denied - authentik</title><script>var a = 1 < 2;</script>\
            <h1>Permission denied</h1><form><div>\n anna\n</div><a>Not you?</a><p><i></i>\n \
            Request has been denied.</p><hr><em>Messages:</em><li>It&#x27;s &lt;closed&gt;</li>\
            </form><span>Powered by authentik</span>";
        let says = denied(page, "anna").unwrap();
        assert_eq!(
            says,
            ["Request has been denied.", "Messages:", "It's <closed>"]
        );
        assert_eq!(denied("<h1>Not Found</h1>", "anna"), None);
    }

    #[test]
    fn a_heading_is_found() {
        let page = "<H1 class=x>\n Redirect URI <b>Error</b></H1>";
        assert_eq!(heading(page).as_deref(), Some("Redirect URI Error"));
        assert_eq!(heading("<h1>"), None);
        assert_eq!(heading("<h1></h1>"), None);
    }
}
