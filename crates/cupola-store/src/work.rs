//! One unit of work per change: all of it, or none.

use crate::error::StoreError;
use crate::group::Part;
use crate::ledger::{
    self, EndpointLine, EndpointQuestion, LatencyKind, LatencySum, Ledger, Period, RecentQuestion,
    RecentRequest, RequestSum, RequestUsage, Sums, Timeline, UsageLine, UsageScope, UsageSum,
};
use crate::{
    access, agreements, apps, audit, bindings, credentials, deployments, jobs, locks, operations, resources,
    responses, secrets, sign_ins, users,
};
use cupola_core::Timestamp;
use sqlx::pool::PoolConnection;
use sqlx::{Sqlite, SqliteConnection, Transaction};
use tokio::sync::watch;

/// A change being made. Dropping it unsaved undoes it.
#[derive(Debug)]
pub struct UnitOfWork(Hold);

#[derive(Debug)]
enum Hold {
    /// A transaction of its own, and who is told when it is saved.
    Own(Transaction<'static, Sqlite>, watch::Sender<u64>),
    /// A part of a group's.
    Part(Part),
}

/// A view of the last committed state.
#[derive(Debug)]
pub struct Reader {
    connection: PoolConnection<Sqlite>,
    ledger: Ledger,
}

macro_rules! tables {
    ($connection:ident) => {
        /// Resources, with their children and their unique names.
        pub fn resources(&mut self) -> resources::Resources<'_> {
            resources::Resources(self.$connection())
        }
        /// Long-running operations that clients poll.
        pub fn operations(&mut self) -> operations::Operations<'_> {
            operations::Operations(self.$connection())
        }
        /// Work to be done.
        pub fn jobs(&mut self) -> jobs::Jobs<'_> {
            jobs::Jobs(self.$connection())
        }
        /// Sealed data-plane keys.
        pub fn credentials(&mut self) -> credentials::Credentials<'_> {
            credentials::Credentials(self.$connection())
        }
        /// Sealed secrets of connections.
        pub fn secrets(&mut self) -> secrets::Secrets<'_> {
            secrets::Secrets(self.$connection())
        }
        /// Responses that clients may name later.
        pub fn responses(&mut self) -> responses::Responses<'_> {
            responses::Responses(self.$connection())
        }
        /// Which backend serves which model.
        pub fn bindings(&mut self) -> bindings::Bindings<'_> {
            bindings::Bindings(self.$connection())
        }
        /// Principals, their secrets, role assignments, signing keys.
        pub fn access(&mut self) -> access::Access<'_> {
            access::Access(self.$connection())
        }
        /// People.
        pub fn users(&mut self) -> users::Users<'_> {
            users::Users(self.$connection())
        }
        /// Applications and their service principals.
        pub fn apps(&mut self) -> apps::Apps<'_> {
            apps::Apps(self.$connection())
        }
        /// What sign-ins leave behind.
        pub fn sign_ins(&mut self) -> sign_ins::SignIns<'_> {
            sign_ins::SignIns(self.$connection())
        }
        /// Runs of templates.
        pub fn deployments(&mut self) -> deployments::Deployments<'_> {
            deployments::Deployments(self.$connection())
        }
        /// Management locks.
        pub fn locks(&mut self) -> locks::Locks<'_> {
            locks::Locks(self.$connection())
        }
        /// Terms of the marketplace that were accepted.
        pub fn agreements(&mut self) -> agreements::Agreements<'_> {
            agreements::Agreements(self.$connection())
        }
        /// The audit record.
        pub fn audit(&mut self) -> audit::Audit<'_> {
            audit::Audit(self.$connection())
        }
    };
}

impl UnitOfWork {
    pub(crate) fn new(transaction: Transaction<'static, Sqlite>, changes: watch::Sender<u64>) -> Self {
        Self(Hold::Own(transaction, changes))
    }

    pub(crate) fn part(part: Part) -> Self {
        Self(Hold::Part(part))
    }

