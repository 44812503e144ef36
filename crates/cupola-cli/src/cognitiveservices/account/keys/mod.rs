//! `cupola cognitiveservices account keys`.

mod list;
mod regenerate;

use crate::verbs::verbs;

verbs! {
    /// Show both keys of an account.
    List(list::List),
    /// Replace one of the two keys; the other one goes on working.
    Regenerate(regenerate::Regenerate),
}
