//! Asking a guard model: a short chat with a deployment of this server. It is metered on that deployment, under a name of its
//! own, and not charged to who asked for the answer that is looked at.

use crate::GatewayDeps;
use crate::bill::{Bill, Outcome};
use crate::forms;
use crate::request_id;
use crate::snapshot::{Condition, Deployment, Site};
use cupola_backend::Call;
use cupola_core::Operation;
use cupola_core::time::millis;
use cupola_safety::GuardQuestion;
use cupola_wire::openai::{Heading, Surface, Voice, Whole, completion_of, said};
use http::StatusCode;
use serde_json::json;
use std::sync::Arc;

// `unsafe` and a line of codes, or yes and a reason.
const ANSWER_TOKENS_MAX: u32 = 128;
const ANSWER_BYTES_MAX: usize = 256 << 10;
/// Who spends, in the ledger.
const CREDENTIAL: &str = "content-safety";

/// What it answers.
pub(super) async fn ask(
    deps: &GatewayDeps,
    site: &Arc<Site>,
    deployment: &Arc<Deployment>,
    question: &GuardQuestion,
) -> Result<String, String> {
    if deployment.condition != Condition::Online {
        return Err("its deployment does not answer at the moment".to_owned());
    }
    let target = deployment.target.as_ref().map_err(Clone::clone)?;
    if !deps.store.ledger().has_room() {
        return Err("its usage cannot be recorded at the moment".to_owned());
    }
    let system = question
        .system
        .as_ref()
        .map(|system| json!({"role": "system", "content": system}));
    let user = json!({"role": "user", "content": question.user});
    let messages: Vec<_> = system.into_iter().chain([user]).collect();
    let body = json!({"messages": messages, "temperature": 0, "max_tokens": ANSWER_TOKENS_MAX});
    let demand = forms::chat_demand(Surface::OpenAi, body.to_string().into_bytes(), None)
        .map_err(|_| "its question cannot be asked".to_owned())?;
    let now = deps.clock.now();
    let id = request_id::new(now, &*deps.entropy);
    let estimate = demand.prompt_tokens + u64::from(ANSWER_TOKENS_MAX);
    let bill = Bill::of_guard(deps, (site, deployment), CREDENTIAL, &id, &demand, estimate)?;
    let call = Call {
        operation: Operation::Chat,
        body: demand.body,
        model_at: demand.model_at,
        native: None,
        stream: false,
        request_id: &id,
        // Its questions begin alike, so they go where that beginning is known.
        affinity: 1,
        prompt_tokens: demand.prompt_tokens,
        max_tokens: demand.max_tokens,
        n: 1,
        traceparent: None,
        attempts: None,
    };
    let answered = async {
        let answer = target.infer(&call).await.map_err(|error| error.message)?;
        if answer.status != StatusCode::OK || answer.events {
            return Err(format!(
                "its server answered with status {}",
                answer.status.as_u16()
            ));
        }
        let dialect = answer.dialect;
        let whole = answer.body.collect(ANSWER_BYTES_MAX).await;
        let whole = whole.map_err(|error| error.message)?;
        let turned = dialect.answer(Operation::Chat, &whole);
        let turned = turned.map_err(|error| error.to_string())?;
        let whole = turned.unwrap_or_else(|| whole.to_vec());
        let heading = Heading {
            surface: Surface::OpenAi,
            id: &id,
            created: (millis(now) / 1000).cast_signed(),
            model: &deployment.model.name,
        };
        let whole = Whole::read(&whole).map_err(|error| error.to_string())?;
        let counted =
            completion_of(&whole, &heading, call.prompt_tokens).map_err(|error| error.to_string())?;
        let said = said(&whole).map_err(|error| error.to_string())?;
        let texts = said.into_iter().next().map(|said| said.texts);
        let content = texts
            .into_iter()
            .flatten()
            .find(|(voice, _)| *voice == Voice::Content);
        Ok((counted, content.map(|(_, text)| text).unwrap_or_default()))
    };
    match answered.await {
        Ok((counted, text)) => {
            let outcome = match counted.estimated {
                true => Outcome::Estimated,
                false => Outcome::Complete,
            };
            let settled = bill.settle(&counted.totals.usage(), outcome).await;
            settled.map_err(|error| format!("its usage could not be recorded: {error}"))?;
            Ok(text)
        }
        Err(why) => {
            bill.cancel();
            Err(why)
        }
    }
}
