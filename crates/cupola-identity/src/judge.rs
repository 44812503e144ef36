//! May the bearer of a token do this there? The question that the data plane asks, and whoever knows tokens and roles
//! answers. It stands here because services do not know each other.

use cupola_core::Timestamp;
use std::future::Future;
use std::pin::Pin;

/// An answer that is on its way.
pub type Judging<'a> = Pin<Box<dyn Future<Output = Result<Permit, Denial>> + Send + 'a>>;

/// What a role has to allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Right {
    /// One of its `actions`.
    Action(&'static str),
    /// One of its `dataActions`.
    Data(&'static str),
}

impl Right {
    /// The action's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Action(name) | Self::Data(name) => name,
        }
    }
}

/// Who knows tokens and roles.
pub trait Judge: Send + Sync {
    /// Has the bearer of `token` this right at `scope`, a resource id, now?
    fn judge<'a>(&'a self, token: &'a str, right: Right, scope: &'a str, now: Timestamp) -> Judging<'a>;
}

/// They may.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permit {
    /// The object id of the principal.
    pub principal: String,
    /// When the token expires: the answer is not good for longer.
    pub expires_at: Timestamp,
}

/// They may not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Denial {
    /// The token proves nothing; why not, as a sentence without its full stop.
    #[error("{0}")]
    Unproven(String),
    /// It proves who asks, and they lack the permission.
    #[error("the principal '{principal}' lacks the permission")]
    Forbidden {
        /// The object id of the principal.
        principal: String,
        /// When the token expires.
        expires_at: Timestamp,
    },
    /// Nobody can tell at the moment.
    #[error("what the bearer holds could not be read")]
    Unavailable,
}

/// Could this credential be a JSON Web Token? Three parts of base64url, the first of which is an object. A key of a site
/// has no dots.
pub fn looks_like_token(credential: &str) -> bool {
    let mut parts = credential.split('.');
    let is_part = |part: Option<&str>| {
        part.is_some_and(|part| {
            !part.is_empty()
                && part
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
        })
    };
    credential.starts_with("eyJ")
        && is_part(parts.next())
        && is_part(parts.next())
        && is_part(parts.next())
        && parts.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_has_three_parts_and_begins_as_an_object_does() {
        for token in ["eyJ0.eyJ1.c2ln", "eyJ0eXAi.e30.-_"] {
            assert!(looks_like_token(token), "{token}");
        }
        for other in [
            "",
            "eyJ",
            "eyJ0.e30",
            "eyJ0.e30.",
            "eyJ0..x",
            "eyJ0.e30.x.y",
            "key.with.dots",
            "eyJ0.e 0.x",
        ] {
            assert!(!looks_like_token(other), "{other}");
        }
    }
}
