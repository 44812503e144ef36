//! The tree that the parser makes: what the file says, with the place of every part.

use std::sync::Arc;

use crate::diagnostic::Directive;

/// A range of bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    pub start: u32,
    pub end: u32,
}

impl Span {
    pub(crate) fn to(self, other: Self) -> Self {
        Self {
            start: self.start.min(other.start),
            end: self.end.max(other.end),
        }
    }
}

#[derive(Clone, Debug)]
pub struct Name {
    pub text: String,
    pub span: Span,
}

#[derive(Clone, Debug, Default)]
pub struct SyntaxTree {
    pub statements: Vec<Statement>,
    pub(crate) directives: Vec<Directive>,
}

#[derive(Clone, Debug)]
pub struct Statement {
    pub decorators: Vec<Decorator>,
    pub kind: StatementKind,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub enum StatementKind {
    TargetScope(Expression),
    Metadata {
        name: Name,
        value: Expression,
    },
    Parameter {
        name: Name,
        declared: TypeExpression,
        default: Option<Expression>,
    },
    /// `param x = 1`, in a parameters file.
    Assignment {
        name: Name,
        value: Expression,
    },
    Variable {
        name: Name,
        declared: Option<TypeExpression>,
        value: Expression,
    },
    Type {
        name: Name,
        value: TypeExpression,
    },
    Function(Function),
    Resource(Arc<Declaration>),
    Module(Arc<Declaration>),
    Output {
        name: Name,
        declared: TypeExpression,
        value: Expression,
    },
    Import {
        what: Imported,
        from: Expression,
    },
    /// `using 'main.bicep'`; `None` is `using none`.
    Using(Option<Expression>),
    /// `extension`, `provider`, `extends`, `test`, `assert`: understood, and refused when compiled.
    Foreign {
        keyword: Name,
        subject: Expression,
    },
    /// What could not be understood; the remarks say why.
    Error,
}

#[derive(Clone, Debug)]
pub struct Function {
    pub name: Name,
    pub parameters: Vec<(Name, TypeExpression)>,
    pub returns: TypeExpression,
    pub body: Expression,
}

#[derive(Clone, Debug)]
pub enum Imported {
    /// `* as name`
    Everything(Name),
    /// `{ a, b as c }`
    Some(Vec<(Name, Option<Name>)>),
}

/// A resource or a module.
#[derive(Clone, Debug)]
pub struct Declaration {
    pub decorators: Vec<Decorator>,
    pub name: Name,
    /// The type with its version, or the module's path.
    pub reference: Expression,
    pub existing: bool,
    /// An object, behind an `if` or a `for` or both.
    pub body: Expression,
}

impl Declaration {
    pub(crate) fn looped(&self) -> Option<&For> {
        match &self.body.kind {
            ExpressionKind::For(looped) => Some(looped),
            _ => None,
        }
    }

    pub(crate) fn condition(&self) -> Option<&Expression> {
        match &self.inner().kind {
            ExpressionKind::If(condition, _) => Some(condition),
            _ => None,
        }
    }

    pub(crate) fn object(&self) -> Option<&Object> {
        let inner = match &self.inner().kind {
            ExpressionKind::If(_, body) => body,
            _ => self.inner(),
        };
        match &inner.kind {
            ExpressionKind::Object(object) => Some(object),
            _ => None,
        }
    }

    pub(crate) fn property(&self, name: &str) -> Option<&Expression> {
        self.object()?.property(name)
    }

    pub(crate) fn nested(&self) -> impl Iterator<Item = &Arc<Declaration>> {
        self.object()
            .into_iter()
            .flat_map(|object| &object.items)
            .filter_map(|item| match item {
                ObjectItem::Resource(declaration) => Some(declaration),
                _ => None,
            })
    }

