//! `POST /providers/Cupola.Resources/compileBicep`: the ARM template of a Bicep text, and what the compiler says about it.

use crate::answer;
use crate::dispatch::{Call, Caller, Reply};
use crate::json::Document;
use cupola_bicep::{Compiled, Diagnostic};
use cupola_core::{Code, Problem};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::sync::Semaphore;

/// What a request may weigh: files that people write are far smaller.
pub(super) const BYTES_MAX: usize = 1024 * 1024;

/// Compiling is arithmetic; these many at a time leave the other cores to other requests.
static TURNS: Semaphore = Semaphore::const_new(2);

/// How long somebody waits for a turn and for the compiler.
const PATIENCE: Duration = Duration::from_secs(10);

const FILE: &str = "main.bicep";

pub(super) async fn post(call: Call, _caller: Caller) -> Result<Reply, Problem> {
    let text = Document::read(&call.body)?
        .required("bicep", "the text of a Bicep file")?
        .to_owned();
    let compiled = tokio::time::timeout(PATIENCE, compile(text))
        .await
        .map_err(|_| {
            Problem::new(
                Code::TooManyRequests,
                "The compiler is busy. Try again, or compile with: cupola bicep build FILE.",
            )
        })??;
    let diagnostics: Vec<Value> = compiled.diagnostics.iter().map(shown).collect();
    Ok(answer::ok(
        &json!({"template": compiled.template, "diagnostics": diagnostics}),
    ))
}

// The turn ends with the compiler, not with the patience of whoever asked: what runs in another thread cannot be stopped.
async fn compile(text: String) -> Result<Compiled, Problem> {
    let turn = TURNS.acquire().await.map_err(|_| Problem::internal())?;
    let compiling = tokio::task::spawn_blocking(move || {
        let files = BTreeMap::from([(FILE.to_owned(), text)]);
        let compiled = cupola_bicep::compile(FILE, &files);
        drop(turn);
        compiled
    });
    compiling.await.map_err(|error| {
        tracing::error!("the Bicep compiler failed: {error}");
        Problem::internal()
    })
}

fn shown(diagnostic: &Diagnostic) -> Value {
    json!({
        "level": diagnostic.level.to_string(),
        "code": diagnostic.code,
        "message": diagnostic.message,
        "line": diagnostic.line,
        "column": diagnostic.column,
    })
}
