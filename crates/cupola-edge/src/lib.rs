//! HTTP that the services share: caller, problem, listeners, TLS, drain.