    fn inner(&self) -> &Expression {
        match &self.body.kind {
            ExpressionKind::For(looped) => &looped.body,
            _ => &self.body,
        }
    }
}

/// `@name(arguments)`, with a namespace at most.
#[derive(Clone, Debug)]
pub struct Decorator {
    pub namespace: Option<Name>,
    pub name: Name,
    pub arguments: Vec<Expression>,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub struct Expression {
    pub kind: ExpressionKind,
    pub span: Span,
    /// How many levels stand below; the parser keeps it small, so that walks may recurse.
    pub(crate) depth: u16,
}

#[derive(Clone, Debug)]
pub enum ExpressionKind {
    Error,
    Null,
    Bool(bool),
    Int(i64),
    Text(Text),
    Name(String),
    Array(Vec<ArrayItem>),
    Object(Object),
    Unary(UnaryOperator, Box<Expression>),
    Binary(BinaryOperator, Box<Expression>, Box<Expression>),
    Ternary(Box<Expression>, Box<Expression>, Box<Expression>),
    Group(Box<Expression>),
    /// `base.name`, or `base.?name` when safe.
    Property {
        base: Box<Expression>,
        name: Name,
        safe: bool,
    },
    /// `base[index]`, or `base[?index]` when safe.
    Index {
        base: Box<Expression>,
        index: Box<Expression>,
        safe: bool,
    },
    /// `base::name`
    Nested {
        base: Box<Expression>,
        name: Name,
    },
    Call {
        name: Name,
        arguments: Vec<Expression>,
    },
    /// `base.name(arguments)`
    Method {
        base: Box<Expression>,
        name: Name,
        arguments: Vec<Expression>,
    },
    /// `base!`
    NotNull(Box<Expression>),
    Lambda {
        parameters: Vec<Name>,
        body: Box<Expression>,
    },
    For(Box<For>),
    /// `if (condition) body`, in a resource or a module.
    If(Box<Expression>, Box<Expression>),
}

/// A string: one more piece than values; value `i` stands between the pieces `i` and `i + 1`.
#[derive(Clone, Debug)]
pub struct Text {
    pub pieces: Vec<String>,
    pub values: Vec<Expression>,
}

impl Text {
    /// The whole text, if nothing is filled in.
    pub fn constant(&self) -> Option<&str> {
        match (&self.values[..], &self.pieces[..]) {
            ([], [piece]) => Some(piece),
            _ => None,
        }
    }
}

#[derive(Clone, Debug)]
pub enum ArrayItem {
    Value(Expression),
    Spread(Expression),
}

impl ArrayItem {
    pub(crate) fn expression(&self) -> &Expression {
        match self {
            Self::Value(value) | Self::Spread(value) => value,
        }
    }
}

#[derive(Clone, Debug, Default)]
pub struct Object {
    pub items: Vec<ObjectItem>,
}

impl Object {
    pub(crate) fn property(&self, name: &str) -> Option<&Expression> {
        self.properties()
            .find(|(key, _)| key.constant() == Some(name))
            .map(|(_, value)| value)
    }

