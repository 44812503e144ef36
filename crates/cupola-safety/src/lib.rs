//! Content safety: what a policy says about a text, whole or in the pieces of a stream.
//!
//! A [`Screen`] is made once from a [`Policy`] and its [`Blocklist`]s and shared by everything that speaks to an endpoint.
//! `Screen::text` answers for a whole text. A [`Window`] answers for a stream: it says after each piece how many bytes may go
//! out, and comes to the verdict that `text` comes to, however the pieces were cut. Both run the same machine, one character
//! after the other, so that a cut cannot change what is found.
//!
//! What the built-in analyzer is and what it is not stands in `docs/content-safety.md`, with its measured figures.

mod blocklist;
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
pub use guard::{GuardAnswer, guard_answer, guard_prompt};
pub use lexicon::RuleError;
pub use policy::{
    Category, CategoryRule, Detection, DetectionRule, Direction, DirectionPolicy, ListRule, Mode, Policy,
    Severity, Threshold,
};
pub use screen::{Origin, Screen, ScreenError};
pub use verdict::{Findings, Found, Grade, Hit, ListHit, Subject, Verdict};
pub use window::{Blocked, Progress, Window};
