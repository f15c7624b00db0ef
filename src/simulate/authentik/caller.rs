//! Who calls authentik's API: the ways in which authentik 2025.10 tells callers apart (recorded
//! 053 to 057 and 062).

use hyper::{HeaderMap, header::AUTHORIZATION};

use super::super::world::Caller;

/// The API tokens of a run.
pub(in super::super) struct Tokens {
    /// akadmin's, a superuser.
    pub superuser: String,
    /// That of `readonly`, a user without rights.
    pub limited: String,
    /// The same user's, where they may read what `akdoctor token` asks for.
    pub reader: String,
}

impl Tokens {
    /// Whom the `Authorization` header shows.
    pub(super) fn caller(&self, headers: &HeaderMap) -> Caller {
        let Some(value) = headers.get(AUTHORIZATION) else {
            return Caller::None;
        };
        let value = value.to_str().unwrap_or_default();
        let (scheme, token) = value.split_once(' ').unwrap_or((value, ""));
        match (scheme.to_ascii_lowercase().as_str(), token.trim()) {
            ("basic", _) => Caller::Basic,
            ("bearer", "") => Caller::Empty,
            ("bearer", token) if token == self.superuser => Caller::Superuser,
            ("bearer", token) if token == self.limited => Caller::Limited,
            ("bearer", token) if token == self.reader => Caller::Reader,
            ("bearer", _) => Caller::Wrong,
            _ => Caller::Unsupported,
        }
    }

    /// The token that akdoctor is given; `None` when the scenario gives it none.
    pub(in super::super) fn of(&self, caller: Caller) -> Option<&str> {
        match caller {
            Caller::Superuser => Some(&self.superuser),
            Caller::Limited => Some(&self.limited),
            Caller::Reader => Some(&self.reader),
            Caller::Wrong => Some("revoked-token-of-an-earlier-run"),
            Caller::None | Caller::Basic | Caller::Unsupported | Caller::Empty => None,
        }
    }
}
