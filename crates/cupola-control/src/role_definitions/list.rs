//! `GET {scope}/providers/Microsoft.Authorization/roleDefinitions`: all that can be assigned here, or those of a name or
//! type; with `atScopeAndBelow()` also those that can only be assigned below.

use super::{Known, is_seen, scope, shown};
use crate::dispatch::{Call, Reply};
use crate::{answer, roles};
use cupola_core::Problem;
use cupola_core::rbac::Granted;
use cupola_wire::arm::Page;

pub(super) async fn list(call: Call, _grant: Granted) -> Result<Reply, Problem> {
    let scope = scope(&call);
    let filter = Filter::read(call.query.get("$filter").unwrap_or_default());
    let custom = call
        .control
        .store()
        .reader()
        .await?
        .access()
        .custom_roles()
        .await?;
    let built_in = roles::built_in().iter().map(|role| Known {
        definition: role.clone(),
        custom: None,
    });
    let custom = custom
        .into_iter()
        .filter(|role| is_seen(&role.definition, &scope, filter.below))
        .map(|role| Known {
            definition: role.definition.clone(),
            custom: Some(role),
        });
    let found = built_in
        .chain(custom)
        .filter(|known| filter.passes(known))
        .map(|known| shown(&scope, &known));
    Ok(answer::ok(&Page::whole(found.collect())))
}

/// What of the roles is wanted. Odd conditions leave nothing out.
#[derive(Debug, Default, PartialEq, Eq)]
struct Filter {
    name: Option<String>,
    built_in: Option<bool>,
    below: bool,
}

impl Filter {
    fn read(text: &str) -> Self {
        let kind = compared(text, "type");
        Self {
            name: compared(text, "roleName"),
            built_in: kind.map(|kind| !kind.eq_ignore_ascii_case("CustomRole")),
            below: text.to_ascii_lowercase().contains("atscopeandbelow()"),
        }
    }

    fn passes(&self, known: &Known) -> bool {
        let role = &known.definition;
        self.name
            .as_ref()
            .is_none_or(|name| role.name.eq_ignore_ascii_case(name))
            && self.built_in.is_none_or(|built_in| role.built_in == built_in)
    }
}

// `name eq 'value'`, wherever it stands; a quote in a value is written twice.
fn compared(text: &str, name: &str) -> Option<String> {
    let folded = text.to_ascii_lowercase();
    let mut from = 0;
    while let Some(at) = folded[from..].find(&name.to_ascii_lowercase()) {
        let rest = text[from + at + name.len()..].trim_start();
        let value = rest
            .get(..2)
            .filter(|word| word.eq_ignore_ascii_case("eq"))
            .and_then(|_| rest[2..].trim_start().strip_prefix('\''));
        if let Some(value) = value {
            return Some(quoted(value));
        }
        from += at + name.len();
    }
    None
}

fn quoted(text: &str) -> String {
    let mut value = String::new();
    let mut chars = text.chars().peekable();
    while let Some(next) = chars.next() {
        match (next, chars.peek()) {
            ('\'', Some('\'')) => {
                chars.next();
                value.push('\'');
            }
            ('\'', _) => break,
            _ => value.push(next),
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, name: Option<&str>, built_in: Option<bool>, below: bool) {
        let expected = Filter {
            name: name.map(str::to_owned),
            built_in,
            below,
        };
        assert_eq!(Filter::read(text), expected, "{text}");
    }

    #[test]
    fn a_role_is_found_by_its_name_and_type() {
        check(
            "roleName eq 'Azure AI Developer'",
            Some("Azure AI Developer"),
            None,
            false,
        );
        check("rolename EQ 'it''s'", Some("it's"), None, false);
        check("atScopeAndBelow()", None, None, true);
        check(
            "atScopeAndBelow() and type eq 'CustomRole' and roleName eq 'x'",
            Some("x"),
            Some(false),
            true,
        );
        check("type eq 'BuiltInRole'", None, Some(true), false);
        check("roleName", None, None, false);
        check("", None, None, false);
    }
}
