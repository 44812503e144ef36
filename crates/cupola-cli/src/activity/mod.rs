//! `cupola activity`: the activity log of the subscription.

mod list;

use crate::verbs::verbs;

/// `cupola monitor activity-log`, which is where the Azure CLI has it.
pub(crate) use monitor::Command as Monitor;

verbs! {
    /// List what was done, newest first.
    List(list::List),
}

mod monitor {
    use crate::verbs::verbs;

    verbs! {
        /// The activity log of the subscription.
        #[command(subcommand)]
        ActivityLog(super::Command),
    }
}
