//! Complaints: what is wrong with a template, where, and in the service's words where it has some.

use crate::source::Span;
use std::fmt;

/// One fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complaint {
    /// The code of the error, such as `InvalidTemplate`.
    pub code: &'static str,
    /// The sentence.
    pub message: String,
    /// What it is about: a path in the template such as `resources[2].name`, or a resource id.
    pub target: String,
    /// The line in the text of the template, from 1.
    pub line: Option<u32>,
    /// The column in that line, from 1.
    pub column: Option<u32>,
}

impl Complaint {
    /// The caller asks for what there is not.
    pub(crate) fn internal(message: String) -> Self {
        Self {
            code: "InternalServerError",
            message,
            target: String::new(),
            line: None,
            column: None,
        }
    }

    /// The text is not readable as JSON.
    pub(crate) fn unreadable(message: String, span: Span) -> Self {
        Self {
            code: "InvalidRequestContent",
            message: format!("Line {}, column {}: {message}", span.line, span.column),
            target: String::new(),
            line: Some(span.line),
            column: Some(span.column),
        }
    }
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.code)?;
        if let (Some(line), Some(column)) = (self.line, self.column) {
            write!(f, " at {line}:{column}")?;
        }
        if !self.target.is_empty() {
            write!(f, " ({})", self.target)?;
        }
        write!(f, ": {}", self.message)
    }
}

/// The complaints about one template, as they are found.
#[derive(Debug)]
pub(crate) struct Complaints {
    whole: Span,
    found: Vec<Complaint>,
}

/// More complaints than this help nobody, and a generated template could have very many.
const COMPLAINTS_MAX: usize = 200;

impl Complaints {
    /// None yet, about the template that stands here.
    pub(crate) fn about(whole: Span) -> Self {
        Self {
            whole,
            found: Vec::new(),
        }
    }

    /// Adds a fault of the template, in the frame that the service gives to them.
    pub(crate) fn template(&mut self, target: &str, span: Span, sentence: impl fmt::Display) {
        self.add(
            target,
            span,
            format!("Deployment template validation failed: '{sentence}'."),
        );
    }

    /// Adds a fault that names its place in the service's way: `WHAT at line 'L' and column 'C' REST`.
    pub(crate) fn placed(
        &mut self,
        target: &str,
        span: Span,
        what: impl fmt::Display,
        rest: impl fmt::Display,
    ) {
        let place = self.place(span);
        self.template(target, span, format!("{what}{place} {rest}"));
    }

    /// Line and column in the text of the template.
    pub(crate) fn line_and_column(&self, span: Span) -> Option<(u32, u32)> {
        span.within(self.whole)
    }

    /// ` at line 'L' and column 'C'`, or nothing where the place is unknown.
    pub(crate) fn place(&self, span: Span) -> String {
        match self.line_and_column(span) {
            Some((line, column)) => format!(" at line '{line}' and column '{column}'"),
            None => String::new(),
        }
    }

    /// Adds a fault with a message of its own.
    pub(crate) fn add(&mut self, target: &str, span: Span, message: String) {
        if self.found.len() >= COMPLAINTS_MAX {
            return;
        }
        let place = span.within(self.whole);
        let complaint = Complaint {
            code: "InvalidTemplate",
            message,
            target: target.to_owned(),
            line: place.map(|(line, _)| line),
            column: place.map(|(_, column)| column),
        };
        // The same fault in each round of a loop is one fault.
        if !self.found.contains(&complaint) {
            self.found.push(complaint);
        }
    }

    /// The only complaint, under another code.
    pub(crate) fn into_only(self, code: &'static str) -> Complaint {
        let first = self.found.into_iter().next();
        first.map_or_else(
            || Complaint::internal("Nothing was complained about.".to_owned()),
            |complaint| Complaint { code, ..complaint },
        )
    }

    /// All of them, in the order of the text.
    pub(crate) fn into_found(mut self) -> Vec<Complaint> {
        self.found
            .sort_by_key(|complaint| (complaint.line, complaint.column));
        self.found
    }
}
