//! What looks like a secret: tokens by their form, values by the name before them, passwords in
//! URLs. When in doubt it is hidden.

use std::ops::Range;

use super::{
    names,
    scan::{
        all_of, begins_line, is_blank, is_name, is_token, line_end, name_before, run, run_back,
        shown,
    },
};

/// Every stretch of the text that looks like a secret; stretches may overlap.
pub(super) fn find(text: &str) -> Vec<Range<usize>> {
    let finders = [
        json_web_tokens,
        private_keys,
        authorizations,
        url_passwords,
        parameters,
        quoted_members,
        lines,
    ];
    finders
        .iter()
        .flat_map(|find| find(text))
        .filter_map(|range| shown(text, range))
        .collect()
}

/// `eyJ….….…`, RFC 7519; a JWE has five parts.
fn json_web_tokens(text: &str) -> Vec<Range<usize>> {
    let part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '=');
    text.match_indices("eyJ")
        .filter_map(|(at, _)| {
            let end = run(text, at, part);
            let mut parts = text[at..end].split('.');
            let long = |part: Option<&str>| part.is_some_and(|part| part.len() >= 4);
            (long(parts.next()) && long(parts.next()) && parts.next().is_some()).then_some(at..end)
        })
        .collect()
}

/// PEM, with real or escaped line breaks.
fn private_keys(text: &str) -> Vec<Range<usize>> {
    const BEGIN: &str = "-----BEGIN ";
    const KIND: &str = "PRIVATE KEY-----";
    text.match_indices(BEGIN)
        .filter_map(|(at, _)| {
            let kind = at + BEGIN.len();
            let from = run(text, kind, |c| {
                c.is_ascii_uppercase() || matches!(c, ' ' | '-')
            });
            let end = text[from..]
                .find("-----END")
                .map_or(text.len(), |length| from + length);
            text[kind..from].ends_with(KIND).then_some(from..end)
        })
        .collect()
}

/// What follows `Bearer`, `Basic` or `Token`.
fn authorizations(text: &str) -> Vec<Range<usize>> {
    ["bearer ", "basic ", "bearer%20", "basic%20"]
        .iter()
        .flat_map(|scheme| all_of(text, scheme).map(|at| (at, at + scheme.len())))
        .filter(|(at, _)| !text[..*at].ends_with(is_name))
        .filter_map(|(_, from)| {
            let from = run(text, from, is_blank);
            let end = run(text, from, is_token);
            is_credential(&text[from..end]).then_some(from..end)
        })
        .collect()
}

/// Whether the word after a scheme is a credential: not prose, and not a challenge's parameter.
fn is_credential(word: &str) -> bool {
    const PROSE: [&str; 9] = [
        "auth",
        "authentication",
        "authorization",
        "credentials",
        "header",
        "scheme",
        "token",
        "tokens",
        "token.",
    ];
    let parameter = ["realm=", "error=", "scope=", "charset="]
        .iter()
        .any(|name| word.starts_with(name));
    word.len() >= 4 && !parameter && !PROSE.contains(&word.to_ascii_lowercase().as_str())
}

/// `scheme://user:password@host`, also where the password holds characters that should have been
/// encoded; the whole of it where there is no colon (`https://token@host`).
fn url_passwords(text: &str) -> Vec<Range<usize>> {
    text.match_indices("://")
        .filter_map(|(at, _)| {
            let from = at + 3;
            let word = run(text, from, |c| {
                !c.is_whitespace() && !matches!(c, '"' | '\'' | '<' | '>')
            });
            let authority = run(&text[..word], from, |c| !matches!(c, '/' | '?' | '#'));
            let colon = text[from..authority].find(':').map(|length| from + length);
            if let Some(sign) = text[from..authority].rfind('@') {
                let sign = from + sign;
                return Some(colon.filter(|&colon| colon < sign).map_or(from, |c| c + 1)..sign);
            }
            // No `@` before the path: a colon that no port follows began a password with a `/`.
            let colon = colon?;
            let port = text[colon + 1..authority]
                .bytes()
                .all(|b| b.is_ascii_digit());
            let sign = text[colon..word].rfind('@')?;
            (!port).then_some(colon + 1..colon + sign)
        })
        .collect()
}

/// `name=value` in queries, forms, environments and command lines, also URL-encoded once or twice.
fn parameters(text: &str) -> Vec<Range<usize>> {
    ["=", "%3d", "%253d"]
        .iter()
        .flat_map(|sign| all_of(text, sign).map(|at| (at, at + sign.len(), sign.len() > 1)))
        .filter_map(|(at, from, encoded)| {
            let close = run_back(text, at, is_blank);
            let name = name_before(text, close);
            let spaced = close != at;
            let secret = if spaced {
                names::is_secret(name)
            } else {
                names::is_secret_parameter(name)
            };
            secret.then(|| value_after(text, close - name.len(), from, encoded))
        })
        .collect()
}

