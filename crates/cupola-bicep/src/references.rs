//! Which names an expression uses, and how. Dependencies, cycles, what is known at the start of a deployment
//! and what is never used all follow from it.

use crate::functions::{self, Place};
use crate::model::{Model, Symbol};
use crate::syntax::{Expression, ExpressionKind, For, Span};

#[derive(Default)]
pub(crate) struct Uses<'a> {
    /// Parameters, variables, functions, imports.
    pub(crate) symbols: Vec<(&'a str, Span)>,
    pub(crate) deployables: Vec<Use<'a>>,
    /// A function whose result is only known when resources are deployed.
    pub(crate) runtime_call: Option<(&'a str, Span)>,
}

pub(crate) struct Use<'a> {
    pub(crate) index: usize,
    pub(crate) span: Span,
    pub(crate) how: How<'a>,
    /// The index into the loop.
    pub(crate) item: Option<&'a Expression>,
    /// Whether that index needs a variable that only exists inside the expression.
    pub(crate) item_is_local: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum How<'a> {
    Whole,
    Property(&'a str),
    Method(&'a str),
}

impl How<'_> {
    /// Whether it is known before anything is deployed.
    pub(crate) fn is_constant(self, module: bool) -> bool {
        match self {
            How::Property("name") => true,
            How::Property("id" | "type" | "apiVersion") => !module,
            _ => false,
        }
    }
}

/// Walks one expression, in the body of `within` and with `locals` in sight.
pub(crate) fn uses<'a>(
    model: &'a Model,
    expression: &'a Expression,
    within: Option<usize>,
    locals: Vec<&'a str>,
) -> Uses<'a> {
    let outer = locals.len();
    let mut walk = Walk {
        model,
        within,
        locals,
        outer,
        uses: Uses::default(),
    };
    walk.expression(expression);
    walk.uses
}

/// All that the declaration of a resource or a module uses, its condition, its loop and its parent included.
pub(crate) fn uses_of_deployable(model: &Model, index: usize) -> Uses<'_> {
    let deployable = &model.deployables[index];
    let declaration = &*deployable.declaration;
    let mut walk = Walk {
        model,
        within: Some(index),
        locals: Vec::new(),
        outer: 0,
        uses: Uses::default(),
    };
    match declaration.looped() {
        Some(looped) => {
            walk.expression(&looped.source);
            walk.locals = deployable.loop_variables();
            walk.outer = walk.locals.len();
            walk.expression(&looped.body);
        }
        None => walk.expression(&declaration.body),
    }
    walk.uses
}

struct Walk<'a> {
    model: &'a Model,
    within: Option<usize>,
    locals: Vec<&'a str>,
    /// How many locals are those of the declaration, and not of a lambda or a loop inside the expression.
    outer: usize,
    uses: Uses<'a>,
}

impl<'a> Walk<'a> {
    fn resolve(&self, expression: &'a Expression) -> Option<(usize, Option<&'a Expression>)> {
        self.model
            .resolve(expression, self.within, &|name| self.locals.contains(&name))
    }

    fn expression(&mut self, expression: &'a Expression) {
        match &expression.kind {
            ExpressionKind::Name(_) | ExpressionKind::Index { .. } | ExpressionKind::Nested { .. } => {
                match self.resolve(expression) {
                    Some(found) => self.found(found, expression.span, How::Whole),
                    None => self.parts(expression),
                }
            }
            ExpressionKind::Property { base, name, .. } => match self.resolve(base) {
                Some(found) => self.found(found, expression.span, How::Property(&name.text)),
                None => self.parts(expression),
            },
            ExpressionKind::Method {
                base,
                name,
                arguments,
            } => {
                match self.resolve(base) {
                    Some(found) => self.found(found, expression.span, How::Method(&name.text)),
                    None if self.is_builtin_namespace(base) => self.call(&name.text, name.span),
                    None => self.expression(base),
                }
                arguments.iter().for_each(|argument| self.expression(argument));
            }
            ExpressionKind::Call { name, arguments } => {
                if self.model.symbols.contains_key(&name.text) {
                    self.uses.symbols.push((&name.text, name.span));
                } else {
                    self.call(&name.text, name.span);
                }
                arguments.iter().for_each(|argument| self.expression(argument));
            }
            ExpressionKind::Lambda { parameters, body } => {
                let before = self.locals.len();
                self.locals
                    .extend(parameters.iter().map(|name| name.text.as_str()));
                self.expression(body);
                self.locals.truncate(before);
            }
            ExpressionKind::For(looped) => self.for_loop(looped),
            _ => self.parts(expression),
        }
    }

    fn parts(&mut self, expression: &'a Expression) {
        if let ExpressionKind::Name(name) = &expression.kind
            && !self.locals.contains(&name.as_str())
        {
            self.uses.symbols.push((name, expression.span));
        }
        expression.each_part(&mut |part| self.expression(part));
    }

    fn for_loop(&mut self, looped: &'a For) {
        self.expression(&looped.source);
        let before = self.locals.len();
        self.locals.push(&looped.item.text);
        self.locals
            .extend(looped.index.iter().map(|name| name.text.as_str()));
        self.expression(&looped.body);
        self.locals.truncate(before);
    }

