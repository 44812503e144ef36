//! Bicep: compiled to an ARM template, with complaints that point at their place.
//!
//! ```text
//! text -> lexer -> parser -> SyntaxTree -> Model (names) -> Checker (types, runtime values)
//!                                                                |
//!                              template in JSON <- emit, lower <-+
//! ```
//!
//! Pure: files come through [`Files`]. Nothing that a file says panics, recurses without a bound or eats memory.

mod arm;
mod bodies;
mod calls;
mod check;
mod declared;
mod diagnostic;
mod emit;
mod files;
mod functions;
mod lexer;
mod lint;
mod lower;
mod model;
mod parameters;
mod parser;
mod references;
mod schemas;
pub mod syntax;
#[cfg(test)]
mod tests;
mod types;
mod workspace;
mod yaml;

use serde_json::Value;

pub use diagnostic::{Diagnostic, Level};
pub use files::{FileError, Files};
pub use parameters::{CompiledParameters, compile_parameters};
pub use syntax::SyntaxTree;

use crate::diagnostic::{Remarks, place};
use crate::parser::Dialect;
use crate::workspace::Workspace;

/// The version of the language that this compiler claims.
pub const VERSION: &str = "0.38.33";

/// What came of a file.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// `None` when there are errors.
    pub template: Option<Value>,
    /// Of this file first, then of the files that it uses.
    pub diagnostics: Vec<Diagnostic>,
}

/// Compiles a `.bicep` file, with the modules and imports that it names.
pub fn compile(path: &str, files: &dyn Files) -> Compiled {
    let mut workspace = Workspace::new(files);
    let text = match files.read(path) {
        Ok(text) => text,
        Err(error) => {
            return Compiled {
                template: None,
                diagnostics: vec![unreadable(path, &error)],
            };
        }
    };
    let unit = workspace.add(path, &text);
    Compiled {
        template: unit.template.clone(),
        diagnostics: all_diagnostics(&workspace),
    }
}

/// The tree of a template's text, as far as it can be understood. Never fails, and always ends.
pub fn parse(text: &str) -> (SyntaxTree, Vec<Diagnostic>) {
    let mut remarks = Remarks::default();
    let tree = parser::parse(text, Dialect::Template, &mut remarks);
    let diagnostics = place("", text, &tree.directives, remarks.0);
    (tree, diagnostics)
}

fn unreadable(path: &str, error: &FileError) -> Diagnostic {
    Diagnostic {
        level: Level::Error,
        code: "BCP091",
        message: format!("An error occurred reading file. {error}"),
        path: path.to_owned(),
        line: 1,
        column: 1,
    }
}

// Files end in the order of their dependencies, so the one that people asked for is the last.
fn all_diagnostics(workspace: &Workspace<'_>) -> Vec<Diagnostic> {
    workspace
        .order
        .iter()
        .rev()
        .flat_map(|unit| unit.diagnostics.iter().cloned())
        .collect()
}
