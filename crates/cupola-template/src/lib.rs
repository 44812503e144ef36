//! ARM templates: read leniently, judged wholly, planned, and never acted upon here.

pub mod expression;