    fn call(&mut self, name: &'a str, span: Span) {
        let runtime = functions::find(name).is_some_and(|function| function.place == Place::Runtime);
        if runtime && self.uses.runtime_call.is_none() {
            self.uses.runtime_call = Some((name, span));
        }
    }

    fn is_builtin_namespace(&self, base: &Expression) -> bool {
        matches!(&base.kind, ExpressionKind::Name(name)
            if matches!(name.as_str(), "sys" | "az")
                && !self.locals.contains(&name.as_str())
                && !self.model.symbols.contains_key(name))
    }

    fn found(&mut self, (index, item): (usize, Option<&'a Expression>), span: Span, how: How<'a>) {
        let inner = &self.locals[self.outer..];
        let item_is_local = item.is_some_and(|item| mentions(item, inner));
        self.uses.deployables.push(Use {
            index,
            span,
            how,
            item,
            item_is_local,
        });
        if let Some(item) = item {
            self.expression(item);
        }
    }
}

fn mentions(expression: &Expression, names: &[&str]) -> bool {
    if names.is_empty() {
        return false;
    }
    if let ExpressionKind::Name(name) = &expression.kind {
        return names.contains(&name.as_str());
    }
    let mut found = false;
    expression.each_part(&mut |part| found = found || mentions(part, names));
    found
}

/// The order in which declarations can be judged, what they use first; and the circles that have no such order.
pub(crate) struct Order<'a> {
    pub(crate) nodes: Vec<Node<'a>>,
    pub(crate) cycles: Vec<Vec<Node<'a>>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Node<'a> {
    Symbol(&'a str),
    Deployable(usize),
}

pub(crate) fn order(model: &Model) -> Order<'_> {
    let mut nodes: Vec<Node<'_>> = Vec::new();
    for statement in &model.tree.statements {
        use crate::syntax::StatementKind as S;
        match &statement.kind {
            S::Parameter { name, .. } | S::Variable { name, .. } | S::Assignment { name, .. } => {
                nodes.push(Node::Symbol(&name.text))
            }
            S::Function(function) => nodes.push(Node::Symbol(&function.name.text)),
            _ => {}
        }
    }
    nodes.extend((0..model.deployables.len()).map(Node::Deployable));
    let at: std::collections::HashMap<Node<'_>, usize> = nodes
        .iter()
        .enumerate()
        .map(|(index, node)| (*node, index))
        .collect();
    let edges: Vec<Vec<usize>> = nodes
        .iter()
        .map(|node| {
            edges(model, *node)
                .iter()
                .filter_map(|node| at.get(node).copied())
                .collect()
        })
        .collect();
    sort(&nodes, &edges)
}

fn edges<'a>(model: &'a Model, node: Node<'a>) -> Vec<Node<'a>> {
    let mut targets = Vec::new();
    let uses = match node {
        Node::Deployable(index) => {
            targets.extend(model.deployables[index].container.map(Node::Deployable));
            uses_of_deployable(model, index)
        }
        Node::Symbol(name) => match model.symbols.get(name) {
            Some(Symbol::Parameter(index)) => match model.parameter(*index) {
                Some((_, _, Some(default))) => uses(model, default, None, Vec::new()),
                _ => Uses::default(),
            },
            Some(Symbol::Variable(_)) => match model.variable(name) {
                Some((_, _, value)) => uses(model, value, None, Vec::new()),
                None => Uses::default(),
            },
            Some(Symbol::Function(_)) => match model.function(name) {
                Some(function) => {
                    let locals = function
                        .parameters
                        .iter()
                        .map(|(name, _)| name.text.as_str())
                        .collect();
                    uses(model, &function.body, None, locals)
                }
                None => Uses::default(),
            },
            _ => Uses::default(),
        },
    };
    targets.extend(uses.symbols.iter().map(|(name, _)| Node::Symbol(name)));
    targets.extend(uses.deployables.iter().map(|it| Node::Deployable(it.index)));
    targets
}

// Depth first, with a stack of its own: a chain may be as long as the file.
fn sort<'a>(nodes: &[Node<'a>], edges: &[Vec<usize>]) -> Order<'a> {
    #[derive(Clone, Copy, PartialEq)]
    enum Mark {
        New,
        Open,
        Done,
    }
    let mut marks = vec![Mark::New; nodes.len()];
    let mut order = Order {
        nodes: Vec::new(),
        cycles: Vec::new(),
    };
    for start in 0..nodes.len() {
        if marks[start] != Mark::New {
            continue;
        }
        let mut path = vec![(start, 0)];
        marks[start] = Mark::Open;
        while let Some((node, next)) = path.last_mut() {
            let node = *node;
            match edges[node].get(*next).copied() {
                Some(target) => {
                    *next += 1;
                    match marks[target] {
                        Mark::New => {
                            marks[target] = Mark::Open;
                            path.push((target, 0));
                        }
                        Mark::Open if order.cycles.len() < 50 => {
                            let from = path.iter().position(|(on, _)| *on == target).unwrap_or(0);
                            order
                                .cycles
                                .push(path[from..].iter().map(|(on, _)| nodes[*on]).collect());
                        }
                        _ => {}
                    }
                }
                None => {
                    marks[node] = Mark::Done;
                    order.nodes.push(nodes[node]);
                    path.pop();
                }
            }
        }
    }
    order
}
