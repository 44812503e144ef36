//! `POST {scope}/providers/Microsoft.CostManagement/query`: at a subscription, a resource group, a workspace, an account or
//! what is in them. With `Accept: text/csv` all rows come as text.

use super::csv;
use super::question::Question;
use super::table::{Column, Field, Table};
use crate::answer;
use crate::dispatch::{Call, Reply};
use crate::facets;
use crate::paging::{self, Token};
use cupola_core::name::printable;
use cupola_core::rbac::Granted;
use cupola_core::{Code, Problem, ResourceId};
use cupola_edge::full;
use cupola_store::{Period, Timeline};
use http::{HeaderValue, Response, header};
use serde_json::{Value, json};

const PAGE_ROWS: usize = 5_000;

pub(super) async fn query(call: Call, _grant: Granted) -> Result<Reply, Problem> {
    let text = call.param("scope");
    let id = ResourceId::parse(text);
    let scope = id.as_ref().and_then(facets::scope).ok_or_else(|| {
        Problem::new(
            Code::InvalidRequestContent,
            format!(
                "Nothing is charged at '{}': ask at a subscription, a resource group, a workspace, an account, an endpoint or \
                 a deployment.",
                text.split('/').map(printable).collect::<Vec<_>>().join("/")
            ),
        )
    })?;
    let question = Question::read(&call.json()?, call.now)?;
    let timeline = Timeline {
        period: Period {
            from: Some(question.span.from),
            to: Some(question.span.to),
        },
        width_ms: question.width_ms(),
    };
    let mut reader = call.control.store().reader().await?;
    let sums = reader.usage_sums(&facets::usage_scope(&scope), &timeline).await?;
    drop(reader);
    let table = Table::of(&question, &sums)?;
    if wants_csv(&call) {
        let mut response = Response::new(full(csv::write(&table)));
        response.headers_mut().insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/csv; charset=utf-8"),
        );
        return Ok(response);
    }
    Ok(answer::ok(&page(&call, text, &table)))
}

fn wants_csv(call: &Call) -> bool {
    let accept = call.headers.get(header::ACCEPT);
    let accept = accept.and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    accept
        .split(',')
        .next()
        .is_some_and(|first| first.trim().to_ascii_lowercase().starts_with("text/csv"))
}

fn page(call: &Call, scope: &str, table: &Table) -> Value {
    let skipped = call
        .query
        .get("$skiptoken")
        .and_then(|token| token.parse::<usize>().ok())
        .unwrap_or(0);
    let rows: Vec<Vec<Value>> = table
        .rows
        .iter()
        .skip(skipped)
        .take(PAGE_ROWS)
        .map(|row| row.iter().map(Field::json).collect())
        .collect();
    let shown = skipped + rows.len();
    let next_link =
        (shown < table.rows.len()).then(|| paging::next(call, Token::SkipToken, &shown.to_string()));
    let columns: Vec<Value> = table.columns.iter().map(column).collect();
    let name = call.new_id();
    json!({
        "id": format!("{}/providers/Microsoft.CostManagement/query/{name}", scope.trim_start_matches('/')),
        "name": name,
        "type": "Microsoft.CostManagement/query",
        "properties": { "nextLink": next_link, "columns": columns, "rows": rows },
    })
}

fn column(column: &Column) -> Value {
    json!({ "name": column.name, "type": column.kind })
}
