//! Scope mappings: which scope each is for and which claims its expression gives. The expression
//! itself is read inside the look and not kept: it may hold anything.

use serde::{Deserialize, Serialize};

/// A scope mapping, without its expression.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScopeMappingRow {
    /// Primary key.
    pub pk: String,
    /// Its name.
    pub name: String,
    /// The scope with which an app asks for it.
    pub scope: String,
    /// The name that authentik's blueprints know it by; `None` for one of somebody's own.
    pub managed: Option<String>,
    /// What its expression gives.
    pub gives: Gives,
}

/// What an expression gives, as far as its text tells.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gives {
    /// The claims that it names in a dictionary.
    pub claims: Vec<String>,
    /// Whether these are all: it returns one dictionary that is written out.
    pub whole: bool,
    /// What it says of `email_verified`, where that is written out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email_verified: Option<bool>,
}

/// The same as every source tells it.
#[derive(Deserialize)]
pub(super) struct Wire {
    pk: String,
    name: String,
    #[serde(alias = "scope_name")]
    scope: String,
    managed: Option<String>,
    #[serde(default)]
    expression: String,
}

impl Wire {
    /// Its primary key.
    pub(super) fn pk(&self) -> &str {
        &self.pk
    }
}

impl From<Wire> for ScopeMappingRow {
    fn from(wire: Wire) -> Self {
        Self {
            pk: wire.pk,
            name: wire.name,
            scope: wire.scope,
            managed: wire.managed.filter(|managed| !managed.is_empty()),
            gives: Gives::of(&wire.expression),
        }
    }
}

/// Claims of an expression that are kept, and the longest name of one.
const MOST: usize = 100;
const LONGEST: usize = 200;

impl Gives {
    /// Reads an expression (Python).
    pub fn of(expression: &str) -> Self {
        let tokens = tokens(expression);
        let mut gives = Self::default();
        let mut open: Vec<char> = Vec::new();
        for (at, token) in tokens.iter().enumerate() {
            match token {
                Token::Sign(sign @ ('{' | '[' | '(')) => open.push(*sign),
                Token::Sign('}' | ']' | ')') => {
                    open.pop();
                }
                Token::Text(text) if open == ['{'] && is(&tokens, at + 1, ':') => {
                    if text.len() <= LONGEST && gives.claims.len() < MOST {
                        gives.claims.push(text.clone());
                    }
                    if text == "email_verified" {
                        gives.email_verified = truth(&tokens, at + 2);
                    }
                }
                _ => {}
            }
        }
        let mut returns = tokens.iter().enumerate();
        let is_return = |token: &Token| matches!(token, Token::Word(word) if word == "return");
        let first = returns.find(|(_, token)| is_return(token));
        let only = !returns.any(|(_, token)| is_return(token));
        let spread = tokens
            .windows(2)
            .any(|pair| matches!(pair, [Token::Sign('*'), Token::Sign('*')]));
        gives.whole =
            only && !spread && first.is_some_and(|(at, _)| is_dictionary(&tokens, at + 1));
        gives
    }

