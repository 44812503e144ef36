//! The domain: names, resources, states, decisions; pure.
