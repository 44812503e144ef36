//! What a caller can do about a failure of the store.

use cupola_core::{Code, Problem};

/// Why the store did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No space is left; nothing of the change was kept.
    #[error("the disk that holds the data directory is full; free some space and try again")]
    Full,
    /// The files are newer than this program.
    #[error("the data directory was written by a newer version of Cupola; start that version")]
    Newer,
    /// The linked SQLite can lose committed writes.
    #[error("SQLite {0} is linked; 3.51.3 or later is needed, earlier versions can lose committed writes")]
    UnsafeSqlite(String),
    /// The file is damaged or not a database.
    #[error("the store is damaged: {0}")]
    Corrupt(String),
    /// The ledger is behind by more than its queue holds.
    #[error("the usage ledger is behind; try again shortly")]
    Busy,
    /// The answer to a question would be longer than anybody reads.
    #[error(
        "the answer has more than {lines_max} lines; ask for a shorter period, or for days instead of hours"
    )]
    TooLong {
        /// The bound.
        lines_max: usize,
    },
    /// Anything else.
    #[error("the store failed")]
    Other(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl StoreError {
    /// The same, for another of those who wait for one piece of work.
    pub(crate) fn again(&self) -> Self {
        match self {
            Self::Full => Self::Full,
            Self::Busy => Self::Busy,
            other => Self::Other(other.cause().into()),
        }
    }

    /// What is behind it, for the log.
    pub(crate) fn cause(&self) -> String {
        match self {
            Self::Other(cause) => cause.to_string(),
            other => other.to_string(),
        }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        // SQLite's primary result codes: 13 FULL, 11 CORRUPT, 26 NOTADB; 5 BUSY.
        let code = error
            .as_database_error()
            .and_then(|error| error.code())
            .and_then(|code| code.parse::<i64>().ok())
            .map(|code| code & 0xff);
        match code {
            Some(13) => Self::Full,
            Some(11 | 26) => Self::Corrupt(error.to_string()),
            Some(5) => Self::Busy,
            _ => Self::Other(Box::new(error)),
        }
    }
}

impl From<serde_json::Error> for StoreError {
    fn from(error: serde_json::Error) -> Self {
        Self::Corrupt(error.to_string())
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Full | StoreError::Busy => {
                Problem::new(Code::ServiceUnavailable, format!("Nothing was changed: {error}."))
                    .retry_after(5)
            }
            StoreError::TooLong { .. } => {
                Problem::new(Code::InvalidRequestContent, format!("Nothing was read: {error}."))
            }
            other => {
                tracing::error!(cause = other.cause(), "the store failed");
                Problem::internal()
            }
        }
    }
}
