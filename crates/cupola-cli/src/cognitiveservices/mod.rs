//! `cupola cognitiveservices`: Foundry accounts, in the words of `az cognitiveservices`.

mod account;

use crate::verbs::verbs;

verbs! {
    /// Accounts: one address and two keys for many models.
    #[command(subcommand)]
    Account(account::Command),
}
