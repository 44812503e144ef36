//! Keys and tokens: who calls, and what they hold.