/// The value of a parameter whose name begins at `name` and whose sign ends at `from`.
fn value_after(text: &str, name: usize, from: usize, encoded: bool) -> Range<usize> {
    let from = run(text, from, is_blank);
    if let Some(quote) = text[from..]
        .chars()
        .next()
        .filter(|c| matches!(c, '"' | '\''))
    {
        return from + 1..quoted_end(text, from + 1, &quote.to_string());
    }
    let variable = text[name..from]
        .chars()
        .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || matches!(c, '_' | '='));
    if variable && (name == 0 || text[..name].ends_with('\n')) {
        // A line of an environment: blanks belong to the value.
        return from..line_end(text, from);
    }
    let stops =
        |c: char| c.is_whitespace() || matches!(c, '&' | '"' | '\'' | '#' | '<' | '>' | '\\');
    let end = run(text, from, |c| !stops(c));
    if !encoded {
        return from..end;
    }
    let value = &text[from..end];
    let next = ["%26", "%2526"]
        .iter()
        .filter_map(|and| value.find(and))
        .min();
    from..next.map_or(end, |length| from + length)
}

/// `"name": "value"` in JSON, JSON inside JSON and Python's notation.
fn quoted_members(text: &str) -> Vec<Range<usize>> {
    text.match_indices(':')
        .filter_map(|(at, _)| {
            let close = run_back(text, at, is_blank);
            let quote = ["\\\"", "\"", "'"]
                .into_iter()
                .find(|q| text[..close].ends_with(q))?;
            let name = name_before(text, close - quote.len());
            let from = run(text, at + 1, char::is_whitespace);
            member_value(text, from, quote)
                .filter(|range| is_secret_member(name, &text[range.clone()]))
        })
        .collect()
}

fn member_value(text: &str, from: usize, quote: &str) -> Option<Range<usize>> {
    if text[from..].starts_with(quote) {
        let from = from + quote.len();
        return Some(from..quoted_end(text, from, quote));
    }
    // A number can be a password; `null`, `true`, lists and objects hold none themselves.
    let end = run(text, from, |c| c.is_ascii_digit());
    (end > from).then_some(from..end)
}

/// Where a quoted value ends: at the next quote that is not escaped.
fn quoted_end(text: &str, from: usize, quote: &str) -> usize {
    let mut at = from;
    while let Some(length) = text[at..].find(quote) {
        let end = at + length;
        let escapes = text[from..end]
            .bytes()
            .rev()
            .take_while(|b| *b == b'\\')
            .count();
        if escapes % 2 == 0 {
            return end;
        }
        at = end + quote.len();
    }
    text.len()
}

/// OAuth's passing parameters are also plain words in JSON (`"state": "queued"`, `"code":
/// "invalid"`); only a value that looks made by a machine is one.
pub(super) fn is_secret_member(name: &str, value: &str) -> bool {
    let made = value.len() >= 16
        && value.chars().all(is_token)
        && value
            .chars()
            .any(|c| c.is_ascii_digit() || c.is_ascii_uppercase());
    names::is_secret(name) || (names::is_passing(name) && made)
}

/// `Name: value` as a header anywhere, or as a line of YAML.
fn lines(text: &str) -> Vec<Range<usize>> {
    const HEADERS: [&str; 4] = [
        "cookie",
        "set-cookie",
        "authorization",
        "proxy-authorization",
    ];
    text.match_indices(':')
        .filter_map(|(at, _)| {
            let name = name_before(text, at);
            let header = HEADERS
                .iter()
                .any(|header| name.eq_ignore_ascii_case(header));
            let from = run(text, at + 1, is_blank);
            let line =
                names::is_secret(name) && from > at + 1 && begins_line(text, at - name.len());
            (header || line).then(|| rest_of_line(text, at - name.len(), from))
        })
        .collect()
}

/// The value of a header or line; one that stands in quotes as a whole ends with them. The scheme
/// of an authorization stays, it is no secret and tells what was tried.
fn rest_of_line(text: &str, name: usize, from: usize) -> Range<usize> {
    let end = match text[..name].chars().next_back() {
        Some(quote @ ('"' | '\'')) => run(text, from, |c| c != quote && c != '\n'),
        _ => line_end(text, from),
    };
    let scheme = ["bearer ", "basic ", "token ", "digest "]
        .iter()
        .find(|scheme| {
            text.get(from..from + scheme.len())
                .is_some_and(|word| word.eq_ignore_ascii_case(scheme))
        });
    (from + scheme.map_or(0, |scheme| scheme.len())).min(end)..end
}
