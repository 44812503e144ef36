//! Tokens to a tree. The parser never gives up: what it cannot understand becomes an error node, it says why
//! once, and it goes on at the next place where a statement, a property or an item can begin.

mod expressions;
mod statements;
mod types;

use crate::diagnostic::{Remarks, limit};
use crate::lexer::{self, Kind, Token};
use crate::syntax::{Expression, ExpressionKind, Name, Span, SyntaxTree};

/// How many levels expressions, bodies and types may stand in one another. Every later walk recurses this
/// deep at most, so the bound is what keeps a hostile file from overflowing the stack.
pub(crate) const NESTING_MAX: u16 = 48;
/// How long a chain of operators or accesses may make a tree, for the same reason.
pub(crate) const DEPTH_MAX: u16 = 128;
/// The longest file that is read.
pub(crate) const FILE_BYTES_MAX: usize = 4 << 20;

/// Which statements a file may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    Template,
    Parameters,
}

pub(crate) fn parse(text: &str, dialect: Dialect, remarks: &mut Remarks) -> SyntaxTree {
    if text.len() > FILE_BYTES_MAX {
        let message = format!(
            "The file is longer than {} bytes. Split it into modules.",
            FILE_BYTES_MAX
        );
        remarks.error(Span::default(), limit::SIZE, message);
        return SyntaxTree::default();
    }
    let lexed = lexer::lex(text, remarks);
    let mut parser = Parser {
        tokens: &lexed.tokens,
        at: 0,
        nesting: 0,
        dialect,
        remarks,
    };
    let statements = parser.statements();
    SyntaxTree {
        statements,
        directives: lexed.directives,
    }
}

pub(crate) struct Parser<'a> {
    tokens: &'a [Token],
    at: usize,
    nesting: u16,
    dialect: Dialect,
    remarks: &'a mut Remarks,
}

impl<'a> Parser<'a> {
    /// The token here; at the end of the file, its `End`.
    fn token(&self) -> &'a Token {
        self.ahead(0)
    }

    fn ahead(&self, count: usize) -> &'a Token {
        &self.tokens[(self.at + count).min(self.tokens.len() - 1)]
    }

    fn advance(&mut self) -> &'a Token {
        let token = self.token();
        if token.kind != Kind::End {
            self.at += 1;
        }
        token
    }

    fn is(&self, sign: &str) -> bool {
        is_sign(self.token(), sign)
    }

    fn take(&mut self, sign: &str) -> bool {
        let found = self.is(sign);
        if found {
            self.advance();
        }
        found
    }

    fn is_word(&self, word: &str) -> bool {
        is_word(self.token(), word)
    }

    fn skip_new_lines(&mut self) -> bool {
        let found = self.token().kind == Kind::NewLine;
        while self.token().kind == Kind::NewLine {
            self.advance();
        }
        found
    }

    /// Whether `sign` comes next, possibly on a later line; if so, the lines are skipped.
    fn is_after_new_lines(&mut self, sign: &str) -> bool {
        let lines = (0..)
            .take_while(|count| self.ahead(*count).kind == Kind::NewLine)
            .count();
        let found = is_sign(self.ahead(lines), sign);
        if found {
            self.at += lines;
        }
        found
    }

    fn expect(&mut self, sign: &'static str) -> bool {
        let found = self.take(sign);
        if !found {
            self.complain(
                "BCP018",
                format!("Expected the \"{sign}\" character at this location."),
            );
        }
        found
    }

    fn complain(&mut self, code: &'static str, message: impl Into<String>) {
        let span = self.token().span;
        self.remarks.error(span, code, message);
    }

    fn name(&mut self, code: &'static str, message: &str) -> Option<Name> {
        if self.token().kind == Kind::Identifier {
            let token = self.advance();
            return Some(Name {
                text: token.text.clone(),
                span: token.span,
            });
        }
        self.complain(code, message);
        None
    }

    fn errors(&self) -> usize {
        self.remarks.0.len()
    }

    /// The span from `start` to the token before this one.
    fn since(&self, start: Span) -> Span {
        let before = self.tokens[self.at.saturating_sub(1).min(self.tokens.len() - 1)].span;
        if before.end > start.end {
            start.to(before)
        } else {
            start
        }
    }

    /// Goes to where this item ends: a new line, a comma or a closing bracket that was not opened on the way.
    fn skip_item(&mut self) {
        let mut open = 0usize;
        loop {
            match self.token().kind {
                Kind::End => return,
                Kind::NewLine | Kind::Sign(",") if open == 0 => return,
                Kind::Sign("}" | "]" | ")") => {
                    if open == 0 {
                        return;
                    }
                    open -= 1;
                }
                Kind::Sign("{" | "[" | "(") => open += 1,
                _ => {}
            }
            self.advance();
        }
    }

    /// Runs `inner` one level down, or refuses when that is too deep.
    fn nested<T>(&mut self, inner: impl FnOnce(&mut Self) -> T, refused: impl FnOnce(Span) -> T) -> T {
        if self.nesting >= NESTING_MAX {
            let span = self.token().span;
            self.too_deep(span);
            self.skip_item();
            return refused(span);
        }
        self.nesting += 1;
        let result = inner(self);
        self.nesting -= 1;
        result
    }

    fn too_deep(&mut self, span: Span) {
        self.remarks.error(
            span,
            limit::DEPTH,
            "This is nested too deeply. Give a part of it a name with \"var\" or \"type\", or move it into a module.",
        );
    }

    /// A node, unless the tree below it is already as deep as it may be.
    fn node(&mut self, kind: ExpressionKind, span: Span) -> Expression {
        let mut expression = Expression { kind, span, depth: 0 };
        let mut depth = 0;
        expression.each_part(&mut |part| depth = depth.max(part.depth));
        expression.depth = depth + 1;
        if expression.depth > DEPTH_MAX {
            self.too_deep(span);
            expression = Expression {
                kind: ExpressionKind::Error,
                span,
                depth: 1,
            };
        }
        expression
    }
}

fn is_sign(token: &Token, sign: &str) -> bool {
    matches!(token.kind, Kind::Sign(found) if found == sign)
}

fn is_word(token: &Token, word: &str) -> bool {
    token.kind == Kind::Identifier && token.text == word
}
