//! User functions: `ns.name(…)`, which see their own parameters and nothing else.

use crate::complaint::Complaints;
use crate::expression::Stop;
use crate::scope::Frame;
use crate::source::Node;
use crate::tree::{Tree, Trouble};
use crate::types::{Definitions, Misfit};
use cupola_core::name::fold;
use serde_json::Value;
use std::collections::HashMap;

/// The user functions of a template by name without case.
#[derive(Debug, Default)]
pub(crate) struct Functions {
    by_name: HashMap<String, Function>,
    definitions: Definitions,
}

#[derive(Debug)]
struct Function {
    name: String,
    parameters: Vec<(String, Node)>,
    output: Option<Tree>,
    output_schema: Option<Node>,
}

impl Functions {
    /// Reads the section: an array of namespaces with members.
    pub(crate) fn declare(template: &Node, definitions: &Definitions, complaints: &mut Complaints) -> Self {
        let mut functions = Self {
            by_name: HashMap::new(),
            definitions: definitions.clone(),
        };
        let spaces = template
            .property("functions")
            .map(Node::items)
            .unwrap_or_default();
        for (at, space) in spaces.iter().enumerate() {
            let Some(namespace) = space.property("namespace").and_then(Node::text) else {
                complaints.template(
                    &format!("functions[{at}].namespace"),
                    space.span,
                    "The namespace of user functions cannot be null or empty. Please see \
                     https://aka.ms/arm-template/#functions for usage details.",
                );
                continue;
            };
            for member in space.property("members").map(Node::members).unwrap_or_default() {
                let name = format!("{namespace}.{}", member.key);
                let target = format!("functions[{at}].members.{}", member.key);
                if member.node.get("output.value").is_none() {
                    complaints.placed(
                        &target,
                        member.node.span,
                        format!("The template function '{name}'"),
                        "is not valid: its output has no value.",
                    );
                }
                functions
                    .by_name
                    .insert(fold(&name), Function::read(name, &member.node));
            }
        }
        functions
    }

    /// Whether there is a function of this name, in lower case.
    pub(crate) fn knows(&self, name: &str) -> bool {
        self.by_name.contains_key(name)
    }

    /// The value of a call; none where no function has the name.
    pub(crate) fn call(
        &self,
        name: &str,
        arguments: &[Value],
        frame: &Frame<'_>,
    ) -> Option<Result<Value, Stop>> {
        let function = self.by_name.get(name)?;
        let result = frame.run.descend(|| self.run(function, arguments, frame));
        Some(result.unwrap_or_else(|| {
            Err(Stop::fault(format!(
                "The template function '{}' calls itself without end, or too deeply.",
                function.name
            )))
        }))
    }

    fn run(&self, function: &Function, arguments: &[Value], frame: &Frame<'_>) -> Result<Value, Stop> {
        if arguments.len() != function.parameters.len() {
            return Err(Stop::fault(format!(
                "The template function '{}' takes {} argument(s) while {} were provided.",
                function.name,
                function.parameters.len(),
                arguments.len()
            )));
        }
        let mut own = HashMap::new();
        for ((name, schema), value) in function.parameters.iter().zip(arguments) {
            self.fit(value, schema, || {
                format!("argument '{name}' of '{}'", function.name)
            })?;
            own.insert(fold(name), value.clone());
        }
        let Some(output) = &function.output else {
            return Err(frame.run.echo());
        };
        let inner = Frame {
            arguments: Some(&own),
            rounds: &[],
            ..*frame
        };
        let mut trouble = Trouble::default();
        let value = output.evaluate(&inner, &mut trouble);
        if let Some((_, message)) = trouble.faults.into_iter().next() {
            return Err(Stop::fault(message));
        }
        if trouble.echoed {
            return Err(frame.run.echo());
        }
        if !trouble.needs.is_empty() {
            return Err(Stop::Needs(trouble.needs));
        }
        if let Some(schema) = &function.output_schema {
            self.fit(&value, schema, || format!("output of '{}'", function.name))?;
        }
        Ok(value)
    }

    fn fit(&self, value: &Value, schema: &Node, what: impl FnOnce() -> String) -> Result<(), Stop> {
        match self.definitions.misfits(value, schema).into_iter().next() {
            None => Ok(()),
            Some(misfit) => Err(Stop::fault(format!(
                "The {} is not valid: {}",
                what(),
                misfit_sentence(&misfit)
            ))),
        }
    }
}

impl Function {
    fn read(name: String, node: &Node) -> Self {
        let parameters = node.property("parameters").map(Node::items).unwrap_or_default();
        Self {
            name,
            parameters: parameters
                .iter()
                .map(|parameter| {
                    let name = parameter
                        .property("name")
                        .and_then(Node::text)
                        .unwrap_or_default();
                    (name.to_owned(), parameter.clone())
                })
                .collect(),
            output: node.get("output.value").map(Tree::grow),
            output_schema: node
                .property("output")
                .cloned()
                .filter(|output| output.property("type").is_some() || output.property("$ref").is_some()),
        }
    }
}

/// A misfit as a sentence.
pub(crate) fn misfit_sentence(misfit: &Misfit) -> String {
    let at = |path: &str| {
        if path.is_empty() {
            String::new()
        } else {
            format!("'{path}': ")
        }
    };
    match misfit {
        Misfit::Type { path, wanted, found } => format!(
            "{}Expected a value of type '{wanted}', but received a value of type '{found}'.",
            at(path)
        ),
        Misfit::NotAllowed { path, allowed } => {
            format!(
                "{}The value is not part of the allowed value(s): '{allowed}'.",
                at(path)
            )
        }
        Misfit::Rule { path, sentence } => format!("{}{sentence}", at(path)),
    }
}
