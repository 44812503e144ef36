//! Who may touch the proofs of whom. Whoever can set somebody's secret can act as they do, so nobody does that to somebody
//! who may do what they themselves may not.

use crate::dispatch::Caller;
use crate::role_assignments::refuse_the_last_owner;
use cupola_core::Problem;
use cupola_core::rbac::{self, Granted};
use cupola_store::UnitOfWork;

const GIVE: &str = "Microsoft.Authorization/roleAssignments/write";

/// Refuses to change how `principal` proves itself, where that would make the caller mightier: of each role that it holds,
/// the caller must hold the same there, or be able to give it to themselves.
pub(crate) async fn may_become(
    work: &mut UnitOfWork,
    grant: &Granted,
    principal: &str,
) -> Result<(), Problem> {
    if grant.principal().id.eq_ignore_ascii_case(principal) {
        return Ok(());
    }
    let caller = Caller::within(work, grant.principal().clone()).await?;
    for held in work.access().held(principal).await? {
        let assignment = &held.assignment;
        let same = caller
            .reaching(&assignment.scope)
            .any(|(own, _)| !own.conditional && own.assignment.role.eq_ignore_ascii_case(&assignment.role));
        if !same {
            caller.decide(GIVE, &assignment.scope)?;
        }
    }
    Ok(())
}

/// Refuses to hinder somebody who may give roles where the caller may not.
pub(super) async fn may_hinder(
    work: &mut UnitOfWork,
    grant: &Granted,
    principal: &str,
) -> Result<(), Problem> {
    let caller = Caller::within(work, grant.principal().clone()).await?;
    for held in work.access().held(principal).await? {
        let role = match held.custom.as_deref() {
            Some(role) => Some(role),
            None => crate::roles::find(&held.assignment.role),
        };
        if role.is_some_and(|role| rbac::allows(&role.permissions, GIVE)) {
            caller.decide(GIVE, &held.assignment.scope)?;
        }
    }
    Ok(())
}

/// Refuses to remove somebody who is the last that can give every role; takes from everybody else what they hold, because
/// a service principal that is made anew has the object id of the old one.
pub(super) async fn take_everything(
    work: &mut UnitOfWork,
    grant: &Granted,
    principal: &str,
) -> Result<(), Problem> {
    may_hinder(work, grant, principal).await?;
    for held in work.access().held(principal).await? {
        refuse_the_last_owner(work, &held.assignment).await?;
    }
    work.access().unassign_all(grant, principal).await?;
    Ok(())
}
