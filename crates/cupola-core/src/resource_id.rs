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
    /// Types and names in turn: `[("workspaces", "w"), ("serverlessEndpoints", "e")]`. An extension of a resource begins
    /// with a pair of its own, `("providers", "Microsoft.Insights")`.
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
            if parent.path.last().is_some_and(is_namespace) {
                parent.path.pop();
            }
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
        match self.namespace() {
            Some(namespace) => {
                let mut text = namespace.to_owned();
                let begin = self.path.iter().rposition(is_namespace).map_or(0, |at| at + 1);
                for (kind, _) in &self.path[begin..] {
                    text.push('/');
                    text.push_str(kind);
                }
                text
            }
            None if self.group.is_some() => "Microsoft.Resources/resourceGroups".to_owned(),
            None => "Microsoft.Resources/subscriptions".to_owned(),
        }
    }

    /// The namespace of its type: of the extension, where it is one.
    pub fn namespace(&self) -> Option<&str> {
        let extension = self.path.iter().rfind(|pair| is_namespace(pair));
        extension
            .map(|(_, namespace)| namespace.as_str())
            .or(self.provider.as_deref())
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
            // A namespace alone is no resource.
            if id.path.last().is_some_and(is_namespace) {
                return None;
            }
            rest = &[];
        }
        (rest.is_empty() && (id.subscription.is_some() || id.provider.is_some())).then_some(id)
    }
}

fn is_namespace((kind, _): &(String, String)) -> bool {
    kind.eq_ignore_ascii_case("providers")
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
    fn an_extension_has_the_type_of_its_own_namespace() {
        let on = "/subscriptions/s/resourceGroups/g/providers/N/a/b";
        let id = ResourceId::parse(&format!("{on}/providers/M.X/c/d/e/f")).expect("an id");
        assert_eq!(id.resource_type(), "M.X/c/e");
        assert_eq!(id.namespace(), Some("M.X"));
        let parent = id.parent().expect("a parent");
        assert_eq!((parent.resource_type(), parent.name()), ("M.X/c".to_owned(), "d"));
        assert_eq!(parent.parent().map(|id| id.to_string()).as_deref(), Some(on));
        check(&format!("{on}/providers/M.X"), None);
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
