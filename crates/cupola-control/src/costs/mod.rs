//! What was used and what it cost, in the shape of the service's cost management: one question with a period, dimensions to
//! group by and a filter, answered from the rollups of the ledger.

mod csv;
mod filter;
mod period;
mod query;
mod question;
mod table;

use crate::dispatch::{Route, action, route};

pub(crate) const ROUTES: &[Route] = &[route(
    "POST",
    "/{scope*}/providers/Microsoft.CostManagement/query",
    action!("Microsoft.CostManagement/query/read", query::query),
)];
