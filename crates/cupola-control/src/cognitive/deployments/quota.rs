//! How many deployments an account may have, and how much capacity the deployments of a model together.

use super::sku;
use crate::control::Control;
use crate::owned;
use cupola_core::{Code, Problem, ResourceId};
use cupola_store::UnitOfWork;
use cupola_store::resources::Below;
use cupola_wire::arm::cognitive::{DEPLOYMENT_TYPE, DeploymentProperties, DeploymentSku};

/// How a deployment may be sold. Batches and provisioned units are counted in other ways, which nothing here does.
pub(crate) const SKUS: [&str; 3] = ["GlobalStandard", "DataZoneStandard", "Standard"];

/// Units of a thousand tokens a minute that the deployments of one model and sku may have together, in one subscription
/// and region: what a machine can do is a matter of the machine, so this only keeps numbers in their bounds.
pub(crate) const LIMIT: u32 = 1_000_000;

// The service's own.
const MOST_STRICT: usize = 32;
// An operator's server may be for a whole company.
const MOST: usize = 200;

/// How many deployments an account may have.
pub(crate) fn most(control: &Control) -> usize {
    if control.strict() { MOST_STRICT } else { MOST }
}

/// Is there room for this deployment beside all others?
pub(super) async fn check(
    work: &mut UnitOfWork,
    control: &Control,
    id: &ResourceId,
    region: &str,
    (body, wanted): (&DeploymentProperties, &DeploymentSku),
) -> Result<(), Problem> {
    let account = id.parent().ok_or_else(Problem::internal)?;
    let siblings = Below::Children(&account, DEPLOYMENT_TYPE);
    let siblings = owned::all(&mut work.resources(), siblings).await?;
    let others = siblings
        .iter()
        .filter(|one| one.id.folded() != id.folded())
        .count();
    if others >= most(control) {
        return Err(Problem::new(
            Code::InsufficientQuota,
            format!(
                "The account '{}' has {others} deployments, and {} are the most there may be. Delete one, or make another \
                 account.",
                account.name(),
                most(control)
            ),
        ));
    }
    let subscription = ResourceId::subscription(id.subscription.as_deref().unwrap_or_default());
    let all = Below::TypeIn(&subscription, DEPLOYMENT_TYPE);
    let mut used = 0u64;
    for other in owned::all(&mut work.resources(), all).await? {
        if other.id.folded() == id.folded() || other.location.as_deref() != Some(region) {
            continue;
        }
        let other_sku = sku(&other);
        let other: DeploymentProperties = owned::body(&other)?;
        if other.model_id.eq_ignore_ascii_case(&body.model_id) && other_sku.name == wanted.name {
            used += u64::from(other_sku.capacity);
        }
    }
    fits(used, wanted.capacity, &body.model.name)
}

fn fits(used: u64, wanted: u32, model: &str) -> Result<(), Problem> {
    let limit = u64::from(LIMIT);
    if used + u64::from(wanted) <= limit {
        return Ok(());
    }
    Err(Problem::new(
        Code::InsufficientQuota,
        format!(
            "This operation require {wanted} new capacity in quota Tokens Per Minute (thousands) - {model}, which is bigger \
             than the current available capacity {}. The current quota usage is {used} and the quota limit is {limit} for \
             quota Tokens Per Minute (thousands) - {model}.",
            limit.saturating_sub(used)
        ),
    )
    .target("sku.capacity"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capacity_is_given_while_there_is_some() {
        let check = |used, wanted, expected| assert_eq!(fits(used, wanted, "m").is_ok(), expected);
        check(0, LIMIT, true);
        check(1, LIMIT, false);
        check(u64::from(LIMIT) - 1, 1, true);
        check(0, u32::MAX, false);
        let refused = fits(999_990, 20, "m").expect_err("too much");
        assert!(
            refused.message.contains("available capacity 10."),
            "{}",
            refused.message
        );
    }
}
