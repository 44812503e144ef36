//! Stories about the worker as its supervisor and its clients see it: a process with a socket.

mod errors;
mod harness;
mod lifecycle;
mod requests;
mod slots;