    fn connection(&mut self) -> &mut SqliteConnection {
        match &mut self.0 {
            Hold::Own(transaction, _) => transaction,
            Hold::Part(part) => part.connection(),
        }
    }

    tables!(connection);

    #[cfg(test)]
    pub(crate) async fn execute(&mut self, statement: &'static str) {
        let done = sqlx::query(statement).execute(self.connection()).await;
        done.expect("executed");
    }

    /// Forgets the sums of minutes that began before this instant; says how many rows went.
    pub async fn prune_usage_minutes(&mut self, before: Timestamp) -> Result<u64, StoreError> {
        ledger::prune(self.connection(), before).await
    }

    /// Makes durable what nobody who watches the store looks at, such as lines of the record, and wakes nobody.
    pub async fn save_quietly(self) -> Result<(), StoreError> {
        match self.0 {
            Hold::Own(transaction, _) => Ok(transaction.commit().await?),
            Hold::Part(part) => part.save().await,
        }
    }

    /// Makes the change durable and wakes those who watch the store. In a group, both happen when the group is saved.
    pub async fn save(self) -> Result<(), StoreError> {
        match self.0 {
            Hold::Own(transaction, changes) => {
                transaction.commit().await?;
                changes.send_modify(|count| *count += 1);
                Ok(())
            }
            Hold::Part(part) => part.save().await,
        }
    }
}

impl Reader {
    pub(crate) fn new(connection: PoolConnection<Sqlite>, ledger: Ledger) -> Self {
        Self { connection, ledger }
    }

    pub(crate) fn connection(&mut self) -> &mut SqliteConnection {
        &mut self.connection
    }

    tables!(connection);

    /// The bill of a subscription: a line for each endpoint and each meter that was used or has a price.
    pub async fn bill(&mut self, subscription: &str, period: Period) -> Result<Vec<UsageLine>, StoreError> {
        self.ledger.fold().await?;
        ledger::bill(self.connection(), subscription, period).await
    }

    /// The usage of one endpoint by time, credential, operation, deployment and meter, in this order.
    pub async fn endpoint_usage(
        &mut self,
        question: &EndpointQuestion<'_>,
    ) -> Result<Vec<EndpointLine>, StoreError> {
        self.ledger.fold().await?;
        ledger::of_endpoint(self.connection(), question).await
    }

    /// What was charged in a scope, by context and piece of time; exact at every instant.
    pub async fn usage_sums(
        &mut self,
        scope: &UsageScope<'_>,
        timeline: &Timeline,
    ) -> Result<Sums<UsageSum>, StoreError> {
        self.ledger.fold().await?;
        ledger::usage(self.connection(), scope, timeline).await
    }

    /// How requests in a scope ended, refused ones among them, in whole minutes, hours or days.
    pub async fn request_sums(
        &mut self,
        scope: &UsageScope<'_>,
        timeline: &Timeline,
    ) -> Result<Sums<RequestSum>, StoreError> {
        self.ledger.fold().await?;
        ledger::requests(self.connection(), scope, timeline).await
    }

    /// How long requests in a scope took, in whole minutes, hours or days.
    pub async fn latency_sums(
        &mut self,
        scope: &UsageScope<'_>,
        timeline: &Timeline,
        kind: LatencyKind,
    ) -> Result<Sums<LatencySum>, StoreError> {
        self.ledger.fold().await?;
        ledger::latencies(self.connection(), scope, timeline, kind).await
    }

    /// The newest records of an endpoint.
    pub async fn recent_requests(
        &mut self,
        question: &RecentQuestion<'_>,
    ) -> Result<Vec<RecentRequest>, StoreError> {
        self.ledger.fold().await?;
        ledger::recent(self.connection(), question).await
    }

    /// What the request with this id was charged.
    pub async fn request_usage(&mut self, id: &str) -> Result<Option<RequestUsage>, StoreError> {
        self.ledger.fold().await?;
        ledger::of_request(self.connection(), id).await
    }
}
