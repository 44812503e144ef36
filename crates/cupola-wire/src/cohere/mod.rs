//! Cohere's own API: as a surface, and as the language of a backend.

/// Which version of a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Version {
    /// `/v1/...`
    V1,
    /// `/v2/...`
    V2,
}

impl Version {
    /// Its number, as answers carry it.
    pub fn number(self) -> &'static str {
        match self {
            Self::V1 => "1",
            Self::V2 => "2",
        }
    }
}
