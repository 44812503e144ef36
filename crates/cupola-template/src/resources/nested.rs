//! Nested deployments: a resource whose body holds a template.

mod outer;

use super::identity::DEPLOYMENTS;
use crate::scope::Frame;
use crate::source::{Node, Shape, Span};
use crate::tree::Trouble;
use serde_json::Value;

/// The template of a nested deployment.
#[derive(Debug)]
pub(crate) enum Nested {
    /// Its expressions see what it declares itself: it travels as it is.
    Inner(Box<Node>),
    /// Its expressions see what stands around it: they are evaluated here.
    Outer(outer::Template),
    /// There is none, or none that is here; a sentence says what to do.
    Elsewhere(Span, String),
}

impl Nested {
    /// Takes the template out of a resource, if it is a nested deployment; what remains is evaluated as always.
    pub(crate) fn read(node: &Node) -> Option<(Self, Node)> {
        if !is_deployment(node) {
            return None;
        }
        // Properties that are an expression as a whole are what they come to.
        let properties = node
            .property("properties")
            .filter(|properties| properties.is_object())?;
        if let Some(link) = properties.property("templateLink").filter(|link| !link.is_null()) {
            let place = ["relativePath", "uri", "id"]
                .iter()
                .find_map(|key| Some((*key, link.property(key)?.text()?)))
                .map_or_else(String::new, |(key, text)| format!(" ({key} '{text}')"));
            let sentence = format!(
                "The nested deployment links to its template{place}. Nothing is fetched from elsewhere here: put the \
                 template itself under 'properties.template', as Bicep does for modules."
            );
            return Some((Self::Elsewhere(link.span, sentence), without_template(node)));
        }
        if let Some(link) = properties
            .property("parametersLink")
            .filter(|link| !link.is_null())
        {
            let sentence = "The nested deployment links to its parameters. Nothing is fetched from elsewhere here: put them \
                            under 'properties.parameters'.";
            return Some((
                Self::Elsewhere(link.span, sentence.to_owned()),
                without_template(node),
            ));
        }
        let Some(template) = properties
            .property("template")
            .filter(|template| !template.is_null())
        else {
            let sentence = "The nested deployment has no template; put it under 'properties.template'.";
            return Some((
                Self::Elsewhere(properties.span, sentence.to_owned()),
                without_template(node),
            ));
        };
        let nested = if is_inner(node) {
            Self::Inner(Box::new(template.clone()))
        } else {
            Self::Outer(outer::Template::read(template))
        };
        Some((nested, without_template(node)))
    }

    pub(crate) fn inner_template(&self) -> Option<&Node> {
        match self {
            Self::Inner(template) => Some(template),
            Self::Outer(_) | Self::Elsewhere(..) => None,
        }
    }

    /// Puts the template into the evaluated body.
    pub(crate) fn complete(&self, body: &mut Value, frame: &Frame<'_>, trouble: &mut Trouble) {
        let template = match self {
            Self::Inner(template) => template.to_value(),
            Self::Outer(template) => template.evaluate(frame, trouble),
            Self::Elsewhere(span, sentence) => {
                trouble.fault(*span, sentence.as_str());
                return;
            }
        };
        if let Some(Value::Object(properties)) = body.get_mut("properties") {
            properties.insert("template".to_owned(), template);
        }
    }
}

fn is_deployment(node: &Node) -> bool {
    let kind = node.property("type").and_then(Node::text);
    kind.is_some_and(|kind| kind.eq_ignore_ascii_case(DEPLOYMENTS))
}

/// Whether the resource is a nested deployment of inner scope.
fn is_inner(node: &Node) -> bool {
    let scope = node
        .get("properties.expressionEvaluationOptions.scope")
        .and_then(Node::text);
    is_deployment(node) && scope.is_some_and(|scope| scope.eq_ignore_ascii_case("inner"))
}

fn without_template(node: &Node) -> Node {
    let mut node = node.clone();
    if let Shape::Object(members) = &mut node.shape {
        for member in members
            .iter_mut()
            .filter(|member| member.key.eq_ignore_ascii_case("properties"))
        {
            if let Shape::Object(properties) = &mut member.node.shape {
                properties.retain(|property| !property.key.eq_ignore_ascii_case("template"));
            }
        }
    }
    node
}
