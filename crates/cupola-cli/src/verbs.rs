//! The shape that every group of verbs has.

/// The `Command` of a group: a variant for each verb, and each verb runs itself.
macro_rules! verbs {
    ($($(#[$help:meta])* $verb:ident($kind:ty)),+ $(,)?) => {
        /// What can be done here.
        #[derive(Debug, clap::Subcommand)]
        pub enum Command {
            $($(#[$help])* $verb($kind)),+
        }

        impl Command {
            pub(crate) async fn run(
                self,
                session: &crate::session::Session,
            ) -> Result<crate::output::Answer, crate::failure::Failure> {
                match self {
                    $(Self::$verb(verb) => verb.run(session).await),+
                }
            }
        }
    };
}

/// The columns of a table, each a title and the JSON pointer of its cell.
macro_rules! columns {
    ($($title:literal => $pointer:literal),+ $(,)?) => {
        &[$(crate::output::table::Column {
            title: $title,
            read: |row| row.pointer($pointer).map(crate::output::table::cell).unwrap_or_default(),
        }),+]
    };
}

pub(crate) use {columns, verbs};
