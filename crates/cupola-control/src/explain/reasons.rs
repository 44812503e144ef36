//! The reasons of a refusal in sentences, and the command that would change it.

use crate::activity::CONTENT_FILTER;
use crate::roles;
use cupola_core::rbac::{self, RoleDefinition};
use cupola_store::audit::Event;
use cupola_store::roles::CustomRole;
use serde_json::Value;

/// Why, and what to do.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Reasons {
    pub(super) sentences: Vec<String>,
    /// Roles that allow the action, the least mighty first.
    pub(super) would_allow: Vec<String>,
    /// What to type.
    pub(super) commands: Vec<String>,
}

/// The reasons of what an event came to; `failure` is the error of the operation that it began.
pub(super) fn of(event: &Event, custom: &[CustomRole], failure: Option<&Value>) -> Reasons {
    let mut reasons = match event.entry.outcome.as_str() {
        "AuthorizationFailed" | "LinkedAuthorizationFailed" => denied(event, custom),
        "ScopeLocked" => locked(event),
        outcome if event.entry.action.ends_with(CONTENT_FILTER) => screened(event, outcome),
        "Succeeded" | "Accepted" => Reasons {
            sentences: vec![format!(
                "{} was allowed to do '{}' at '{}', and it {}.",
                who(event),
                event.entry.action,
                event.entry.scope,
                if event.entry.outcome == "Accepted" {
                    "was begun"
                } else {
                    "is done"
                },
            )],
            ..Reasons::default()
        },
        code => Reasons {
            sentences: vec![format!(
                "{} was allowed to do '{}' at '{}', but what was asked for could not be done: {code}: {}{}",
                who(event),
                event.entry.action,
                event.entry.scope,
                event.message,
                if event.target.is_empty() {
                    String::new()
                } else {
                    format!(" The fault is at '{}'.", event.target)
                },
            )],
            ..Reasons::default()
        },
    };
    if let Some(error) = failure {
        reasons.sentences.push(format!(
            "The operation failed afterwards: {}: {}",
            error["code"].as_str().unwrap_or_default(),
            error["message"].as_str().unwrap_or_default()
        ));
    }
    reasons
}

fn screened(event: &Event, outcome: &str) -> Reasons {
    if outcome == "ContentFilterUnavailable" {
        return unseen(event);
    }
    let hits = event.entry.detail["hits"].as_array().cloned().unwrap_or_default();
    let hits: Vec<String> = hits
        .iter()
        .map(|hit| {
            let text = |name: &str| hit[name].as_str().unwrap_or_default().to_owned();
            let severity = match text("severity") {
                severity if severity.is_empty() => severity,
                severity => format!(", {severity}"),
            };
            let by = match text("analyzer") {
                analyzer if analyzer.is_empty() => analyzer,
                analyzer => format!(", by '{analyzer}'"),
            };
            format!("'{}' ({}{severity}{by})", text("rule"), text("category"))
        })
        .collect();
    let what = event.entry.detail["direction"].as_str().unwrap_or("text");
    let found = format!("What was found in the {what}: {}.", hits.join(", "));
    let verdict = if outcome == "ContentFiltered" {
        format!("The content policy of '{}' kept it back.", event.entry.scope)
    } else {
        format!("The content policy of '{}' lets it pass.", event.entry.scope)
    };
    Reasons {
        sentences: vec![found, verdict],
        ..Reasons::default()
    }
}

/// An external analyzer did not look.
fn unseen(event: &Event) -> Reasons {
    let detail = &event.entry.detail;
    let text = |name: &str| detail[name].as_str().unwrap_or_default();
    let became = match detail["passed"] == true {
        true => "lets pass what it did not see",
        false => "lets nothing pass unseen, so it was kept back",
    };
    Reasons {
        sentences: vec![
            format!(
                "The external analyzer '{}' did not look at the {}: {}.",
                text("analyzer"),
                text("direction"),
                text("why")
            ),
            format!("The content policy of '{}' {became}.", event.entry.scope),
        ],
        ..Reasons::default()
    }
}

fn who(event: &Event) -> String {
    let name = if event.caller_name.is_empty() {
        event.entry.principal.as_str()
    } else {
        event.caller_name.as_str()
    };
    format!("'{name}' ({})", event.entry.principal)
}

