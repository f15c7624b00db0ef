//! The hops of a sign-in, as data: which checks look at each, and which findings break it. A check
//! that is not in the library is just absent: its hop shows that nothing was looked at.

use crate::model::{Finding, Kind};

/// A hop.
pub(super) struct HopWords {
    pub(super) id: &'static str,
    /// For people, short: it stands in the legend.
    pub(super) title: &'static str,
    /// Beginnings of the codes that break it.
    codes: &'static [&'static str],
    /// What is looked at: a check's id, and how its point begins; empty for all of them.
    pub(super) points: &'static [(&'static str, &'static str)],
}

/// Every hop, in the order of a sign-in. Of several that a code fits the first counts.
pub(super) const HOPS: &[HopWords] = &[
    HopWords {
        id: "reached",
        title: "app reached",
        codes: &[
            "app-start/container-stopped",
            "app-start/refused",
            "app-start/port-elsewhere",
            "app-start/silent",
        ],
        points: &[("app-start", "browsers reach it")],
    },
    HopWords {
        id: "start",
        title: "sign-in begins",
        codes: &[
            "app-start/not-configured",
            "app-start/cannot-reach",
            "app-start/fails",
            "app-start/page",
            "app-start/endless",
            "app-start/bad-location",
            "app-start/moved",
            "app-start/elsewhere",
        ],
        points: &[("app-start", "its sign-in begins")],
    },
    HopWords {
        id: "host",
        title: "authentik's host",
        codes: &[
            "app-start/unresolvable-host",
            "app-start/other-provider",
            "app-start/other-instance",
            "app-start/wrong-path",
            "dns/service-name-in-url",
            "dns/name-",
            "dns/resolver-silent",
            "dns/ipv6-only",
            "dns/listens-on-ipv6",
            "health/",
            "tls/",
        ],
        points: &[("app-start", "it leads browsers")],
    },
    HopWords {
        id: "client",
        title: "client",
        codes: &[
            "app-start/parameter-missing",
            "app-start/response-type",
            "app-start/pkce-method",
            "app-start/request-object",
            "app-start/implicit-incomplete",
            "app-start/max-age",
            "app-start/request-refused",
            "app-start/no-openid",
            "redirect-uri/client-id",
            "redirect-uri/unknown-client",
            "redirect-uri/unknown-application",
            "redirect-uri/application-without-provider",
            "redirect-uri/provider-of-another-kind",
            "redirect-uri/provider-without-application",
            "redirect-uri/grant-types",
            "redirect-uri/shared",
        ],
        points: &[
            ("app-start", "its request asks"),
            ("app-start", "authentik takes its request"),
            ("redirect-uri", "it uses the client id"),
        ],
    },
    HopWords {
        id: "redirect-uri",
        title: "redirect URI",
        codes: &["redirect-uri/"],
        points: &[("redirect-uri", "authentik allows its redirect URI")],
    },
    HopWords {
        id: "flow",
        title: "flow",
        codes: &["login-flow/"],
        points: &[("login-flow", "")],
    },
    HopWords {
        id: "discovery",
        title: "discovery and issuer",
        codes: &["oidc-discovery/", "issuer/", "proxy-headers/", "dns/"],
        points: &[
            ("oidc-discovery", ""),
            ("issuer", ""),
            ("proxy-headers", ""),
        ],
    },
    HopWords {
        id: "key",
        title: "signing key",
        codes: &["signing-key/"],
        points: &[("signing-key", "")],
    },
    HopWords {
        id: "secret",
        title: "client secret",
        codes: &["client-secret/"],
        points: &[("client-secret", "")],
    },
    HopWords {
        id: "claims",
        title: "claims",
        codes: &["claims/"],
        points: &[("claims", "")],
    },
    HopWords {
        id: "callback",
        title: "callback and cookies",
        codes: &["callback/", "cookies/"],
        points: &[("callback", ""), ("cookies", "")],
    },
    HopWords {
        id: "sign-out",
        title: "sign-out",
        codes: &["sign-out/"],
        points: &[("sign-out", "")],
    },
];

/// Checks that look at no hop by themselves and explain others.
const BESIDE: [&str; 3] = ["health", "dns", "tls"];

/// Every check that a trace runs, each once.
pub(super) fn checks() -> impl Iterator<Item = &'static str> {
    let mut ids: Vec<&str> = HOPS
        .iter()
        .flat_map(|hop| hop.points.iter().map(|(check, _)| *check))
        .chain(BESIDE)
        .collect();
    ids.sort_unstable();
    ids.dedup();
    ids.into_iter()
}

/// What decides to which hop of an app a finding belongs.
pub(super) struct Concern {
    /// The host where people open the app.
    pub(super) own: Option<String>,
}

/// The hop that a finding breaks.
pub(super) fn of_finding(finding: &Finding, concern: &Concern) -> Option<&'static str> {
    let subject = &finding.subject;
    let is_own_name = subject.kind == Kind::Name && Some(&subject.name) == concern.own.as_ref();
    let is_own_tls = finding.code.starts_with("tls/") && subject.kind == Kind::App;
    if is_own_name || is_own_tls {
        return Some("reached");
    }
    let fits = |hop: &&HopWords| hop.codes.iter().any(|code| finding.code.starts_with(code));
    HOPS.iter().find(fits).map(|hop| hop.id)
}