    pub(crate) fn properties(&self) -> impl Iterator<Item = (&Key, &Expression)> {
        self.items.iter().filter_map(|item| match item {
            ObjectItem::Property(key, value) => Some((key, value)),
            _ => None,
        })
    }
}

#[derive(Clone, Debug)]
pub enum ObjectItem {
    Property(Key, Expression),
    Spread(Expression),
    /// A child resource inside its parent's body.
    Resource(Arc<Declaration>),
}

#[derive(Clone, Debug)]
pub struct Key {
    pub text: Text,
    pub span: Span,
}

impl Key {
    pub(crate) fn constant(&self) -> Option<&str> {
        self.text.constant()
    }
}

/// `[for item in source: body]`, `[for (item, index) in source: body]`
#[derive(Clone, Debug)]
pub struct For {
    pub item: Name,
    pub index: Option<Name>,
    pub source: Expression,
    pub body: Expression,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnaryOperator {
    Not,
    Minus,
}

impl UnaryOperator {
    pub(crate) fn sign(self) -> &'static str {
        match self {
            Self::Not => "!",
            Self::Minus => "-",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BinaryOperator {
    Coalesce,
    Or,
    And,
    Equal,
    NotEqual,
    EqualIgnoringCase,
    NotEqualIgnoringCase,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
}

impl BinaryOperator {
    pub(crate) const ALL: [Self; 16] = [
        Self::Coalesce,
        Self::Or,
        Self::And,
        Self::Equal,
        Self::NotEqual,
        Self::EqualIgnoringCase,
        Self::NotEqualIgnoringCase,
        Self::Less,
        Self::LessOrEqual,
        Self::Greater,
        Self::GreaterOrEqual,
        Self::Add,
        Self::Subtract,
        Self::Multiply,
        Self::Divide,
        Self::Modulo,
    ];

    pub(crate) fn sign(self) -> &'static str {
        match self {
            Self::Coalesce => "??",
            Self::Or => "||",
            Self::And => "&&",
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::EqualIgnoringCase => "=~",
            Self::NotEqualIgnoringCase => "!~",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Modulo => "%",
        }
    }

    /// The higher, the tighter; operators of one precedence bind from the left.
    pub(crate) fn precedence(self) -> u8 {
        match self {
            Self::Coalesce => 1,
            Self::Or => 2,
            Self::And => 3,
            Self::Equal | Self::NotEqual | Self::EqualIgnoringCase | Self::NotEqualIgnoringCase => 4,
            Self::Less | Self::LessOrEqual | Self::Greater | Self::GreaterOrEqual => 5,
            Self::Add | Self::Subtract => 6,
            Self::Multiply | Self::Divide | Self::Modulo => 7,
        }
    }
}

#[derive(Clone, Debug)]
pub struct TypeExpression {
    pub kind: TypeKind,
    pub span: Span,
    pub(crate) depth: u16,
}

#[derive(Clone, Debug)]
pub enum TypeKind {
    Error,
    Name(String),
    /// `sys.string`, `shared.settings`, `settings.port`
    Member(Box<TypeExpression>, Name),
    /// `pair[0]`
    Element(Box<TypeExpression>, i64),
    /// `list[*]`
    Items(Box<TypeExpression>),
    /// `settings.*`
    Values(Box<TypeExpression>),
    /// `resourceInput<'Microsoft.Storage/storageAccounts@2023-01-01'>`
    OfResource(Name, String),
    Text(String),
    Int(i64),
    Bool(bool),
    Null,
    Array(Box<TypeExpression>),
    Nullable(Box<TypeExpression>),
    NotNull(Box<TypeExpression>),
    Group(Box<TypeExpression>),
    Union(Vec<TypeExpression>),
    Object(Vec<TypeProperty>),
    Tuple(Vec<(Vec<Decorator>, TypeExpression)>),
}

#[derive(Clone, Debug)]
pub struct TypeProperty {
    pub decorators: Vec<Decorator>,
    /// `None` is `*`: any other property.
    pub name: Option<Name>,
    pub optional: bool,
    pub value: TypeExpression,
}

impl Expression {
    /// Without the parentheses around it.
    pub(crate) fn bare(&self) -> &Expression {
        let mut expression = self;
        while let ExpressionKind::Group(inner) = &expression.kind {
            expression = inner;
        }
        expression
    }

    pub(crate) fn constant(&self) -> Option<&str> {
        match &self.bare().kind {
            ExpressionKind::Text(text) => text.constant(),
            _ => None,
        }
    }

    /// Calls `visit` on each part that stands directly below; resources inside an object are not parts of it.
    pub(crate) fn each_part<'a>(&'a self, visit: &mut dyn FnMut(&'a Expression)) {
        use ExpressionKind as K;
        match &self.kind {
            K::Error | K::Null | K::Bool(_) | K::Int(_) | K::Name(_) => {}
            K::Text(text) => text.values.iter().for_each(visit),
            K::Array(items) => items.iter().map(ArrayItem::expression).for_each(visit),
            K::Object(object) => {
                for item in &object.items {
                    match item {
                        ObjectItem::Property(key, value) => {
                            key.text.values.iter().for_each(&mut *visit);
                            visit(value);
                        }
                        ObjectItem::Spread(value) => visit(value),
                        ObjectItem::Resource(_) => {}
                    }
                }
            }
            K::Unary(_, a) | K::Group(a) | K::NotNull(a) => visit(a),
            K::Property { base, .. } | K::Nested { base, .. } => visit(base),
            K::Binary(_, a, b) | K::If(a, b) => {
                visit(a);
                visit(b);
            }
            K::Ternary(a, b, c) => {
                visit(a);
                visit(b);
                visit(c);
            }
            K::Index { base, index, .. } => {
                visit(base);
                visit(index);
            }
            K::Call { arguments, .. } => arguments.iter().for_each(visit),
            K::Method { base, arguments, .. } => {
                visit(base);
                arguments.iter().for_each(visit);
            }
            K::Lambda { body, .. } => visit(body),
            K::For(looped) => {
                visit(&looped.source);
                visit(&looped.body);
            }
        }
    }
}
