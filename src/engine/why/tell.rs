//! One sentence to tell the person, by what keeps them out.

use crate::model::{Can, Finding, Why};

/// By code; `{}` stands for the user name.
const SENTENCES: &[(&str, &str)] = &[
    (
        "why/unknown-user",
        "There is no account called {}; please check how your user name is written.",
    ),
    (
        "why/several",
        "Several accounts have the address {}; please sign in with your user name instead.",
    ),
    (
        "why/address-not-taken",
        "Please sign in with your user name {}, not with your e-mail address.",
    ),
    (
        "users/inactive",
        "Your account {} is switched off, so no password works; it has to be switched on first.",
    ),
    (
        "users/no-password",
        "Your account {} has no password yet; you will get one, or a link to set it.",
    ),
    (
        "why/password-expired",
        "The password of your account {} has expired; you will get a link to set a new one.",
    ),
    (
        "why/wrong-password",
        "Your account {} is fine and can sign in: the password that was typed is wrong.",
    ),
    (
        "why/no-second-factor",
        "Your password is not the problem: your account {} needs a second factor, which has to be \
         set up once.",
    ),
    (
        "why/passkey-elsewhere",
        "Your passkey belongs to the earlier address of the sign-in page; your account {} needs a \
         new one.",
    ),
    (
        "why/no-access",
        "You can sign in as {}, but you are not among those who may open this app; somebody has to \
         let you in first.",
    ),
    (
        "why/reputation",
        "Your account {} is locked after too many failed attempts; it has to be unlocked first.",
    ),
];

/// The sentence for what was found.
pub(super) fn sentence(why: &Why) -> String {
    let user = why.account.as_ref().map_or(&why.asked, |it| &it.username);
    let first: Option<&Finding> = why.barriers().next().or(why.findings.first());
    let fitting = |finding: &Finding| {
        let mut sentences = SENTENCES.iter();
        sentences.find(|(code, _)| *code == finding.code)
    };
    if let Some((_, sentence)) = first.and_then(fitting) {
        return sentence.replace("{}", user);
    }
    match why.signs_in {
        Can::Yes => format!(
            "Your account {user} can sign in: if it is refused, the password that is typed is wrong."
        ),
        Can::Unknown if why.account.is_some() => format!(
            "Nothing that we can see keeps {user} from signing in; please try again with the password \
             typed slowly, and tell us what the page says."
        ),
        _ => format!("We are still looking into whether {user} can sign in."),
    }
}

/// Whether a code has a sentence.
#[cfg(test)]
pub(super) fn has(code: &str) -> bool {
    SENTENCES.iter().any(|(known, _)| *known == code)
}