fn denied(event: &Event, custom: &[CustomRole]) -> Reasons {
    let entry = &event.entry;
    // The message names what was asked for last: subscribing asks for more than its route does.
    let (action, scope) = asked(&event.message).unwrap_or((&entry.action, &entry.scope));
    let mut sentences = vec![format!(
        "{} asked to do '{action}' at '{scope}', and nothing that they hold there allows it.",
        who(event)
    )];
    let held = entry.detail["assignments"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    if held.is_empty() {
        sentences.push("They held no role at this scope or above it.".to_owned());
    }
    for one in &held {
        let text = |name: &str| one[name].as_str().unwrap_or_default();
        let name = if text("roleName").is_empty() {
            text("role")
        } else {
            text("roleName")
        };
        let why = if one["conditional"] == true {
            "its condition keeps it from counting for rights"
        } else {
            "which does not allow the action"
        };
        sentences.push(format!("They held '{name}' at '{}', {why}.", text("scope")));
    }
    let mut allowing: Vec<&RoleDefinition> = roles::built_in()
        .iter()
        .chain(custom.iter().map(|role| &role.definition))
        .filter(|role| {
            rbac::allows(&role.permissions, action)
                && role
                    .assignable_scopes
                    .iter()
                    .any(|held| rbac::covers(held, scope))
        })
        .collect();
    allowing.sort_by_key(|role| might(role));
    let commands = allowing.first().map(|role| {
        format!(
            "cupola role assignment create --assignee {} --role \"{}\" --scope {scope}",
            entry.principal, role.name
        )
    });
    Reasons {
        sentences,
        would_allow: allowing.iter().map(|role| role.name.clone()).collect(),
        commands: commands.into_iter().collect(),
    }
}

// How much a role allows, roughly: everything is more than everything of a provider, and that is more than one action.
fn might(role: &RoleDefinition) -> (usize, usize) {
    let actions = || role.permissions.iter().flat_map(|block| &block.actions);
    let all = actions().filter(|action| *action == "*").count();
    let wide = actions()
        .map(|action| if action.contains('*') { 10 } else { 1 })
        .sum();
    (all, wide)
}

fn asked(message: &str) -> Option<(&str, &str)> {
    let (_, rest) = message.split_once("perform action '")?;
    let (action, rest) = rest.split_once("' over scope '")?;
    let (scope, _) = rest.split_once('\'')?;
    Some((action, scope))
}

fn locked(event: &Event) -> Reasons {
    let entry = &event.entry;
    let scopes: Vec<&str> = event
        .message
        .split_once("are locked: ")
        .map(|(_, rest)| rest.split('\'').skip(1).step_by(2).collect())
        .unwrap_or_default();
    let mut reasons = Reasons {
        sentences: vec![format!(
            "{} may do '{}' at '{}', but a lock forbids it to everybody: {}",
            who(event),
            entry.action,
            entry.scope,
            event.message
        )],
        ..Reasons::default()
    };
    for scope in scopes {
        reasons.commands.push(format!(
            "cupola rest --method get --url {scope}/providers/Microsoft.Authorization/locks"
        ));
        reasons.sentences.push(format!(
            "Whoever may write locks at '{scope}' can take it away and put it back."
        ));
    }
    reasons
}

#[cfg(test)]
mod tests {
    use super::*;
    use cupola_core::Timestamp;
    use cupola_store::audit::Entry;
    use serde_json::json;

    fn event(outcome: &str, action: &str, message: &str, detail: Value) -> Event {
        let entry = Entry {
            at: Timestamp::UNIX_EPOCH,
            principal: "p".into(),
            action: action.into(),
            scope: "/subscriptions/s".into(),
            outcome: outcome.into(),
            correlation: "c".into(),
            detail,
        };
        Event {
            message: message.into(),
            ..entry.into()
        }
    }

    #[test]
    fn a_denial_names_what_was_held_and_the_least_role_that_helps() {
        let action = "Microsoft.MachineLearningServices/workspaces/serverlessEndpoints/write";
        let held = json!({"assignments": [{"role": "r", "roleName": "Reader", "scope": "/subscriptions/s"}]});
        let reasons = of(&event("AuthorizationFailed", action, "", held), &[], None);
        assert!(reasons.sentences[1].contains("'Reader'"), "{reasons:?}");
        assert!(reasons.would_allow.contains(&"Owner".to_owned()), "{reasons:?}");
        assert!(!reasons.would_allow.contains(&"Reader".to_owned()), "{reasons:?}");
        assert!(
            reasons.commands[0].contains("AzureML Data Scientist")
                || reasons.commands[0].contains("AI Developer")
        );
    }

    #[test]
    fn a_finding_names_its_rules_and_what_became_of_it() {
        let action = "Microsoft.CognitiveServices/accounts/deployments/contentFilter/action";
        let detail = json!({"direction": "prompt", "hits": [
            {"rule": "violence.threat", "category": "violence", "severity": "medium"},
            {"analyzer": "llama", "rule": "one", "category": "words", "severity": null},
        ]});
        let reasons = of(&event("ContentFiltered", action, "", detail), &[], None);
        assert_eq!(
            reasons.sentences,
            [
                "What was found in the prompt: 'violence.threat' (violence, medium), 'one' (words, by 'llama').",
                "The content policy of '/subscriptions/s' kept it back.",
            ]
        );
    }

    #[test]
    fn an_analyzer_that_did_not_look_is_named_with_what_became_of_the_text() {
        let action = "Microsoft.CognitiveServices/accounts/deployments/contentFilter/action";
        let detail = |passed: bool| json!({"direction": "prompt", "hits": [], "analyzer": "ours", "why": "it broke", "passed": passed});
        let said = |passed| {
            of(
                &event("ContentFilterUnavailable", action, "", detail(passed)),
                &[],
                None,
            )
            .sentences
        };
        assert_eq!(
            said(false),
            [
                "The external analyzer 'ours' did not look at the prompt: it broke.",
                "The content policy of '/subscriptions/s' lets nothing pass unseen, so it was kept back.",
            ]
        );
        assert!(said(true)[1].contains("lets pass what it did not see"));
    }

    #[test]
    fn locks_and_faults_say_what_they_are() {
        let message = "The scope 'x' cannot perform delete operation because following scope(s) are locked: '/a','/b'. Please";
        let reasons = of(&event("ScopeLocked", "N/delete", message, json!({})), &[], None);
        assert_eq!(reasons.commands.len(), 2);
        let fault = of(
            &event(
                "InvalidRequestContent",
                "N/write",
                "The field x is required.",
                json!({}),
            ),
            &[],
            Some(&json!({"code": "E", "message": "m"})),
        );
        assert!(fault.sentences[0].contains("The field x is required."));
        assert!(fault.sentences[1].contains("E: m"));
    }
}
