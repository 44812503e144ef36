//! Statements, and the bodies of resources and modules.

use std::sync::Arc;

use super::{Dialect, Parser, is_word};
use crate::lexer::Kind;
use crate::syntax::{
    Declaration, Decorator, Expression, ExpressionKind, Function, Imported, Name, Span, Statement,
    StatementKind, TypeExpression, TypeKind,
};

impl Parser<'_> {
    pub(super) fn statements(&mut self) -> Vec<Statement> {
        let mut statements = Vec::new();
        loop {
            self.skip_new_lines();
            if self.token().kind == Kind::End {
                return statements;
            }
            let before = self.at;
            let errors = self.errors();
            statements.push(self.statement());
            if !matches!(self.token().kind, Kind::NewLine | Kind::End) {
                if self.errors() == errors {
                    self.complain("BCP019", "Expected a new line character at this location.");
                }
                self.skip_statement();
            }
            if self.at == before {
                self.advance();
            }
        }
    }

    // Brackets that are open keep their lines together, so that one fault in a body is one remark.
    fn skip_statement(&mut self) {
        let mut open = 0usize;
        loop {
            match self.token().kind {
                Kind::End => return,
                Kind::NewLine if open == 0 || self.begins_statement(1) => return,
                Kind::Sign("{" | "[" | "(") => open += 1,
                Kind::Sign("}" | "]" | ")") => open = open.saturating_sub(1),
                _ => {}
            }
            self.advance();
        }
    }

    // A keyword with a name behind it, as no property has.
    fn begins_statement(&self, ahead: usize) -> bool {
        const KEYWORDS: [&str; 8] = [
            "param", "var", "resource", "module", "output", "type", "func", "metadata",
        ];
        KEYWORDS.iter().any(|word| is_word(self.ahead(ahead), word))
            && self.ahead(ahead + 1).kind == Kind::Identifier
            && !matches!(self.ahead(ahead + 2).kind, Kind::Sign(":" | "," | "]" | ")"))
    }

    fn statement(&mut self) -> Statement {
        let start = self.token().span;
        let decorators = self.decorators();
        let kind = self.statement_kind(&decorators);
        let takes_decorators = matches!(
            kind,
            StatementKind::Parameter { .. }
                | StatementKind::Variable { .. }
                | StatementKind::Type { .. }
                | StatementKind::Function(_)
                | StatementKind::Resource(_)
                | StatementKind::Module(_)
                | StatementKind::Output { .. }
                | StatementKind::Metadata { .. }
                | StatementKind::Error
        );
        if let (Some(first), false) = (decorators.first(), takes_decorators) {
            self.remarks
                .error(first.span, "BCP130", "Decorators are not allowed here.");
        }
        Statement {
            decorators,
            kind,
            span: self.since(start),
        }
    }

    fn statement_kind(&mut self, decorators: &[Decorator]) -> StatementKind {
        let token = self.token();
        if token.kind != Kind::Identifier {
            self.unrecognized(decorators);
            return StatementKind::Error;
        }
        let kind = match (token.text.as_str(), self.dialect) {
            ("param", Dialect::Template) => self.parameter(),
            ("param", Dialect::Parameters) => self.assignment(),
            ("var", _) => self.variable(),
            ("type", _) => self.type_declaration(),
            ("func", _) => self.function(),
            ("import", _) => self.import(),
            ("using", Dialect::Parameters) => self.using(),
            ("targetScope", Dialect::Template) => self.target_scope(),
            ("metadata", Dialect::Template) => self.metadata(),
            ("resource", Dialect::Template) => self
                .declaration(decorators, false)
                .map(|it| StatementKind::Resource(Arc::new(it))),
            ("module", Dialect::Template) => self
                .declaration(decorators, true)
                .map(|it| StatementKind::Module(Arc::new(it))),
            ("output", Dialect::Template) => self.output(),
            ("extension" | "provider" | "test" | "assert", _) | ("extends", Dialect::Parameters) => {
                self.foreign()
            }
            _ => {
                self.unrecognized(decorators);
                None
            }
        };
        kind.unwrap_or(StatementKind::Error)
    }

    fn unrecognized(&mut self, decorators: &[Decorator]) {
        if !decorators.is_empty() {
            return self.complain("BCP132", "Expected a declaration after the decorator.");
        }
        match self.dialect {
            // A token that the lexer refused has its remark already.
            _ if self.token().kind == Kind::Unknown => {}
            Dialect::Template => self.complain("BCP007", "This declaration type is not recognized. Specify a metadata, parameter, variable, resource, or output declaration."),
            Dialect::Parameters => self.complain("BCP337", "This declaration type is not valid for a Bicep Parameters file. Supported declarations: \"using\", \"extends\", \"param\", \"var\", \"type\"."),
        }
    }

    pub(super) fn decorators(&mut self) -> Vec<Decorator> {
        let mut decorators = Vec::new();
        while self.is("@") {
            let errors = self.errors();
            decorators.extend(self.decorator());
            if !self.skip_new_lines() && self.errors() != errors {
                self.skip_statement();
                self.skip_new_lines();
            }
        }
        decorators
    }

    fn decorator(&mut self) -> Option<Decorator> {
        const NO_NAME: &str = "Expected a namespace or decorator name at this location.";
        let start = self.advance().span;
        let mut name = self.name("BCP123", NO_NAME)?;
        let mut namespace = None;
        while self.take(".") {
            namespace = Some(std::mem::replace(&mut name, self.name("BCP123", NO_NAME)?));
        }
        if !self.is("(") {
            self.remarks.error(
                name.span,
                "BCP141",
                "The expression cannot be used as a decorator as it is not callable.",
            );
            return None;
        }
        // The call is read as an expression, which has its arguments.
        self.at -= 1;
        let call = self.expression();
        let ExpressionKind::Call { arguments, .. } = call.kind else {
            self.remarks.error(
                name.span,
                "BCP141",
                "The expression cannot be used as a decorator as it is not callable.",
            );
            return None;
        };
        Some(Decorator {
            namespace,
            name,
            arguments,
            span: self.since(start),
        })
    }

    fn parameter(&mut self) -> Option<StatementKind> {
        self.advance();
        let name = self.name("BCP013", "Expected a parameter identifier at this location.")?;
        let declared = self.type_expression();
        let default = if self.take("=") { Some(self.value()) } else { None };
        if default.is_none() && !matches!(self.token().kind, Kind::NewLine | Kind::End) {
            let known = !matches!(declared.kind, TypeKind::Error);
            if known {
                self.complain(
                    "BCP008",
                    "Expected the \"=\" token, or a newline at this location.",
                );
            }
        }
        Some(StatementKind::Parameter {
            name,
            declared,
            default,
        })
    }

    fn assignment(&mut self) -> Option<StatementKind> {
        self.advance();
        let name = self.name("BCP013", "Expected a parameter identifier at this location.")?;
        let value = self.assigned()?;
        Some(StatementKind::Assignment { name, value })
    }

    fn variable(&mut self) -> Option<StatementKind> {
        self.advance();
        let name = self.name("BCP015", "Expected a variable identifier at this location.")?;
        let declared = if self.is("=") || self.token().kind == Kind::NewLine || self.token().kind == Kind::End
        {
            None
        } else {
            Some(self.type_expression())
        };
        let value = self.assigned()?;
        Some(StatementKind::Variable {
            name,
            declared,
            value,
        })
    }

    fn type_declaration(&mut self) -> Option<StatementKind> {
        self.advance();
        let name = self.name("BCP325", "Expected a type identifier at this location.")?;
        self.expect("=").then_some(())?;
        self.skip_new_lines();
        let value = self.type_expression();
        Some(StatementKind::Type { name, value })
    }

    fn function(&mut self) -> Option<StatementKind> {
        self.advance();
        let name = self.name("BCP015", "Expected a variable identifier at this location.")?;
        self.expect("(").then_some(())?;
        let mut parameters = Vec::new();
        loop {
            self.skip_new_lines();
            if self.is(")") {
                break;
            }
            let parameter = self.name("BCP015", "Expected a variable identifier at this location.")?;
            parameters.push((parameter, self.type_expression()));
            self.skip_new_lines();
            if !self.take(",") {
                break;
            }
        }
        self.expect(")").then_some(())?;
        let returns = self.type_expression();
        self.skip_new_lines();
        self.expect("=>").then_some(())?;
        self.skip_new_lines();
        let body = self.expression();
        Some(StatementKind::Function(Function {
            name,
            parameters,
            returns,
            body,
        }))
    }

    fn target_scope(&mut self) -> Option<StatementKind> {
        self.advance();
        self.assigned().map(StatementKind::TargetScope)
    }

    fn metadata(&mut self) -> Option<StatementKind> {
        self.advance();
        let name = self.name("BCP266", "Expected a metadata identifier at this location.")?;
        let value = self.assigned()?;
        Some(StatementKind::Metadata { name, value })
    }

    fn output(&mut self) -> Option<StatementKind> {
        self.advance();
        let name = self.name("BCP016", "Expected an output identifier at this location.")?;
        let declared = self.type_expression();
        if matches!(declared.kind, TypeKind::Error) {
            return None;
        }
        let value = self.assigned()?;
        Some(StatementKind::Output {
            name,
            declared,
            value,
        })
    }

    /// `= value`
    fn assigned(&mut self) -> Option<Expression> {
        self.expect("=").then(|| self.value())
    }

    // The value may stand on the next line.
    fn value(&mut self) -> Expression {
        if !self.begins_statement(1) && self.ahead(1).kind != Kind::End {
            self.skip_new_lines();
        }
        self.expression()
    }

    fn using(&mut self) -> Option<StatementKind> {
        self.advance();
        if self.is_word("none") {
            self.advance();
            return Some(StatementKind::Using(None));
        }
        if !matches!(self.token().kind, Kind::Whole | Kind::First) {
            self.complain(
                "BCP256",
                "The using declaration is missing a bicep template file path reference.",
            );
            return None;
        }
        Some(StatementKind::Using(Some(self.expression())))
    }

    fn import(&mut self) -> Option<StatementKind> {
        self.advance();
        let what = match self.token().kind {
            Kind::Sign("*") => {
                self.advance();
                self.keyword("as")?;
                let name = self.name(
                    "BCP356",
                    "Expected a valid namespace identifier at this location.",
                )?;
                Imported::Everything(name)
            }
            Kind::Sign("{") => Imported::Some(self.imported_names()?),
            // The older spelling of `extension`.
            Kind::Whole => {
                self.at -= 1;
                return self.foreign();
            }
            _ => {
                self.complain(
                    "BCP354",
                    "Expected left brace ('{') or asterisk ('*') character at this location.",
                );
                return None;
            }
        };
        self.keyword("from")?;
        if !matches!(self.token().kind, Kind::Whole | Kind::First) {
            self.complain(
                "BCP358",
                "This declaration is missing a template file path reference.",
            );
            return None;
        }
        Some(StatementKind::Import {
            what,
            from: self.expression(),
        })
    }

    fn imported_names(&mut self) -> Option<Vec<(Name, Option<Name>)>> {
        const NO_NAME: &str = "Expected the name of an exported symbol at this location.";
        self.advance();
        let mut names = Vec::new();
        loop {
            self.skip_new_lines();
            if self.is("}") {
                break;
            }
            let quoted = self.token().kind == Kind::Whole;
            let name = if quoted {
                let token = self.advance();
                Name {
                    text: token.text.clone(),
                    span: token.span,
                }
            } else {
                self.name("BCP355", NO_NAME)?
            };
            let alias = if self.is_word("as") {
                self.advance();
                Some(self.name("BCP355", NO_NAME)?)
            } else {
                None
            };
            if quoted && alias.is_none() {
                self.remarks.error(name.span, "BCP375", "An import list item that identifies its target with a quoted string must include an 'as <alias>' clause.");
            }
            names.push((name, alias));
            if !self.take(",") && !self.skip_new_lines() {
                break;
            }
        }
        self.expect("}").then_some(names)
    }

    fn keyword(&mut self, word: &str) -> Option<()> {
        if self.is_word(word) {
            self.advance();
            return Some(());
        }
        self.complain(
            "BCP012",
            format!("Expected the \"{word}\" keyword at this location."),
        );
        None
    }

    fn foreign(&mut self) -> Option<StatementKind> {
        let token = self.advance();
        let keyword = Name {
            text: token.text.clone(),
            span: token.span,
        };
        let subject = self.expression();
        // What follows is `with {…}`, `as name`, a path or a body, and is not looked at.
        while !matches!(self.token().kind, Kind::NewLine | Kind::End) {
            match self.token().kind {
                Kind::Sign("{" | "[" | "(") => {
                    self.expression();
                }
                _ => {
                    self.advance();
                }
            }
        }
        Some(StatementKind::Foreign { keyword, subject })
    }

    pub(super) fn nested_resource(&mut self) -> Option<Arc<Declaration>> {
        let decorators = self.decorators();
        if !self.is_word("resource") {
            self.complain("BCP149", "Expected a resource declaration after the decorator.");
            return None;
        }
        self.declaration(&decorators, false).map(Arc::new)
    }

    fn declaration(&mut self, decorators: &[Decorator], module: bool) -> Option<Declaration> {
        self.advance();
        let name = match module {
            true => self.name("BCP096", "Expected a module identifier at this location.")?,
            false => self.name("BCP017", "Expected a resource identifier at this location.")?,
        };
        if !matches!(self.token().kind, Kind::Whole | Kind::First) {
            match module {
                true => self.complain(
                    "BCP097",
                    "Expected a module path string. This should be a relative path to another bicep file, e.g. 'myModule.bicep' or '../parent/myModule.bicep'",
                ),
                false => self.complain(
                    "BCP068",
                    "Expected a resource type string. Specify a valid resource type of format \"<type-name>@<apiVersion>\".",
                ),
            }
            return None;
        }
        let reference = self.expression();
        let existing = !module && self.is_word("existing");
        if existing {
            self.advance();
        }
        let body = if self.expect("=") {
            self.body()
        } else {
            error_at(self.token().span)
        };
        Some(Declaration {
            decorators: decorators.to_vec(),
            name,
            reference,
            existing,
            body,
        })
    }

    fn body(&mut self) -> Expression {
        if matches!(self.token().kind, Kind::NewLine)
            && !self.begins_statement(1)
            && matches!(self.ahead(1).kind, Kind::Sign("{" | "[") | Kind::Identifier)
        {
            self.skip_new_lines();
        }
        match self.token().kind {
            Kind::Sign("{" | "[") => self.expression(),
            Kind::Identifier if self.is_word("if") => self.condition_and_body(),
            _ => {
                self.complain("BCP118", "Expected the \"{\" character, the \"[\" character, or the \"if\" keyword at this location.");
                error_at(self.token().span)
            }
        }
    }
}

fn error_at(span: Span) -> Expression {
    Expression {
        kind: ExpressionKind::Error,
        span,
        depth: 1,
    }
}

impl TypeExpression {
    /// Without the parentheses around it.
    pub(crate) fn bare(&self) -> &TypeExpression {
        let mut inner = self;
        while let TypeKind::Group(next) = &inner.kind {
            inner = next;
        }
        inner
    }
}
