//! Which resource a generic command means: by its id, or by the parts of its id.

use clap::Args;

use crate::arm::Arm;
use crate::failure::Failure;
use crate::session::{GroupFlag, Session};
use crate::transport::segment;

/// The flags that name resources.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Target {
    /// Ids of resources; with them no other name is needed.
    #[arg(long, num_args = 1.., value_name = "ID", conflicts_with_all = ["name", "resource_type", "namespace", "parent"])]
    ids: Vec<String>,
    /// Name of the resource.
    #[arg(short = 'n', long)]
    name: Option<String>,
    /// Type, such as Microsoft.SaaS/resources, or without its namespace beside --namespace.
    #[arg(long, value_name = "TYPE")]
    resource_type: Option<String>,
    /// Provider namespace, such as Microsoft.MachineLearningServices.
    #[arg(long)]
    namespace: Option<String>,
    /// Path of the parent, such as workspaces/hello-project.
    #[arg(long, value_name = "PATH")]
    parent: Option<String>,
    #[command(flatten)]
    group: GroupFlag,
}

impl Target {
    /// The paths of the resources that are meant: at least one.
    pub(crate) fn paths(&self, session: &Session, arm: &Arm) -> Result<Vec<String>, Failure> {
        if !self.ids.is_empty() {
            return self.ids.iter().map(|id| checked(id)).collect();
        }
        let (Some(name), Some(kind)) = (&self.name, &self.resource_type) else {
            return Err(
                Failure::usage("No resource is named: use --ids, or -n with --resource-type")
                    .hint("cupola resource list --query '[].id' -o tsv"),
            );
        };
        let group = session.group(&self.group, arm)?;
        let below = below(self.namespace.as_deref(), self.parent.as_deref(), kind, name)?;
        Ok(vec![format!("{}/providers/{below}", arm.group(&group))])
    }

    /// The path of the one resource that is meant.
    pub(crate) fn path(&self, session: &Session, arm: &Arm) -> Result<String, Failure> {
        let mut paths = self.paths(session, arm)?;
        match (paths.pop(), paths.is_empty()) {
            (Some(path), true) => Ok(path),
            _ => Err(Failure::usage("This command takes one resource at a time")),
        }
    }
}

/// An id, as somebody pasted it.
pub(crate) fn checked(id: &str) -> Result<String, Failure> {
    let id = id.trim().trim_end_matches('/');
    if id.starts_with('/') && !id.contains(['?', '#', ' ', '\\']) {
        return Ok(id.to_owned());
    }
    Err(Failure::usage(format!(
        "'{id}' is not a resource id: it needs the form /subscriptions/..."
    ))
    .hint("cupola resource list --query '[].id' -o tsv"))
}

// Type `A/b/c` with name `x/y` lies at `A/b/x/c/y`.
fn below(namespace: Option<&str>, parent: Option<&str>, kind: &str, name: &str) -> Result<String, Failure> {
    let wrong = || {
        Failure::usage(format!("The type '{kind}' and the name '{name}' do not fit together"))
            .hint("cupola resource show -n hello --namespace Microsoft.MachineLearningServices --parent workspaces/hello-project --resource-type serverlessEndpoints")
    };
    let (namespace, kinds) = match namespace {
        Some(namespace) => (namespace, kind),
        None => kind.split_once('/').ok_or_else(wrong)?,
    };
    let kinds: Vec<&str> = kinds.trim_matches('/').split('/').collect();
    let names: Vec<&str> = name.trim_matches('/').split('/').collect();
    if kinds.len() != names.len() || names.iter().chain(&kinds).any(|part| part.is_empty()) {
        return Err(wrong());
    }
    let mut path = namespace.to_owned();
    for part in parent
        .into_iter()
        .flat_map(|parent| parent.trim_matches('/').split('/'))
    {
        path += &format!("/{}", segment(part));
    }
    for (kind, name) in kinds.iter().zip(&names) {
        path += &format!("/{}/{}", segment(kind), segment(name));
    }
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_become_a_path() {
        let check =
            |namespace: Option<&str>, parent: Option<&str>, kind: &str, name: &str, expected: &str| {
                let found = below(namespace, parent, kind, name).unwrap_or_else(|failure| failure.message);
                assert_eq!(found, expected);
            };
        check(None, None, "A/b", "x", "A/b/x");
        check(None, None, "A/b/c", "x/y", "A/b/x/c/y");
        check(Some("A"), Some("b/x"), "c", "y z", "A/b/x/c/y%20z");
        check(
            None,
            None,
            "A",
            "x",
            "The type 'A' and the name 'x' do not fit together",
        );
        check(
            None,
            None,
            "A/b/c",
            "x",
            "The type 'A/b/c' and the name 'x' do not fit together",
        );
    }

    #[test]
    fn ids_look_like_ids() {
        assert_eq!(checked("/subscriptions/s/ ").expect("an id"), "/subscriptions/s");
        assert!(checked("hello").is_err());
        assert!(checked("/x?y").is_err());
    }
}
