//! Why a backend gave no answer, by what can be done about it.

use cupola_wire::dialect::Untranslatable;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// What kind of failure it was; callers branch on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The worker is not there yet.
    NotReady,
    /// No connection could be made.
    Unreachable,
    /// The address is one that this binding may not lead to.
    Forbidden,
    /// It took too long.
    TimedOut,
    /// It stopped in the middle, or what it said makes no sense.
    Broke,
    /// As many requests as it may have at once are on their way, and as many as may wait are waiting.
    Busy,
    /// What is asked cannot be said in its language.
    Untranslatable,
}

/// A failure of a backend. The message is fit for the client; the cause is for the log.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct BackendError {
    /// What kind.
    pub kind: Kind,
    /// A sentence.
    pub message: String,
    /// When it makes sense to try again.
    pub retry_after_s: Option<u32>,
    /// What cannot be said, as the client wrote it.
    pub param: Option<String>,
    #[source]
    cause: Option<BoxError>,
}

impl BackendError {
    pub(crate) fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            retry_after_s: None,
            param: None,
            cause: None,
        }
    }

    /// A backend whose answer makes no sense, or stopped before it began.
    pub fn broke(cause: &str) -> Self {
        Self::new(
            Kind::Broke,
            "The model's server failed before its first token. Try again.",
        )
        .because(cause.to_owned())
    }

    /// A parameter that has no counterpart in the backend's language.
    pub(crate) fn untranslatable(why: Untranslatable) -> Self {
        Self {
            param: Some(why.param),
            ..Self::new(Kind::Untranslatable, why.message)
        }
    }

    pub(crate) fn because(mut self, cause: impl Into<BoxError>) -> Self {
        self.cause = Some(cause.into());
        self
    }

    pub(crate) fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after_s = Some(seconds);
        self
    }

    /// The chain of causes as one line, for the log.
    pub fn causes(&self) -> String {
        let mut text = String::new();
        let mut next = std::error::Error::source(self);
        while let Some(cause) = next {
            if !text.is_empty() {
                text.push_str(": ");
            }
            text.push_str(&cause.to_string());
            next = cause.source();
        }
        text
    }
}
