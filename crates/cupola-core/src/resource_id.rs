//! ARM resource ids: `/subscriptions/S/resourceGroups/G/providers/N/t/n/t/n`, compared without case.

use crate::name::fold;
use std::fmt;

/// A parsed id with canonical casing of the fixed segments and the given casing of the names.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ResourceId {
    /// The subscription, a GUID.
    pub subscription: Option<String>,
    /// The resource group.
    pub group: Option<String>,
    /// The provider namespace, such as `Microsoft.MachineLearningServices`.
    pub provider: Option<String>,
    /// Types and names in turn: `[("workspaces", "w"), ("serverlessEndpoints", "e")]`.
    pub path: Vec<(String, String)>,
}

impl ResourceId {
    /// The id of a subscription.
    pub fn subscription(subscription: &str) -> Self {
        Self {
            subscription: Some(subscription.to_owned()),
            group: None,
            provider: None,
            path: Vec::new(),
        }
    }

    /// The id of a resource group.
    pub fn group(subscription: &str, group: &str) -> Self {
        Self {
            group: Some(group.to_owned()),
            ..Self::subscription(subscription)
        }
    }

    /// The id of a resource in this group, or at this scope.
    #[must_use]
    pub fn resource(&self, provider: &str, kind: &str, name: &str) -> Self {
        Self {
            provider: Some(provider.to_owned()),
            path: vec![(kind.to_owned(), name.to_owned())],
            subscription: self.subscription.clone(),
            group: self.group.clone(),
        }
    }

    /// The id of a child of this resource.
    #[must_use]
    pub fn child(&self, kind: &str, name: &str) -> Self {
        let mut child = self.clone();
        child.path.push((kind.to_owned(), name.to_owned()));
        child
    }

    /// The resource that holds this one: parent resource, then group, then subscription.
    pub fn parent(&self) -> Option<Self> {
        let mut parent = self.clone();
        if parent.path.len() > 1 {
            parent.path.pop();
            return Some(parent);
        }
        if parent.provider.is_some() {
            parent.provider = None;
            parent.path.clear();
            return (parent.subscription.is_some()).then_some(parent);
        }
        if parent.group.is_some() {
            parent.group = None;
            return Some(parent);
        }
        None
    }

    /// The last name of the id.
    pub fn name(&self) -> &str {
        self.path
            .last()
            .map(|(_, name)| name.as_str())
            .or(self.group.as_deref())
            .or(self.subscription.as_deref())
            .unwrap_or_default()
    }

    /// The full type, such as `Microsoft.MachineLearningServices/workspaces/serverlessEndpoints`.
    pub fn resource_type(&self) -> String {
        match &self.provider {
            Some(provider) => {
                let mut text = provider.clone();
                for (kind, _) in &self.path {
                    text.push('/');
                    text.push_str(kind);
                }
                text
            }
            None if self.group.is_some() => "Microsoft.Resources/resourceGroups".to_owned(),
            None => "Microsoft.Resources/subscriptions".to_owned(),
        }
    }

    /// The id for comparison and for keys of the store.
    pub fn folded(&self) -> String {
        fold(&self.to_string())
    }

    /// Reads an id; `None` where the text is not one. Repeated and trailing slashes are forgiven.
    pub fn parse(text: &str) -> Option<Self> {
        let segments: Vec<&str> = text.split('/').filter(|segment| !segment.is_empty()).collect();
        let mut id = Self {
            subscription: None,
            group: None,
            provider: None,
            path: Vec::new(),
        };
        let mut rest = segments.as_slice();
        if let [fixed, subscription, tail @ ..] = rest
            && fixed.eq_ignore_ascii_case("subscriptions")
        {
            id.subscription = Some((*subscription).to_owned());
            rest = tail;
            if let [fixed, group, tail @ ..] = rest
                && fixed.eq_ignore_ascii_case("resourceGroups")
            {
                id.group = Some((*group).to_owned());
                rest = tail;
            }
        }
        if let [fixed, provider, tail @ ..] = rest
            && fixed.eq_ignore_ascii_case("providers")
        {
            if tail.is_empty() || tail.len() % 2 != 0 {
                return None;
            }
            id.provider = Some((*provider).to_owned());
            id.path = tail
                .chunks_exact(2)
                .map(|pair| (pair[0].to_owned(), pair[1].to_owned()))
                .collect();
            rest = &[];
        }
        (rest.is_empty() && (id.subscription.is_some() || id.provider.is_some())).then_some(id)
    }
}

impl fmt::Display for ResourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(subscription) = &self.subscription {
            write!(f, "/subscriptions/{subscription}")?;
        }
        if let Some(group) = &self.group {
            write!(f, "/resourceGroups/{group}")?;
        }
        if let Some(provider) = &self.provider {
            write!(f, "/providers/{provider}")?;
            for (kind, name) in &self.path {
                write!(f, "/{kind}/{name}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(input: &str, expected: Option<&str>) {
        assert_eq!(
            ResourceId::parse(input).map(|id| id.to_string()).as_deref(),
            expected,
            "{input}"
        );
    }

    #[test]
    fn ids_are_read_with_any_case_and_extra_slashes() {
        check("/subscriptions/s", Some("/subscriptions/s"));
        check(
            "/Subscriptions/s/resourcegroups/G/",
            Some("/subscriptions/s/resourceGroups/G"),
        );
        check(
            "/subscriptions/s/resourceGroups/g/providers/N.X//workspaces/w/serverlessEndpoints/e",
            Some("/subscriptions/s/resourceGroups/g/providers/N.X/workspaces/w/serverlessEndpoints/e"),
        );
        check("/providers/N.X/t/n", Some("/providers/N.X/t/n"));
        for wrong in [
            "",
            "/",
            "/x/y",
            "/subscriptions/s/providers/N.X/t",
            "/subscriptions/s/t/n",
        ] {
            check(wrong, None);
        }
    }

    #[test]
    fn parents_lead_to_the_subscription() {
        let id = ResourceId::parse("/subscriptions/s/resourceGroups/g/providers/N/a/b/c/d").expect("an id");
        let chain: Vec<String> = std::iter::successors(Some(id), ResourceId::parent)
            .map(|id| id.to_string())
            .collect();
        assert_eq!(chain.len(), 4);
        assert_eq!(chain[3], "/subscriptions/s");
        assert_eq!(chain[1], "/subscriptions/s/resourceGroups/g/providers/N/a/b");
    }
}