    /// Whether it gives a claim; `None` where its text does not tell.
    pub fn gives(&self, claim: &str) -> Option<bool> {
        match self.claims.iter().any(|given| given == claim) {
            true => Some(true),
            false => self.whole.then_some(false),
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Token {
    Text(String),
    Word(String),
    Sign(char),
}

fn is(tokens: &[Token], at: usize, sign: char) -> bool {
    tokens.get(at) == Some(&Token::Sign(sign))
}

/// Whether a dictionary is all that stands from here on.
fn is_dictionary(tokens: &[Token], from: usize) -> bool {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(from) {
        match token {
            Token::Sign('{' | '[' | '(') => depth += 1,
            Token::Sign('}' | ']' | ')') => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return is(tokens, from, '{') && at + 1 == tokens.len();
        }
    }
    false
}

/// `True` or `False`, and nothing more before the next entry.
fn truth(tokens: &[Token], at: usize) -> Option<bool> {
    let ends = is(tokens, at + 1, ',') || is(tokens, at + 1, '}');
    match tokens.get(at) {
        Some(Token::Word(word)) if ends && word == "True" => Some(true),
        Some(Token::Word(word)) if ends && word == "False" => Some(false),
        _ => None,
    }
}

/// Texts, words and signs; comments and white space go.
fn tokens(expression: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = expression;
    while let Some(first) = rest.chars().next() {
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let end = match first {
            '#' => rest.find('\n').unwrap_or(rest.len()),
            '"' | '\'' => {
                let (text, end) = quoted(rest, first);
                tokens.push(Token::Text(text));
                end
            }
            c if is_word(c) => {
                let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
                tokens.push(Token::Word(rest[..end].to_owned()));
                end
            }
            c => {
                if !c.is_whitespace() {
                    tokens.push(Token::Sign(c));
                }
                c.len_utf8()
            }
        };
        rest = &rest[end..];
    }
    tokens
}

/// A text in quotes, one or three, and where it ends.
fn quoted(rest: &str, quote: char) -> (String, usize) {
    let three: String = std::iter::repeat_n(quote, 3).collect();
    let mark = if rest.starts_with(&three) {
        three
    } else {
        quote.to_string()
    };
    let mut at = mark.len();
    while at < rest.len() && !rest[at..].starts_with(&mark) {
        let mut chars = rest[at..].chars();
        let escapes = chars.next() == Some('\\');
        at += if escapes { 1 } else { 0 };
        at += rest[at..].chars().next().map_or(0, char::len_utf8);
    }
    let inner = rest.get(mark.len()..at.min(rest.len())).unwrap_or_default();
    (inner.to_owned(), (at + mark.len()).min(rest.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gives(expression: &str) -> (Vec<String>, bool, Option<bool>) {
        let gives = Gives::of(expression);
        (gives.claims, gives.whole, gives.email_verified)
    }

    #[test]
    fn authentiks_own_expressions_are_read_whole() {
        let email =
            "return {\n    \"email\": request.user.email,\n    \"email_verified\": False\n}";
        assert_eq!(
            gives(email),
            (
                vec!["email".into(), "email_verified".into()],
                true,
                Some(false)
            )
        );
        let profile = "return {\n # i.e. `request.user.name.split(\" \")`\n \"name\": request.user.name,\n \"groups\": [group.name for group in request.user.ak_groups.all()],\n}";
        assert_eq!(
            gives(profile),
            (vec!["name".into(), "groups".into()], true, None)
        );
        assert_eq!(gives("# nothing\nreturn {}"), (vec![], true, None));
        let nested = "return {\"ak_proxy\": {\"user_attributes\": 1, 'is': 2}}";
        assert_eq!(gives(nested), (vec!["ak_proxy".into()], true, None));
    }

    #[test]
    fn what_is_not_written_out_is_not_whole() {
        for expression in [
            "claims = {'policy': 'x'}\nreturn claims",
            "return {'policy': 'x', **other}",
            "if a:\n  return {'policy': 'x'}\nreturn {}",
            "return {'policy': 'x'} | more()",
        ] {
            let read = Gives::of(expression);
            assert_eq!(
                (read.gives("policy"), read.gives("other")),
                (Some(true), None),
                "{expression}"
            );
        }
        let user = "return {'email': 1, 'email_verified': request.user.attributes.get('v', False)}";
        assert_eq!(gives(user).2, None);
        assert_eq!(gives("return {'email_verified': True}").2, Some(true));
    }

    #[test]
    fn hostile_expressions_end() {
        for expression in [
            "'",
            "\"\\",
            "'''",
            "return {",
            "}}}}",
            "return {'é\\",
            "#",
            "é🦀'\u{0}",
        ] {
            let _ = Gives::of(expression);
        }
    }
}
