//! Content safety: what a policy says about a text, whole or in the pieces of a stream.
//!
//! A [`Screen`] is made once from a [`Policy`] and its [`Blocklist`]s and shared by everything that speaks to an endpoint.
//! `Screen::text` answers for a whole text. A [`Window`] answers for a stream: it says after each piece how many bytes may go
//! out, and comes to the verdict that `text` comes to, however the pieces were cut. Both run the same machine, one character
//! after the other, so that a cut cannot change what is found.
//!
//! External analyzers are asked by somebody else, about excerpts of a text ([`Excerpts`]), with questions that a
//! [`GuardForm`] makes and whose answers it reads; `Screen::reported` says what a policy makes of what they report.
//!
//! What the built-in analyzer is and what it is not stands in `docs/content-safety.md`, with its measured figures.

mod blocklist;
mod excerpt;
mod fold;
mod guard;
mod lexicon;
mod matcher;
mod pii;
mod policy;
mod reader;
mod screen;
mod tail;
mod terms;
mod verdict;
mod window;

pub use blocklist::{Blocklist, BlocklistError, Item};
pub use excerpt::{Excerpt, Excerpts, Parts};
pub use guard::{GuardForm, GuardQuestion, YesNo};
pub use lexicon::RuleError;
pub use policy::{
    Category, CategoryRule, Detection, DetectionRule, Direction, DirectionPolicy, ListRule, Mode, Policy,
    Severity, Threshold,
};
pub use screen::{Origin, Screen, ScreenError};
pub use verdict::{Found, Grade, Hit, ListHit, Reported, Subject, Verdict};
pub use window::{Blocked, Progress, Window};
