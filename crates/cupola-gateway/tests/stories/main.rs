//! The data plane over a real socket, with a scratch store and a fake upstream.

#![allow(clippy::unwrap_used, reason = "a test that fails tells where")]

mod accounts;
mod analyzers;
mod analyzers_cuts;
mod analyzers_failing;
mod bad_backends;
mod bad_bodies;
mod bad_clients;
mod catch_up;
mod charts;
mod cuts;
mod floods;
mod forecasts;
mod guards;
mod limits;
mod observed;
mod platform;
mod pools;
mod raw;
mod refused_upstream;
mod responses_stored;
mod safety;
mod serverless;
mod surfaces;
mod tokens;
mod traced;
mod usage;
