//! Stories about the worker as its supervisor and its clients see it: a process with a socket.

mod adapters;
mod completions;
mod embeddings;
mod errors;
mod formats;
mod harness;
mod lifecycle;
mod logprobs;
mod prefix;
mod requests;
mod rerank;
mod slots;
mod tiny_bert;
mod tools;
