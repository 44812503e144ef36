//! The embedded engine: a worker process on llama.cpp.
