//! Units of work, jobs, ledger; the only SQL.
