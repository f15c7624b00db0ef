use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The version of the shape of a sign-in. Raised when a field changes its meaning or goes away.
pub const SIGN_IN_SCHEMA_VERSION: u32 = 1;

/// A sign-in that was really made, as far as it got. It holds no password, cookie, code or token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SignIn {
    /// [`SIGN_IN_SCHEMA_VERSION`].
    pub schema_version: u32,
    /// As whom.
    pub user: String,
    /// authentik's base URL.
    pub url: String,
    /// The way to each app, in the order that they were tried. The first way holds the stages of the
    /// sign-in; the others use its session, as a browser does.
    pub walks: Vec<Walk>,
    /// How the session ended.
    pub sign_out: SignOut,
}

/// The way to one app.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Walk {
    /// The app's name; `None` where authentik alone was signed in to.
    pub app: Option<String>,
    /// The stages that authentik showed, in order. All were passed, but perhaps the last one.
    pub stages: Vec<Stage>,
    /// Where it ended.
    pub end: End,
}

/// A stage of a flow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Stage {
    /// The slug of its flow.
    pub flow: String,
    /// What authentik calls it: "ak-stage-password".
    pub component: String,
}

/// Where a way ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "end", rename_all = "kebab-case")]
pub enum End {
    /// Signed in, where no app was asked for.
    SignedIn,
    /// authentik gave a code for the app's redirect URI; it was not handed over.
    Code,
    /// The app took the code.
    Taken {
        /// The status of its callback.
        status: u16,
        /// Where it sent the browser then, without query.
        to: Option<String>,
    },
    /// The app did not take the code.
    NotTaken {
        /// The status of its callback.
        status: u16,
        /// The app's words, if it had any.
        says: Option<String>,
    },
    /// The app sent the browser to where people sign in.
    AsksAgain {
        /// The status of its callback.
        status: u16,
        /// Where the browser came to, without query.
        at: String,
    },
    /// The app's callback answered with a page that may still hand the code on by a script.
    Unjudged {
        /// Its status.
        status: u16,
    },
    /// authentik sent the browser back to the app with an error (RFC 6749 section 4.1.2.1).
    SentBack {
        /// The error's name.
        error: String,
        /// Its words.
        says: Option<String>,
    },
    /// A stage refused what it was given.
    Refused {
        /// authentik's words.
        says: Vec<String>,
    },
    /// A stage wants what akdoctor cannot give.
    Wants(Want),
    /// The flow ended with a refusal.
    Denied {
        /// authentik's words.
        says: Option<String>,
    },
    /// Signed in, and not allowed to use the app.
    NoAccess {
        /// authentik's words.
        says: Vec<String>,
    },
    /// An error page.
    ErrorPage {
        /// Its URL without query.
        url: String,
        /// Its status.
        status: u16,
        /// Its heading.
        heading: Option<String>,
    },
    /// A stage failed inside authentik; its log has more under this id.
    Broken {
        /// The id of the request.
        request_id: String,
    },
    /// The browser was sent to a place that is neither authentik nor the app's redirect URI.
    Elsewhere {
        /// The URL without query.
        url: String,
    },
    /// The flow that signs in has no stage: browsers go round in it for ever.
    EmptyFlow {
        /// Its slug.
        flow: String,
    },
    /// It came to the same place again and again.
    Endless {
        /// The place.
        place: String,
    },
    /// Not tried.
    NotTried {
        /// Why.
        why: String,
    },
    /// No answer came, or none that can be read.
    Failed {
        /// Why.
        why: String,
    },
}

/// What a stage wants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "what", rename_all = "kebab-case")]
pub enum Want {
    /// A second factor.
    SecondFactor {
        /// The classes of the devices that would do: "totp", "webauthn".
        devices: Vec<String>,
    },
    /// That a second factor is set up first.
    Setup {
        /// The stages to choose from.
        stages: Vec<String>,
    },
    /// Answers to a form.
    Fields {
        /// Their labels.
        labels: Vec<String>,
    },
    /// A captcha.
    Captcha,
    /// A click in a mail.
    Mail,
    /// Something of a stage that akdoctor does not know.
    Unknown,
}

/// How the session of a sign-in ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "sign_out", rename_all = "kebab-case")]
pub enum SignOut {
    /// Signed out; authentik no longer knows the session.
    Done,
    /// There was no session.
    NoSession,
    /// The session is still there, or may be.
    Left {
        /// Why.
        why: String,
    },
}

impl Want {
    /// The same with other texts.
    pub fn map(self, all: impl FnOnce(Vec<String>) -> Vec<String>) -> Self {
        match self {
            Self::SecondFactor { devices } => Self::SecondFactor {
                devices: all(devices),
            },
            Self::Setup { stages } => Self::Setup {
                stages: all(stages),
            },
            Self::Fields { labels } => Self::Fields {
                labels: all(labels),
            },
            want => want,
        }
    }
}

impl End {
    /// Whether the way led where it should.
    pub fn is_reached(&self) -> bool {
        matches!(self, Self::SignedIn | Self::Code | Self::Taken { .. })
    }

    /// Whether nothing can be told of the way.
    pub fn is_unknown(&self) -> bool {
        matches!(
            self,
            Self::NotTried { .. } | Self::Failed { .. } | Self::Unjudged { .. }
        )
    }

    /// Whether a flow ended it, as the one that signs in may; then no other app is come to either.
    pub fn is_of_sign_in(&self) -> bool {
        self.is_at_stage() || matches!(self, Self::EmptyFlow { .. } | Self::Endless { .. })
    }

    /// Whether it ended at the last stage of the way.
    pub fn is_at_stage(&self) -> bool {
        matches!(
            self,
            Self::Refused { .. } | Self::Wants(_) | Self::Denied { .. } | Self::Broken { .. }
        )
    }
}

impl SignIn {
    /// The exit code: 1 where a way is barred, else 3 where one could not be told or a session may
    /// be left, else 0.
    pub fn exit_code(&self) -> u8 {
        let ends = || self.walks.iter().map(|walk| &walk.end);
        let left = matches!(self.sign_out, SignOut::Left { .. });
        if ends().any(|end| !end.is_reached() && !end.is_unknown()) {
            1
        } else if left || ends().any(End::is_unknown) {
            3
        } else {
            0
        }
    }
}
