//! `GET /subscriptions/{subscription}/providers/Cupola.Billing/usage?from&to&by`: what was used and what it costs, by
//! endpoint and meter, or by what somebody names.

use super::grouped::{self, Asked, By};
use crate::answer;
use crate::dispatch::{Call, Reply};
use crate::kinds::require_subscription;
use cupola_core::name::printable;
use cupola_core::rbac::Granted;
use cupola_core::{Code, Problem, ResourceId, Timestamp};
use cupola_store::{Period, UsageLine};
use cupola_wire::arm::{Page, UsageItem};

pub(super) async fn usage(call: Call, _grant: Granted) -> Result<Reply, Problem> {
    let period = Period {
        from: instant(&call, "from")?,
        to: instant(&call, "to")?,
    };
    let mut reader = call.control.store().reader().await?;
    let subscription = require_subscription(reader.resources(), call.param("subscription")).await?;
    if let Some(text) = call.query.get("by") {
        let by = By::read(text)?;
        let asked = Asked {
            subscription: subscription.id.name(),
            period,
            endpoint: call.query.get("endpoint"),
        };
        let lines = grouped::lines(&mut reader, &asked, &by).await?;
        return Ok(answer::ok(&Page::whole(lines)));
    }
    let lines = reader.bill(subscription.id.name(), period).await?;
    Ok(answer::ok(&Page::whole(lines.into_iter().map(item).collect())))
}

pub(super) fn instant(call: &Call, name: &str) -> Result<Option<Timestamp>, Problem> {
    let Some(text) = call.query.get(name) else {
        return Ok(None);
    };
    // A date alone is its first instant in UTC.
    let whole = if text.len() == 10 {
        format!("{text}T00:00:00Z")
    } else {
        text.to_owned()
    };
    whole.parse().map(Some).map_err(|_| {
        Problem::new(
            Code::InvalidRequestContent,
            format!(
                "'{}' of {name} is not an instant: use 2026-11-01 or 2026-11-01T12:00:00Z.",
                printable(text)
            ),
        )
        .target(name)
    })
}

fn item(line: UsageLine) -> UsageItem {
    // The ledger keeps folded ids, and an endpoint may be gone while its bill is not.
    let id = ResourceId::parse(&line.endpoint);
    let name = |at: usize| {
        id.as_ref()
            .and_then(|id| id.path.get(at))
            .map_or("", |(_, name)| name.as_str())
            .to_owned()
    };
    UsageItem {
        endpoint: name(1),
        workspace: name(0),
        resource_id: line.endpoint.clone(),
        model: line.model,
        meter: line.meter.as_str(),
        quantity: line.quantity,
        unit: line.meter.unit(),
        cost: line.cost.to_string(),
        currency: line.currency,
    }
}
