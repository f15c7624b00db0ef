//! Which rule of a world answers a request.

use super::{
    super::world::{Caller, Rule},
    Asked, parameter,
};

/// The first rule that fits.
pub(super) fn first<'a>(rules: &'a [Rule], listener: &str, asked: &Asked) -> Option<&'a Rule> {
    let known = || {
        rules
            .iter()
            .any(|rule| !rule.guard && rule.knows(asked.uri.path()))
    };
    rules
        .iter()
        .find(|rule| fits(rule, listener, asked) && (!rule.guard || known()))
}

fn fits(rule: &Rule, listener: &str, asked: &Asked) -> bool {
    rule.listener == listener
        && fits_path(rule, asked.uri.path())
        && fits_method(rule, &asked.method)
        && fits_caller(rule, asked.caller)
        && fits_query(rule, asked)
        && rule
            .accept
            .as_deref()
            .is_none_or(|wanted| asked.header("accept").contains(wanted))
}

impl Rule {
    /// Whether this rule is about this path, as against one that answers anything.
    fn knows(&self, path: &str) -> bool {
        self.prefix.as_deref() != Some("/") && fits_path(self, path)
    }
}

fn fits_path(rule: &Rule, path: &str) -> bool {
    rule.path.as_deref().is_none_or(|exact| exact == path)
        && rule
            .prefix
            .as_deref()
            .is_none_or(|prefix| path.starts_with(prefix))
}

fn fits_method(rule: &Rule, method: &str) -> bool {
    if rule.methods.is_empty() {
        matches!(method, "GET" | "HEAD")
    } else {
        rule.methods.iter().any(|allowed| allowed == method)
    }
}

fn fits_caller(rule: &Rule, caller: Caller) -> bool {
    rule.caller.is_empty() || rule.caller.contains(&caller)
}

fn fits_query(rule: &Rule, asked: &Asked) -> bool {
    let query = asked.query();
    rule.query
        .iter()
        .all(|(name, value)| parameter(&query, name) == Some(value))
}
