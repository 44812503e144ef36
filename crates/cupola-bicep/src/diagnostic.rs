//! What the compiler has to say about a file, in the words and the form that Bicep's users know.

use std::fmt;

use crate::syntax::Span;

/// How bad it is. Only errors keep a template from being made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    Error,
    Warning,
    Info,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Error => "Error",
            Self::Warning => "Warning",
            Self::Info => "Info",
        })
    }
}

/// One remark at one place. Lines and columns count from 1; columns count UTF-16 units, as editors do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    pub level: Level,
    /// `BCP057`, or the name of a linter rule.
    pub code: &'static str,
    pub message: String,
    pub path: String,
    pub line: u32,
    pub column: u32,
}

/// The compiler's line: tools split it at ` : ` and at the colon behind the code.
impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}({},{}) : {} {}: {}",
            self.path, self.line, self.column, self.level, self.code, self.message
        )?;
        match page(self.code) {
            Some(page) => write!(f, " [https://aka.ms/bicep/{page}#{}]", self.code),
            None => Ok(()),
        }
    }
}

// Limits are ours, and Bicep has no page about them.
fn page(code: &str) -> Option<&'static str> {
    match code {
        limit::DEPTH | limit::SIZE | limit::FEATURE => None,
        code if code.starts_with("BCP") => Some("core-diagnostics"),
        _ => Some("linter-diagnostics"),
    }
}

/// Codes of complaints that Bicep does not have.
pub(crate) mod limit {
    pub(crate) const DEPTH: &str = "nested-too-deep";
    pub(crate) const SIZE: &str = "too-large";
    pub(crate) const FEATURE: &str = "not-supported";
}

/// A remark whose place is still a byte range.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Remark {
    pub(crate) level: Level,
    pub(crate) code: &'static str,
    pub(crate) message: String,
    pub(crate) span: Span,
}

// A file that is garbage from end to end needs no more remarks than this.
const REMARKS_MAX: usize = 500;

/// Collects remarks about one file.
#[derive(Clone, Debug, Default)]
pub(crate) struct Remarks(pub(crate) Vec<Remark>);

impl Remarks {
    pub(crate) fn error(&mut self, span: Span, code: &'static str, message: impl Into<String>) {
        self.push(Level::Error, span, code, message.into());
    }

    pub(crate) fn warning(&mut self, span: Span, code: &'static str, message: impl Into<String>) {
        self.push(Level::Warning, span, code, message.into());
    }

    pub(crate) fn has_errors(&self) -> bool {
        self.0.iter().any(|remark| remark.level == Level::Error)
    }

    /// Whether further remarks are dropped; what only serves them need not be computed.
    pub(crate) fn is_full(&self) -> bool {
        self.0.len() >= REMARKS_MAX
    }

    fn push(&mut self, level: Level, span: Span, code: &'static str, message: String) {
        let remark = Remark {
            level,
            code,
            message,
            span,
        };
        // Two passes may find the same fault; people want to read it once.
        if !self.is_full() && !self.0.contains(&remark) {
            self.0.push(remark);
        }
    }
}

/// A `#disable-next-line` or a `#disable-diagnostics`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Directive {
    pub(crate) kind: DirectiveKind,
    /// The line that it stands on, from 0.
    pub(crate) line: u32,
    pub(crate) codes: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DirectiveKind {
    NextLine,
    Disable,
    Restore,
}

/// Turns byte ranges into lines and columns, and leaves out what directives silence.
pub(crate) fn place(
    path: &str,
    text: &str,
    directives: &[Directive],
    mut remarks: Vec<Remark>,
) -> Vec<Diagnostic> {
    remarks.sort_by_key(|remark| remark.span.start);
    let lines = Lines::new(text);
    remarks
        .into_iter()
        .map(|remark| {
            let (line, column) = lines.position(text, remark.span.start);
            Diagnostic {
                level: remark.level,
                code: remark.code,
                message: remark.message,
                path: path.to_owned(),
                line,
                column,
            }
        })
        .filter(|diagnostic| !silenced(diagnostic, directives))
        .collect()
}

// An error stays: a template that cannot be made is not made by silence.
fn silenced(diagnostic: &Diagnostic, directives: &[Directive]) -> bool {
    if diagnostic.level == Level::Error {
        return false;
    }
    let line = diagnostic.line - 1;
    let mut disabled = false;
    for directive in directives {
        if !directive
            .codes
            .iter()
            .any(|code| code.eq_ignore_ascii_case(diagnostic.code))
        {
            continue;
        }
        match directive.kind {
            DirectiveKind::NextLine if directive.line + 1 == line => return true,
            DirectiveKind::Disable if directive.line < line => disabled = true,
            DirectiveKind::Restore if directive.line < line => disabled = false,
            _ => {}
        }
    }
    disabled
}

pub(crate) struct Lines(Vec<u32>);

impl Lines {
    pub(crate) fn new(text: &str) -> Self {
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        Self(
            std::iter::once(0)
                .chain(breaks.map(|(at, _)| at as u32 + 1))
                .collect(),
        )
    }

    pub(crate) fn position(&self, text: &str, offset: u32) -> (u32, u32) {
        let line = self.0.partition_point(|start| *start <= offset).saturating_sub(1);
        let start = self.0[line] as usize;
        let before = text.get(start..offset as usize).unwrap_or_default();
        (line as u32 + 1, before.encode_utf16().count() as u32 + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn diagnostic(code: &'static str) -> Diagnostic {
        Diagnostic {
            level: Level::Error,
            code,
            message: "The name \"x\" does not exist in the current context.".into(),
            path: "main.bicep".into(),
            line: 3,
            column: 14,
        }
    }

    #[test]
    fn a_line_is_in_the_compilers_form() {
        insta::assert_snapshot!(diagnostic("BCP057"), @r#"main.bicep(3,14) : Error BCP057: The name "x" does not exist in the current context. [https://aka.ms/bicep/core-diagnostics#BCP057]"#);
        insta::assert_snapshot!(diagnostic("no-unused-vars"), @r#"main.bicep(3,14) : Error no-unused-vars: The name "x" does not exist in the current context. [https://aka.ms/bicep/linter-diagnostics#no-unused-vars]"#);
        insta::assert_snapshot!(diagnostic(limit::DEPTH), @r#"main.bicep(3,14) : Error nested-too-deep: The name "x" does not exist in the current context."#);
    }

    #[test]
    fn columns_count_as_editors_do() {
        let text = "a\nb𝄞c";
        let lines = Lines::new(text);
        assert_eq!(lines.position(text, 0), (1, 1));
        assert_eq!(lines.position(text, 2), (2, 1));
        assert_eq!(lines.position(text, 7), (2, 4));
        assert_eq!(lines.position(text, 99), (2, 1));
    }
}
