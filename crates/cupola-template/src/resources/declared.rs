//! A resource as the template declares it, its expressions parsed.

use super::body::Source;
use crate::complaint::Complaints;
use crate::source::{Node, Shape, Span};
use crate::tree::Tree;
use std::sync::Arc;

/// A declared resource.
#[derive(Debug)]
pub(crate) struct Declared {
    /// Where it stands, such as `resources[2]`.
    pub(crate) path: String,
    pub(crate) span: Span,
    pub(crate) symbol: Option<String>,
    pub(crate) existing: bool,
    pub(crate) looped: Option<Loop>,
    pub(crate) condition: Option<Tree>,
    pub(crate) kind: Option<Tree>,
    pub(crate) name: Option<Tree>,
    pub(crate) api_version: Option<Tree>,
    pub(crate) scope: Option<Tree>,
    pub(crate) subscription: Option<Tree>,
    pub(crate) group: Option<Tree>,
    pub(crate) depends_on: Option<Tree>,
    pub(crate) source: Arc<Source>,
    pub(crate) children: Vec<Declared>,
}

/// The loop of a resource.
#[derive(Debug)]
pub(crate) struct Loop {
    pub(crate) span: Span,
    pub(crate) name: Option<Tree>,
    pub(crate) count: Option<Tree>,
    pub(crate) mode: Option<Tree>,
    pub(crate) batch_size: Option<Tree>,
}

impl Declared {
    /// Reads a `resources` section: an array, or with language version 2.0 an object of symbolic names.
    pub(crate) fn section(section: &Node, path: &str, complaints: &mut Complaints) -> Vec<Self> {
        match &section.shape {
            Shape::List(items) => items
                .iter()
                .enumerate()
                .filter_map(|(at, node)| Self::read(node, format!("{path}[{at}]"), None, complaints))
                .collect(),
            Shape::Object(members) => members
                .iter()
                .filter_map(|member| {
                    let path = format!("{path}.{}", member.key);
                    Self::read(&member.node, path, Some(member.key.clone()), complaints)
                })
                .collect(),
            Shape::Null => Vec::new(),
            _ => {
                complaints.placed(
                    path,
                    section.span,
                    "The template section 'resources'",
                    format!(
                        "must be an array, or an object with symbolic names; it is {}. Please see \
                         https://aka.ms/arm-syntax-resources for usage details.",
                        section.kind()
                    ),
                );
                Vec::new()
            }
        }
    }

    fn read(node: &Node, path: String, symbol: Option<String>, complaints: &mut Complaints) -> Option<Self> {
        if !node.is_object() {
            complaints.placed(
                &path,
                node.span,
                "The template resource",
                format!(
                    "must be an object; it is {}. Please see https://aka.ms/arm-syntax-resources for usage details.",
                    node.kind()
                ),
            );
            return None;
        }
        if let Some(extension) = node.property("extension").or_else(|| node.property("import")) {
            complaints.placed(
                &path,
                node.span,
                "The template resource",
                format!(
                    "belongs to the extension '{}'. Extensions are not available here; resources of providers are.",
                    extension.text().unwrap_or_default()
                ),
            );
            return None;
        }
        // Properties that are null count as not there.
        let tree = |key: &str| node.property(key).filter(|node| !node.is_null()).map(Tree::grow);
        let children = match node.property("resources") {
            Some(section) => Self::section(section, &format!("{path}.resources"), complaints),
            None => Vec::new(),
        };
        Some(Self {
            span: node.span,
            symbol,
            existing: node.property("existing").and_then(Node::truth).unwrap_or(false),
            looped: node
                .property("copy")
                .filter(|copy| copy.is_object())
                .map(Loop::read),
            condition: tree("condition"),
            kind: tree("type"),
            name: tree("name"),
            api_version: tree("apiVersion"),
            scope: tree("scope"),
            subscription: tree("subscriptionId"),
            group: tree("resourceGroup"),
            depends_on: tree("dependsOn"),
            source: Arc::new(Source::read(node)),
            children,
            path,
        })
    }
}

impl Loop {
    fn read(node: &Node) -> Self {
        Self {
            span: node.span,
            name: node.property("name").map(Tree::grow),
            count: node.property("count").map(Tree::grow),
            mode: node.property("mode").map(Tree::grow),
            batch_size: node.property("batchSize").map(Tree::grow),
        }
    }
}
