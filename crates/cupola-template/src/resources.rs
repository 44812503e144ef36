//! Resources: from what the template declares to what is planned, rounds of loops and children included.

mod body;
mod declared;
mod expand;
mod identity;
mod nested;

pub(crate) use body::{Body, body};
pub(crate) use declared::Declared;
pub(crate) use expand::{Draft, expand};
pub(crate) use identity::parent;
