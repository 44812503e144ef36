//! Resource ids.

use super::super::{Fault, Place};
use super::{Answer, Arguments, Function, MANY, Run, Signature};

const fn placed(
    name: &'static str,
    minimum: usize,
    run: fn(&Arguments<'_>, &Place<'_>) -> Answer,
) -> Function {
    Function {
        signature: Signature {
            name,
            minimum,
            maximum: MANY,
        },
        run: Run::Placed(run),
    }
}

pub(super) const TABLE: &[Function] = &[
    placed("resourceId", 2, resource_id),
    placed("extensionResourceId", 3, extension),
    placed("subscriptionResourceId", 2, subscription),
    placed("tenantResourceId", 2, tenant),
    placed("managementGroupResourceId", 2, management_group),
];

/// `[subscription], [group], type, names`: without a group the id is as wide as the deployment.
fn resource_id(arguments: &Arguments<'_>, place: &Place<'_>) -> Answer {
    let (before, named) = Named::read(arguments, 0, 2)?;
    let (subscription, group) = match before.as_slice() {
        [] => (place.subscription, place.group),
        [group] => (place.subscription, Some(*group)),
        [subscription, group, ..] => (Some(*subscription), Some(*group)),
    };
    Ok(match (subscription, group) {
        (Some(subscription), Some(group)) => {
            named.below(&format!("/subscriptions/{subscription}/resourceGroups/{group}"))
        }
        (Some(subscription), None) => named.in_subscription(subscription),
        (None, None) => named.below(""),
        (None, Some(_)) => return Err(outside(arguments, "subscription")),
    }
    .into())
}

fn extension(arguments: &Arguments<'_>, _: &Place<'_>) -> Answer {
    let base = arguments.text(0)?;
    let (_, named) = Named::read(arguments, 1, 0)?;
    Ok(named.below(base.trim_end_matches('/')).into())
}

fn subscription(arguments: &Arguments<'_>, place: &Place<'_>) -> Answer {
    let (before, named) = Named::read(arguments, 0, 1)?;
    let subscription = before.first().copied().or(place.subscription);
    Ok(named
        .in_subscription(subscription.ok_or_else(|| outside(arguments, "subscription"))?)
        .into())
}

fn tenant(arguments: &Arguments<'_>, _: &Place<'_>) -> Answer {
    let (_, named) = Named::read(arguments, 0, 0)?;
    Ok(match named
        .kind
        .eq_ignore_ascii_case("Microsoft.Resources/subscriptions")
    {
        true => format!("/subscriptions/{}", named.names.concat()),
        false => named.below(""),
    }
    .into())
}

fn management_group(arguments: &Arguments<'_>, place: &Place<'_>) -> Answer {
    let (before, named) = Named::read(arguments, 0, 1)?;
    let group = before.first().copied().or(place.management_group);
    let group = group.ok_or_else(|| outside(arguments, "management group"))?;
    Ok(named
        .below(&format!(
            "/providers/Microsoft.Management/managementGroups/{group}"
        ))
        .into())
}

fn outside(arguments: &Arguments<'_>, scope: &str) -> Fault {
    arguments.fault(format!(
        "the deployment is not within a {scope}, so its id has to be the first argument"
    ))
}

/// A type and as many names as it has segments after the namespace.
struct Named<'a> {
    kind: &'a str,
    names: Vec<&'a str>,
}

impl<'a> Named<'a> {
    /// The type is the first argument with a slash in it; up to `before_max` arguments may stand before it.
    fn read(
        arguments: &Arguments<'a>,
        start: usize,
        before_max: usize,
    ) -> Result<(Vec<&'a str>, Self), Fault> {
        let texts: Vec<&str> = (start..arguments.len())
            .map(|position| arguments.text(position))
            .collect::<Result<_, Fault>>()?;
        let at = texts
            .iter()
            .take(before_max + 1)
            .position(|text| text.contains('/'));
        let at = at.ok_or_else(|| {
            let place = if before_max == 0 {
                "its place"
            } else {
                "one of the first places"
            };
            arguments.fault(format!(
                "it needs a fully qualified resource type, such as 'Namespace/type', in {place}"
            ))
        })?;
        let (before, rest) = texts.split_at(at);
        let (kind, names) = (rest[0].trim_matches('/'), rest[1..].to_vec());
        let wanted = kind.split('/').count() - 1;
        if wanted == 0 || kind.split('/').any(str::is_empty) {
            return Err(arguments.fault(format!(
                "'{kind}' is not a resource type, such as 'Namespace/type'"
            )));
        }
        if wanted != names.len() {
            let given = names.len();
            return Err(arguments.fault(format!(
                "the type '{kind}' requires '{wanted}' resource name argument(s) while {given} were provided"
            )));
        }
        if names.iter().any(|name| name.is_empty()) {
            return Err(arguments.fault(format!("a resource name of type '{kind}' is empty")));
        }
        Ok((before.to_vec(), Self { kind, names }))
    }

    fn below(&self, scope: &str) -> String {
        let mut types = self.kind.split('/');
        let namespace = types.next().unwrap_or_default();
        let pairs = types
            .zip(&self.names)
            .map(|(kind, name)| format!("/{kind}/{name}"));
        format!("{scope}/providers/{namespace}{}", pairs.collect::<String>())
    }

    /// Groups are not resources of a provider in their own ids.
    fn in_subscription(&self, subscription: &str) -> String {
        let scope = format!("/subscriptions/{subscription}");
        match self
            .kind
            .eq_ignore_ascii_case("Microsoft.Resources/resourceGroups")
        {
            true => format!("{scope}/resourceGroups/{}", self.names.concat()),
            false => self.below(&scope),
        }
    }
}
