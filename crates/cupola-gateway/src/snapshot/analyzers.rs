//! External analyzers, made from providers as they are stored. One that did not change goes on as it was, with those who wait
//! for their turn.

use super::screens::all;
use crate::GatewayDeps;
use crate::screening::{Analyzer, AnalyzerKind, ContentSafety, Panel, Seat};
use cupola_backend::{Dialer, Service, Timeouts};
use cupola_core::ResourceId;
use cupola_core::name::fold;
use cupola_safety::{Category, Detection, Direction, GuardForm, Parts, Reported, Severity, Subject, YesNo};
use cupola_store::resources::Below;
use cupola_store::{Reader, StoreError};
use cupola_wire::arm::cognitive::{
    RAI_PROVIDER_TYPE, RaiExternalSafetyProviderProperties, RaiPolicyProperties,
};
use http::HeaderName;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

const KEY: HeaderName = HeaderName::from_static("ocp-apim-subscription-key");

/// Every provider there is.
#[derive(Debug, Default)]
pub(super) struct Analyzers {
    /// By the folded id of the provider.
    made: HashMap<String, Made>,
    /// Folded ids of deployments that serve guard models.
    guards: HashSet<String>,
}

#[derive(Debug, Clone)]
struct Made {
    /// With the key as it is sealed: another key makes another analyzer.
    from: (RaiExternalSafetyProviderProperties, Option<String>),
    analyzer: Result<Arc<Analyzer>, String>,
}

/// Reads every provider.
pub(super) async fn read(
    reader: &mut Reader,
    deps: &GatewayDeps,
    dialer: &Dialer,
    previous: &Analyzers,
) -> Result<Analyzers, StoreError> {
    let mut next = Analyzers::default();
    for resource in all(reader, Below::Type(RAI_PROVIDER_TYPE)).await? {
        let Some(stored) = super::load::read::<RaiExternalSafetyProviderProperties>(&resource) else {
            continue;
        };
        if let Some(deployment) = &stored.deployment_id {
            next.guards.insert(folded(deployment));
        }
        let from = (stored, reader.secrets().find(&resource.id).await?);
        let key = resource.id.folded();
        let made = match previous.made.get(&key) {
            Some(known) if known.from == from => known.clone(),
            _ => Made {
                analyzer: make(deps, dialer, resource.id.name(), &from).map(Arc::new),
                from,
            },
        };
        if let Err(why) = &made.analyzer {
            tracing::error!(provider = %resource.id, reason = why, "an external analyzer cannot be used");
        }
        next.made.insert(key, made);
    }
    Ok(next)
}

impl Analyzers {
    /// Does the deployment of this folded id serve a guard model?
    pub(super) fn is_guard(&self, deployment: &str) -> bool {
        self.guards.contains(deployment)
    }

    /// Whom a policy asks about a deployment; `None` where it asks nobody. A guard model is not screened by guards, neither by
    /// itself nor round about; services look at it as at any other.
    pub(super) fn panel(
        &self,
        holder: &ResourceId,
        deployment: &ResourceId,
        policy: &RaiPolicyProperties,
    ) -> Result<Option<Arc<Panel>>, String> {
        let subscription = holder.subscription.as_deref().unwrap_or_default();
        let is_guard = self.is_guard(&deployment.folded());
        let mut panel = Panel::default();
        for config in &policy.safety_providers {
            let name = &config.safety_provider_name;
            let id = ResourceId::subscription(subscription).resource(
                "Microsoft.CognitiveServices",
                "raiExternalSafetyProviders",
                name,
            );
            let unusable = |why: &str| {
                format!(
                    "The content policy of this deployment asks the safety provider '{name}', which cannot be asked, so it \
                     does not answer: {why}."
                )
            };
            let made = self.made.get(&id.folded());
            let made = made.ok_or_else(|| unusable("it is not there"))?;
            let analyzer = made.analyzer.as_ref().map_err(|why| unusable(why))?;
            if is_guard && matches!(analyzer.kind, AnalyzerKind::Guard { .. }) {
                continue;
            }
            panel.seats.push(Seat {
                analyzer: Arc::clone(analyzer),
                direction: match config.source.as_str() {
                    "Prompt" => Direction::Prompt,
                    _ => Direction::Completion,
                },
                blocking: config.blocking,
                passes_unseen: config.on_failure == "Allow",
            });
        }
        Ok((!panel.seats.is_empty()).then(|| Arc::new(panel)))
    }
}

