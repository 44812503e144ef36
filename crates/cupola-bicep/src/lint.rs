//! Advice about a file that compiles: the linter rules that cost nothing.

use crate::check::Facts;
use crate::diagnostic::Remarks;
use crate::model::{Model, has_decorator, is_exported};
use crate::references;
use crate::syntax::{ArrayItem, ExpressionKind, StatementKind};

pub(crate) fn lint(model: &Model, facts: &Facts, remarks: &mut Remarks) {
    for statement in &model.tree.statements {
        match &statement.kind {
            StatementKind::Parameter { name, default, .. } => {
                if !facts.used.contains(&name.text) {
                    let message = format!("Parameter \"{}\" is declared but never used.", name.text);
                    remarks.warning(name.span, "no-unused-params", message);
                }
                if let Some(default) = default
                    && has_decorator(&statement.decorators, "secure")
                    && !is_harmless(&default.bare().kind)
                {
                    remarks.warning(
                        default.span,
                        "secure-parameter-default",
                        "Secure parameters should not have hardcoded defaults (except for empty or newGuid()).",
                    );
                }
            }
            StatementKind::Variable { name, .. }
                if !facts.used.contains(&name.text) && !is_exported(&statement.decorators) =>
            {
                let message = format!("Variable \"{}\" is declared but never used.", name.text);
                remarks.warning(name.span, "no-unused-vars", message);
            }
            StatementKind::Output { value, .. } if !has_decorator(&statement.decorators, "secure") => {
                let uses = references::uses(model, value, None, Vec::new());
                let lists = uses.deployables.iter().find_map(|found| match found.how {
                    references::How::Method(name) if name.starts_with("list") => Some((name, found.span)),
                    _ => None,
                });
                let called = uses.runtime_call.filter(|(name, _)| name.starts_with("list"));
                if let Some((name, span)) = lists.or(called) {
                    let message = format!(
                        "Outputs should not contain secrets. Found possible secret: function '{name}'"
                    );
                    remarks.warning(span, "outputs-should-not-contain-secrets", message);
                }
            }
            _ => {}
        }
    }
    for import in &model.imports {
        if !facts.used.contains(&import.name.text) {
            let message = format!("Import \"{}\" is declared but never used.", import.name.text);
            remarks.warning(import.name.span, "no-unused-imports", message);
        }
    }
    for (index, deployable) in model.deployables.iter().enumerate() {
        let declaration = &*deployable.declaration;
        if declaration.existing && !facts.used_deployables.contains(&index) && deployable.children.is_empty()
        {
            let message = format!(
                "Existing resource \"{}\" is declared but never used.",
                declaration.name.text
            );
            remarks.warning(declaration.name.span, "no-unused-existing-resources", message);
        }
        unnecessary_dependencies(model, index, remarks);
    }
}

fn is_harmless(default: &ExpressionKind) -> bool {
    match default {
        ExpressionKind::Text(text) => text.constant() == Some(""),
        ExpressionKind::Call { name, .. } => name.text == "newGuid",
        ExpressionKind::Object(object) => object.items.is_empty(),
        _ => true,
    }
}

// What the body refers to, or stands in, is waited for anyway.
fn unnecessary_dependencies(model: &Model, index: usize, remarks: &mut Remarks) {
    let deployable = &model.deployables[index];
    let Some(list) = deployable.declaration.property("dependsOn") else {
        return;
    };
    let ExpressionKind::Array(items) = &list.bare().kind else {
        return;
    };
    let uses = references::uses_of_deployable(model, index);
    let ancestors = model.ancestors(index);
    for item in items {
        let ArrayItem::Value(item) = item else { continue };
        let Some((target, None)) = model.resolve(item, Some(index), &|_| false) else {
            continue;
        };
        let elsewhere = uses.deployables.iter().any(|found| {
            found.index == target && !(list.span.start <= found.span.start && found.span.end <= list.span.end)
        });
        if elsewhere || ancestors.contains(&target) {
            let name = &model.deployables[target].declaration.name.text;
            let message = format!("Remove unnecessary dependsOn entry '{name}'.");
            remarks.warning(item.span, "no-unnecessary-dependson", message);
        }
    }
}
