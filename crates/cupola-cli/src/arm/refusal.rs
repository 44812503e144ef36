//! What the control plane refused, with what to type next.

use http::StatusCode;

use crate::failure::Failure;
use crate::transport::Reply;

/// Turns an error answer into a failure, with what to type next where we know it.
pub(crate) fn good(reply: &Reply) -> Result<(), Failure> {
    if reply.status.is_success() {
        return Ok(());
    }
    let failure = Failure::from_answer(reply.status.as_u16(), &reply.body).of_request(reply);
    if failure.says_what_to_type() {
        return Err(failure);
    }
    let hint = match failure.code.as_deref() {
        Some("ResourceGroupNotFound") => Some("cupola group list -o table"),
        Some("SubscriptionNotFound") => Some("cupola account list -o table"),
        Some("ParentResourceNotFound") => Some("cupola ml workspace list -o table"),
        _ if failure.is_about("ServerlessModelNotAvailableInRegion") => Some("cupola catalog list -o table"),
        Some("ResourceNotFound") if is_about_a_workspace(&failure.message) => {
            Some("cupola ml workspace list -o table")
        }
        _ if reply.status == StatusCode::UNAUTHORIZED => Some("eval \"$(cupola env)\""),
        _ => None,
    };
    Err(match hint {
        Some(hint) => failure.hint(hint),
        None => failure,
    })
}

// Whatever was asked for, the workspace is what is missing: its type ends the name that the server gives.
fn is_about_a_workspace(message: &str) -> bool {
    let named = message
        .split('\'')
        .nth(1)
        .unwrap_or_default()
        .to_ascii_lowercase();
    named
        .split_once("/workspaces/")
        .is_some_and(|(_, name)| !name.contains('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_workspace_is_told_from_what_was_to_be_in_it() {
        let about = |name: &str| {
            is_about_a_workspace(&format!(
                "The Resource '{name}' under resource group 'g' was not found."
            ))
        };
        assert!(about("Microsoft.MachineLearningServices/workspaces/w"));
        assert!(!about(
            "Microsoft.MachineLearningServices/workspaces/w/serverlessEndpoints/e"
        ));
        assert!(!is_about_a_workspace("gone"));
    }
}