fn make(
    deps: &GatewayDeps,
    dialer: &Dialer,
    name: &str,
    (stored, sealed): &(RaiExternalSafetyProviderProperties, Option<String>),
) -> Result<Analyzer, String> {
    let time_max = Duration::from_millis(u64::from(stored.timeout_ms));
    let kind = match stored.kind.as_str() {
        "GuardModel" => AnalyzerKind::Guard {
            deployment: folded(stored.deployment_id.as_deref().unwrap_or_default()),
            form: form(stored)?,
        },
        _ => {
            let key = sealed
                .as_deref()
                .map(|sealed| deps.keyring.open(sealed))
                .transpose()
                .map_err(|_| "its key cannot be opened; put it again with properties.apiKey".to_owned())?;
            let timeouts = Timeouts {
                connect: dialer.timeouts().connect.min(time_max),
                first_byte: time_max,
                idle: time_max,
            };
            let service = Service::new(
                stored.url.as_deref().unwrap_or_default(),
                stored.allow_private_network,
                key.as_ref().map(|key| (KEY, key)),
                dialer.clone(),
                timeouts,
            )?;
            AnalyzerKind::Service(Box::new(ContentSafety {
                service,
                api_version: stored.api_version.clone(),
                lists: stored.blocklist_names.clone(),
                shields: stored.shield_prompt,
            }))
        }
    };
    Ok(Analyzer {
        name: name.into(),
        kind,
        time_max,
        parts: Parts {
            characters_max: stored.characters_max as usize,
            overlap_characters: stored.overlap_characters as usize,
            step_characters: stored.step_characters as usize,
        },
        turns: Semaphore::new(stored.concurrency_max.max(1) as usize),
    })
}

fn form(stored: &RaiExternalSafetyProviderProperties) -> Result<GuardForm, String> {
    let meant = |name: &str, category: &str, severity: Option<&str>| {
        let subject = subject(category, severity)
            .ok_or_else(|| format!("'{name}' stands for '{category}', which nothing here looks for"))?;
        Ok::<Reported, String>(Reported {
            rule: name.into(),
            subject,
        })
    };
    Ok(match stored.template.as_deref() {
        Some("ShieldGemma") => GuardForm::shield_gemma(),
        Some("GraniteGuardian") => GuardForm::granite_guardian(),
        Some("Questions") => GuardForm::Questions(
            stored
                .questions
                .iter()
                .map(|question| {
                    Ok(YesNo {
                        yes: meant(&question.name, &question.category, question.severity.as_deref())?,
                        system: question.system.clone(),
                        user: question.user.clone(),
                    })
                })
                .collect::<Result<_, String>>()?,
        ),
        _ => GuardForm::Hazards(
            stored
                .hazards
                .iter()
                .map(|hazard| meant(&hazard.code, &hazard.category, hazard.severity.as_deref()))
                .collect::<Result<_, String>>()?,
        ),
    })
}

fn subject(category: &str, severity: Option<&str>) -> Option<Subject> {
    let severity = match severity {
        Some("Low") => Severity::Low,
        Some("High") => Severity::High,
        _ => Severity::Medium,
    };
    Some(match category {
        "Hate" => Subject::Category(Category::Hate, severity),
        "Sexual" => Subject::Category(Category::Sexual, severity),
        "Violence" => Subject::Category(Category::Violence, severity),
        "Selfharm" => Subject::Category(Category::SelfHarm, severity),
        "Jailbreak" => Subject::Detection(Detection::Jailbreak),
        "Indirect Attack" => Subject::Detection(Detection::IndirectAttack),
        "Profanity" => Subject::Detection(Detection::Profanity),
        "PII" => Subject::Detection(Detection::Pii),
        _ => return None,
    })
}

/// An id as snapshots compare it, whoever wrote it.
fn folded(id: &str) -> String {
    ResourceId::parse(id).map_or_else(|| fold(id), |id| id.folded())
}
