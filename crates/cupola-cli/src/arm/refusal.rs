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
        Some("ParentResourceNotFound") if failure.message.contains("Microsoft.CognitiveServices/") => {
            Some("cupola cognitiveservices account list -o table")
        }
        Some("ParentResourceNotFound") => Some("cupola ml workspace list -o table"),
        _ if failure.is_about("ServerlessModelNotAvailableInRegion") => Some("cupola catalog list -o table"),
        Some("ResourceNotFound") if names_a(&failure.message, "workspaces") => {
            Some("cupola ml workspace list -o table")
        }
        Some("ResourceNotFound") if names_a(&failure.message, "accounts") => {
            Some("cupola cognitiveservices account list -o table")
        }
        _ if reply.status == StatusCode::UNAUTHORIZED => Some("eval \"$(cupola env)\""),
        _ => None,
    };
    Err(match hint {
        Some(hint) => failure.hint(hint),
        None => failure,
    })
}

// Whatever was asked for, the holder is what is missing: its type ends the name that the server gives.
fn names_a(message: &str, kind: &str) -> bool {
    let named = message
        .split('\'')
        .nth(1)
        .unwrap_or_default()
        .to_ascii_lowercase();
    named
        .split_once(&format!("/{kind}/"))
        .is_some_and(|(_, name)| !name.contains('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_holder_is_told_from_what_was_to_be_in_it() {
        let check = |name: &str, kind: &str, expected: bool| {
            let message = format!("The Resource '{name}' under resource group 'g' was not found.");
            assert_eq!(names_a(&message, kind), expected, "{message}");
        };
        let workspace = "Microsoft.MachineLearningServices/workspaces/w";
        check(workspace, "workspaces", true);
        check(workspace, "accounts", false);
        check(&format!("{workspace}/serverlessEndpoints/e"), "workspaces", false);
        let account = "Microsoft.CognitiveServices/accounts/a";
        check(account, "accounts", true);
        check(&format!("{account}/deployments/d"), "accounts", false);
        assert!(!names_a("gone", "workspaces"));
    }
}
