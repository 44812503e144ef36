//! The command line of people: az-style verbs and output.
