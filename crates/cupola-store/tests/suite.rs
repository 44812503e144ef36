//! One suite for every store: the contract between them. PostgreSQL will be one more line at the end.

#[path = "suite/responses.rs"]
mod responses;

use cupola_core::rbac::{Granted, Principal, RoleAssignment};
use cupola_core::usage::{Meter, Usage};
use cupola_core::{ResourceId, Timestamp};
use cupola_store::access::StoredSecret;
use cupola_store::apps::{App, Certificate, FederatedCredential, Registration};
use cupola_store::bindings::{Backend, Binding, Member, Share};
use cupola_store::credentials::SealedKeys;
use cupola_store::deployments::{Deployment, DeploymentOperation};
use cupola_store::operations::Status;
use cupola_store::resources::Below;
use cupola_store::sign_ins::{DeviceCode, RefreshToken, Session, Taken, Ticket};
use cupola_store::users::{PasswordState, User};
use cupola_store::{
    EndpointLine, EndpointQuestion, Grain, LedgerSync, Period, PriceList, Resource, Stamp, Store, UsageRecord,
};
use responses::{
    a_kept_response_is_found_with_all_that_it_goes_on_from, a_kept_response_is_its_owners_to_delete,
    old_responses_are_forgotten_and_those_of_a_site_go_with_it, the_oldest_responses_of_a_site_go_first,
};
use serde_json::json;
use std::sync::Arc;

macro_rules! store_suite {
    ($name:ident, $open:expr, [$($case:ident),* $(,)?]) => {
        mod $name {
            use super::*;
            $(#[tokio::test]
            async fn $case() {
                let folder = tempfile::tempdir().expect("a folder");
                let store: Store = $open(folder.path()).await;
                super::$case(&store).await;
                store.close().await;
            })*
        }
    };
}

fn now() -> Timestamp {
    "2026-11-21T08:00:00Z".parse().expect("an instant")
}

fn grant() -> Granted {
    Granted::to_platform("test")
}

fn id(text: &str) -> ResourceId {
    ResourceId::parse(text).expect("an id")
}

fn resource(at: &str) -> Resource {
    let stamp = Stamp {
        by: "me".into(),
        by_type: "User".into(),
        at: now(),
    };
    Resource {
        location: Some("eastus2".into()),
        properties: json!({"z": 1, "a": 2}),
        etag: "e1".into(),
        ..Resource::new(id(at), stamp)
    }
}

const WORKSPACE: &str = "/subscriptions/s/resourceGroups/g/providers/N.X/workspaces/W";

async fn a_resource_is_found_whatever_the_case(store: &Store) {
    let mut work = store.begin().await.expect("begun");
    work.resources()
        .put(&grant(), &resource(WORKSPACE))
        .await
        .expect("put");
    work.save().await.expect("saved");
    let mut reader = store.reader().await.expect("a reader");
    let found = reader
        .resources()
        .find(&id(&WORKSPACE.to_uppercase()))
        .await
        .expect("read")
        .expect("found");
    assert_eq!(found, resource(WORKSPACE));
    assert_eq!(
        found.properties.to_string(),
        r#"{"z":1,"a":2}"#,
        "the order that people wrote is kept"
    );
}

async fn an_unsaved_change_is_undone(store: &Store) {
    let mut work = store.begin().await.expect("begun");
    work.resources()
        .put(&grant(), &resource(WORKSPACE))
        .await
        .expect("put");
    drop(work);
    let mut reader = store.reader().await.expect("a reader");
    assert_eq!(reader.resources().find(&id(WORKSPACE)).await.expect("read"), None);
}

async fn deleting_a_resource_takes_all_that_is_in_it(store: &Store) {
    let child = id(WORKSPACE).child("serverlessEndpoints", "e");
    let sibling = format!("{WORKSPACE}2");
    let mut work = store.begin().await.expect("begun");
    for at in [WORKSPACE, &child.to_string(), &sibling] {
        work.resources().put(&grant(), &resource(at)).await.expect("put");
    }
    assert!(
        work.resources()
            .claim("endpoint/eastus2/E", &child)
            .await
            .expect("claimed")
    );
    let keys = SealedKeys {
        primary: "p".into(),
        secondary: "s".into(),
    };
    work.credentials().put(&child, &keys, now()).await.expect("put");
    work.save().await.expect("saved");

    let mut work = store.begin().await.expect("begun");
    assert_eq!(
        work.resources()
            .delete(&grant(), &id(WORKSPACE))
            .await
            .expect("deleted"),
        2
    );
    assert_eq!(work.credentials().find(&child).await.expect("read"), None);
    assert!(
        work.resources()
            .claim("endpoint/eastus2/e", &id(&sibling))
            .await
            .expect("claimed"),
        "the name is free again"
    );
    work.save().await.expect("saved");
    let mut reader = store.reader().await.expect("a reader");
    assert!(
        reader
            .resources()
            .find(&id(&sibling))
            .await
            .expect("read")
            .is_some(),
        "a name that only begins alike stays"
    );
}

async fn resources_are_found_by_what_they_refer_to_and_by_their_tags(store: &Store) {
    let ml = "/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w";
    let mut endpoint = resource(&format!("{ml}/serverlessEndpoints/e"));
    endpoint.properties = json!({"modelSettings": {"modelId": "azureml://registries/R/models/M"}});
    endpoint.tags.insert("Team".into(), "Blue".into());
    let (scope, kind) = (id(ml), endpoint.id.resource_type());
    let mut other = endpoint.clone();
    other.id = id(&format!("{ml}2/serverlessEndpoints/e2"));
    other.tags.insert("Team".into(), "Red".into());
    let mut work = store.begin().await.expect("begun");
    for resource in [&endpoint, &other] {
        work.resources().put(&grant(), resource).await.expect("put");
    }
    work.save().await.expect("saved");
    let count = async |below: Below<'_>| {
        let mut reader = store.reader().await.expect("a reader");
        reader
            .resources()
            .list(below, None, 10)
            .await
            .expect("read")
            .len()
    };
    let group = id("/subscriptions/s/resourceGroups/g");
    let model = "AZUREML://registries/r/models/m";
    assert_eq!(count(Below::Referring(Some(&scope), &kind, model)).await, 1);
    assert_eq!(count(Below::Referring(None, &kind, model)).await, 2);
    assert_eq!(count(Below::Referring(None, &kind, "other")).await, 0);
    assert_eq!(count(Below::Tagged(&group, "TEAM", None)).await, 2);
    assert_eq!(count(Below::Tagged(&group, "team", Some("Red"))).await, 1);
    assert_eq!(count(Below::Tagged(&group, "team", Some("red"))).await, 0);
    assert_eq!(count(Below::Named(&group, "E2")).await, 1);
    assert_eq!(count(Below::TypeIn(&scope, &kind)).await, 1);

    let mut work = store.begin().await.expect("begun");
    other.tags.clear();
    work.resources().put(&grant(), &other).await.expect("put");
    let used = work.resources().tags(&group, 10).await.expect("read");
    assert_eq!(
        used.iter()
            .map(|tag| (tag.name.as_str(), tag.value.as_str(), tag.count))
            .collect::<Vec<_>>(),
        [("Team", "Blue", 1)]
    );
    assert_eq!(
        work.resources()
            .types("microsoft.machinelearningservices")
            .await
            .expect("read"),
        std::slice::from_ref(&kind)
    );
    work.resources().delete(&grant(), &scope).await.expect("deleted");
    assert_eq!(work.resources().tags(&group, 10).await.expect("read"), []);
    work.save().await.expect("saved");
}

async fn a_secret_goes_with_its_owner(store: &Store) {
    let (parent, owner) = (id(WORKSPACE), id(WORKSPACE).child("connections", "C"));
    let mut work = store.begin().await.expect("begun");
    for sealed in ["one", "two"] {
        work.secrets()
            .put(&grant(), &owner, sealed, now())
            .await
            .expect("put");
    }
    assert_eq!(
        work.secrets().find(&owner).await.expect("read").as_deref(),
        Some("two")
    );
    work.resources().delete(&grant(), &parent).await.expect("deleted");
    assert_eq!(work.secrets().find(&owner).await.expect("read"), None);
    work.save().await.expect("saved");
}

async fn lists_come_in_pages(store: &Store) {
    let mut work = store.begin().await.expect("begun");
    for number in 0..5 {
        work.resources()
            .put(&grant(), &resource(&format!("{WORKSPACE}{number}")))
            .await
            .expect("put");
    }
    work.resources()
        .put(&grant(), &resource(&format!("{WORKSPACE}0/deep/x")))
        .await
        .expect("put");
    work.save().await.expect("saved");
    let mut reader = store.reader().await.expect("a reader");
    let group = ResourceId::group("s", "g");
    let first = reader
        .resources()
        .list(Below::Children(&group, "N.X/workspaces"), None, 3)
        .await
        .expect("a page");
    let after = first[2].id.folded();
    let rest = reader
        .resources()
        .list(Below::Children(&group, "N.X/workspaces"), Some(&after), 3)
        .await
        .expect("a page");
    assert_eq!((first.len(), rest.len()), (3, 2));
    assert_eq!(
        reader
            .resources()
            .list(Below::All(&group), None, 100)
            .await
            .expect("all")
            .len(),
        6
    );
    assert_eq!(
        reader
            .resources()
            .list(Below::Type("n.x/Workspaces"), None, 100)
            .await
            .expect("all")
            .len(),
        5
    );
}

async fn a_name_has_one_owner(store: &Store) {
    let mut work = store.begin().await.expect("begun");
    let (mine, yours) = (id(WORKSPACE), id("/subscriptions/t"));
    assert!(work.resources().claim("n", &mine).await.expect("claimed"));
    assert!(
        work.resources().claim("N", &mine).await.expect("claimed"),
        "taking it twice is harmless"
    );
    assert!(!work.resources().claim("n", &yours).await.expect("asked"));
}

async fn jobs_run_in_order_and_can_be_put_off(store: &Store) {
    let mut work = store.begin().await.expect("begun");
    for kind in ["one", "two"] {
        work.jobs()
            .enqueue(kind, &json!({}), now())
            .await
            .expect("queued");
    }
    let due = work.jobs().due(now(), 10).await.expect("due");
    assert_eq!(
        due.iter().map(|job| job.kind.as_str()).collect::<Vec<_>>(),
        ["one", "two"]
    );
    let later = now() + jiff::SignedDuration::from_secs(5);
    work.jobs().retry_at(due[0].id, later).await.expect("put off");
    work.jobs().done(due[1].id).await.expect("done");
    assert_eq!(work.jobs().due(now(), 10).await.expect("due"), []);
    assert_eq!(
        work.jobs().next_due_ms().await.expect("asked"),
        Some(later.as_millisecond())
    );
    assert_eq!(work.jobs().due(later, 10).await.expect("due")[0].attempts, 1);
}

async fn an_operation_ends_once(store: &Store) {
    let mut work = store.begin().await.expect("begun");
    work.operations()
        .start("o", "/r", "me", now())
        .await
        .expect("started");
    let failed = Status::Failed {
        at: now(),
        error: json!({"code": "X"}),
    };
    work.operations().finish("o", &failed).await.expect("finished");
    work.operations()
        .finish("o", &Status::Succeeded { at: now() })
        .await
        .expect("too late");
    assert_eq!(
        work.operations()
            .find("O")
            .await
            .expect("read")
            .expect("found")
            .status,
        failed
    );
    assert_eq!(
        work.operations()
            .prune(now() + jiff::SignedDuration::from_secs(1))
            .await
            .expect("pruned"),
        1
    );
}

async fn a_model_has_one_binding(store: &Store) {
    let model: cupola_core::ModelId = "azureml://registries/r/models/M".parse().expect("a model id");
    let mut work = store.begin().await.expect("begun");
    for backend in [
        Backend::Engine {
            path: "/m.gguf".into(),
        },
        Backend::Upstream {
            url: "http://h".into(),
            dialect: Some("cohere".into()),
            api_version: None,
            model: None,
            sealed_key: Some("k".into()),
            allow_private_network: true,
        },
    ] {
        let binding = Binding::of(model.clone(), backend);
        work.bindings().put(&grant(), &binding).await.expect("put");
        assert_eq!(work.bindings().list().await.expect("listed"), [binding]);
    }
    let mut several = Binding::of(model.clone(), Backend::Forecaster);
    several.members.push(Member {
        name: "spare".into(),
        share: Share {
            weight: 3,
            concurrency_max: Some(2),
            ..Share::default()
        },
        backend: Backend::Engine { path: "/m".into() },
    });
    work.bindings().put(&grant(), &several).await.expect("put");
    assert_eq!(work.bindings().find(&model).await.expect("found"), Some(several));
    assert!(work.bindings().delete(&grant(), &model).await.expect("deleted"));
    assert!(!work.bindings().delete(&grant(), &model).await.expect("asked"));
}

async fn a_role_is_held_once(store: &Store) {
    let mut work = store.begin().await.expect("begun");
    let principal = Principal {
        id: "P".into(),
        app_id: Some("A".into()),
        display_name: "Ada".into(),
        kind: "Application",
    };
    work.access()
        .put_principal(&grant(), &principal)
        .await
        .expect("put");
    assert_eq!(
        work.access()
            .principal("a")
            .await
            .expect("read")
            .expect("found")
            .id,
        "p"
    );
    let assignment = |id: &str| RoleAssignment {
        id: id.into(),
        scope: "/".into(),
        role: "Owner".into(),
        principal: "P".into(),
        principal_type: "ServicePrincipal".into(),
        created_at: now(),
    };
    assert!(
        work.access()
            .assign(&grant(), &assignment("1"))
            .await
            .expect("assigned")
    );
    assert!(
        work.access()
            .assign(&grant(), &assignment("1"))
            .await
            .expect("again"),
        "the same assignment is no duplicate"
    );
    assert!(
        !work
            .access()
            .assign(&grant(), &assignment("2"))
            .await
            .expect("refused")
    );
    assert_eq!(work.access().held("p").await.expect("listed").len(), 1);
    assert!(work.access().unassign(&grant(), "1").await.expect("gone"));
}

fn record(id: &str, endpoint: &str, usage: Usage, price: u64) -> UsageRecord {
    UsageRecord {
        id: id.into(),
        at: now(),
        subscription: "s".into(),
        endpoint: endpoint.into(),
        model: "m".into(),
        deployment: None,
        operation: "chat",
        credential: "primary".into(),
        usage,
        outcome: "complete",
        status: 200,
        took_us: None,
        first_token_us: None,
        prices: Arc::new(PriceList::of(
            "USD",
            &[
                (Meter::PromptTokens, price),
                (Meter::CachedPromptTokens, price),
                (Meter::CompletionTokens, price * 4),
                (Meter::ReasoningTokens, price * 4),
                (Meter::SearchUnits, price * 10),
                (Meter::Images, price * 100),
                (Meter::FinetunePromptTokens, price * 2),
                (Meter::FinetuneCompletionTokens, price * 3),
            ],
        )),
    }
}

async fn usage_is_billed_at_the_prices_of_its_time_and_once(store: &Store) {
    let usage = Usage {
        prompt: 10,
        cached_prompt: 5,
        completion: 3,
        ..Usage::default()
    };
    let ledger = store.ledger();
    let (a, b, again) = tokio::join!(
        ledger.record(record("1", "e", usage, 100)),
        ledger.record(record("2", "e", usage, 300)),
        ledger.record(record("1", "e", usage, 100)),
    );
    a.and(b).and(again).expect("recorded");
    ledger.record_later(record("3", "f", usage, 100)).expect("queued");
    ledger.drain().await;
    let mut reader = store.reader().await.expect("a reader");
    let lines = reader.bill("S", Period::default()).await.expect("a bill");
    let line = |endpoint: &str, meter: Meter| {
        let line = lines
            .iter()
            .find(|line| line.endpoint == endpoint && line.meter == meter)
            .expect("a line");
        (line.quantity, line.cost.0)
    };
    assert_eq!(
        line("e", Meter::Requests),
        (2, 0),
        "recording it twice counts it once"
    );
    assert_eq!(line("e", Meter::PromptTokens), (20, 10 * 100 + 10 * 300));
    assert_eq!(line("e", Meter::CompletionTokens), (6, 3 * 400 + 3 * 1200));
    assert_eq!(line("f", Meter::CachedPromptTokens), (5, 500));
    let before = Period {
        from: None,
        to: Some(now()),
    };
    assert_eq!(reader.bill("s", before).await.expect("a bill"), []);
}

async fn many_records_at_once_are_all_kept(store: &Store) {
    let usage = Usage {
        prompt: 1,
        ..Usage::default()
    };
    let all = (0..1_000).map(|number| {
        let ledger = store.ledger().clone();
        tokio::spawn(async move { ledger.record(record(&number.to_string(), "e", usage, 1)).await })
    });
    for one in all.collect::<Vec<_>>() {
        one.await.expect("ran").expect("recorded");
    }
    let lines = store
        .reader()
        .await
        .expect("a reader")
        .bill("s", Period::default())
        .await
        .expect("a bill");
    assert_eq!(
        lines
            .iter()
            .find(|line| line.meter == Meter::Requests)
            .expect("a line")
            .quantity,
        1_000
    );
}

async fn everything_that_is_counted_is_billed(store: &Store) {
    let usage = Usage {
        prompt: 1,
        cached_prompt: 2,
        completion: 3,
        reasoning: 4,
        search_units: 5,
        images: 6,
        finetune_prompt: 7,
        finetune_completion: 8,
    };
    store
        .ledger()
        .record(record("1", "e", usage, 10))
        .await
        .expect("recorded");
    store.ledger().drain().await;
    let mut reader = store.reader().await.expect("a reader");
    let lines = reader.bill("s", Period::default()).await.expect("a bill");
    let seen: Vec<(&str, u64, i128)> = lines
        .iter()
        .map(|line| (line.meter.as_str(), line.quantity, line.cost.0))
        .collect();
    assert_eq!(
        seen,
        [
            ("prompt_tokens", 1, 10),
            ("cached_prompt_tokens", 2, 20),
            ("completion_tokens", 3, 120),
            ("reasoning_tokens", 4, 160),
            ("requests", 1, 0),
            ("search_units", 5, 500),
            ("images", 6, 6_000),
            ("finetune_prompt_tokens", 7, 140),
            ("finetune_completion_tokens", 8, 240),
        ]
    );
}

async fn the_usage_of_an_endpoint_is_told_by_time_and_credential(store: &Store) {
    let usage = Usage {
        search_units: 2,
        ..Usage::default()
    };
    let of = |id: &str, at: &str, credential: &str, endpoint: &str| UsageRecord {
        at: at.parse().expect("an instant"),
        operation: "rerank",
        credential: credential.into(),
        deployment: Some("d".into()),
        prices: Arc::new(PriceList::of("USD", &[(Meter::SearchUnits, 7)])),
        ..record(id, endpoint, usage, 0)
    };
    for one in [
        of("1", "2026-11-20T08:59:59.999Z", "primary", "/e"),
        of("2", "2026-11-20T09:00:00Z", "primary", "/e"),
        of("3", "2026-11-20T09:30:00Z", "secondary", "/e"),
        of("4", "2026-11-20T09:40:00Z", "primary", "/e"),
        of("5", "2026-11-21T00:00:00Z", "primary", "/E"),
        of("6", "2026-11-20T09:00:00Z", "primary", "/other"),
    ] {
        store.ledger().record(one).await.expect("recorded");
    }
    store.ledger().drain().await;
    let mut reader = store.reader().await.expect("a reader");
    let whole = EndpointQuestion {
        endpoint: "/E",
        period: Period::default(),
        grain: Grain::Whole,
        credential: None,
    };
    let searches = |lines: Vec<EndpointLine>| -> Vec<String> {
        let of_searches = lines.iter().filter(|line| line.meter == Meter::SearchUnits);
        of_searches
            .map(|line| {
                let start = line.start.map_or("-".to_owned(), |start| start.to_string());
                assert_eq!(
                    (line.operation.as_str(), line.deployment.as_deref()),
                    ("rerank", Some("d"))
                );
                format!("{start} {} {} {}", line.credential, line.quantity, line.cost.0)
            })
            .collect()
    };
    let mut ask = async |question: EndpointQuestion<'_>| {
        searches(reader.endpoint_usage(&question).await.expect("lines"))
    };
    assert_eq!(ask(whole).await, ["- primary 8 56", "- secondary 2 14"]);
    let days = EndpointQuestion {
        grain: Grain::Day,
        ..whole
    };
    assert_eq!(
        ask(days).await,
        [
            "2026-11-20T00:00:00Z primary 6 42",
            "2026-11-20T00:00:00Z secondary 2 14",
            "2026-11-21T00:00:00Z primary 2 14",
        ]
    );
    let hours = EndpointQuestion {
        grain: Grain::Hour,
        credential: Some("primary"),
        period: Period {
            from: None,
            to: "2026-11-21T00:00:00Z".parse().ok(),
        },
        ..whole
    };
    assert_eq!(
        ask(hours).await,
        [
            "2026-11-20T08:00:00Z primary 2 14",
            "2026-11-20T09:00:00Z primary 4 28",
        ]
    );
}

async fn watchers_wake_after_a_save(store: &Store) {
    let mut changes = store.changes();
    changes.mark_unchanged();
    let mut work = store.begin().await.expect("begun");
    work.access().set_fact("tenant", "t").await.expect("set");
    assert!(!changes.has_changed().expect("open"));
    work.save().await.expect("saved");
    assert!(changes.has_changed().expect("open"));
    assert_eq!(
        store
            .reader()
            .await
            .expect("a reader")
            .access()
            .fact("tenant")
            .await
            .expect("read")
            .as_deref(),
        Some("t")
    );
}

fn user(id: &str, upn: &str) -> User {
    User {
        id: id.into(),
        upn: upn.into(),
        display_name: "Somebody".into(),
        mail: None,
        enabled: true,
        must_change: false,
        external: None,
        created_at: now(),
    }
}

fn in_seconds(seconds: i64) -> Timestamp {
    Timestamp::from_second(now().as_second() + seconds).expect("an instant")
}

async fn a_user_is_found_by_name_and_goes_with_all_that_is_theirs(store: &Store) {
    let mut work = store.begin().await.expect("begun");
    for (id, upn) in [("u2", "Bea@x.test"), ("u1", "ann@x.test")] {
        assert!(work.users().put(&grant(), &user(id, upn)).await.expect("put"));
    }
    assert!(
        !work
            .users()
            .put(&grant(), &user("u3", "ANN@x.test"))
            .await
            .expect("put"),
        "the name is taken"
    );
    let external = User {
        external: Some(("https://i.test".into(), "sub".into())),
        enabled: false,
        ..user("u3", "cy@x.test")
    };
    assert!(work.users().put(&grant(), &external).await.expect("put"));
    work.users()
        .set_password(&grant(), "u1", "digest", true, now())
        .await
        .expect("set");
    let attempts = PasswordState {
        failures: 3,
        failing_since: Some(now()),
        ..PasswordState::default()
    };
    work.users().set_attempts("u1", &attempts).await.expect("set");
    let session = Session {
        digest: "s".into(),
        principal: "u1".into(),
        seen_at: now(),
        ends_at: in_seconds(60),
    };
    work.sign_ins().add_session(&session, 5).await.expect("added");
    work.save().await.expect("saved");

    let mut work = store.begin().await.expect("begun");
    let found = work
        .users()
        .find("BEA@X.TEST")
        .await
        .expect("read")
        .expect("found");
    assert_eq!(found, user("u2", "Bea@x.test"));
    assert_eq!(
        work.users()
            .find_external("https://i.test", "sub")
            .await
            .expect("read"),
        Some(external)
    );
    assert!(work.access().principal("u3").await.expect("read").is_some());
    assert!(
        work.access()
            .active_principal("u3")
            .await
            .expect("read")
            .is_none(),
        "disabled"
    );
    let names: Vec<String> = work
        .users()
        .list("ann@x.test", 1)
        .await
        .expect("read")
        .into_iter()
        .map(|user| user.upn)
        .collect();
    assert_eq!(names, ["Bea@x.test"]);
    let state = work.users().password("u1").await.expect("read").expect("there");
    assert_eq!((state.digest.as_deref(), state.failures), (Some("digest"), 3));
    assert!(
        work.users()
            .find("u1")
            .await
            .expect("read")
            .expect("found")
            .must_change
    );
    assert!(work.users().delete(&grant(), "u1").await.expect("deleted"));
    assert!(!work.users().delete(&grant(), "u1").await.expect("deleted"));
    assert!(work.access().principal("u1").await.expect("read").is_none());
    assert!(work.sign_ins().session("s").await.expect("read").is_none());
}

async fn an_application_proves_itself_in_several_ways(store: &Store) {
    let app = App {
        id: "o".into(),
        app_id: "a".into(),
        principal_id: "p".into(),
        service_principal: false,
        enabled: true,
        display_name: "App".into(),
        registration: Registration {
            redirect_uris: vec!["https://x/cb".into()],
            public: true,
            ..Registration::default()
        },
        created_at: now(),
    };
    let mut work = store.begin().await.expect("begun");
    work.apps().put(&grant(), &app).await.expect("put");
    assert!(work.access().principal("a").await.expect("read").is_none());
    let app = App {
        service_principal: true,
        ..app
    };
    work.apps().put(&grant(), &app).await.expect("put");
    assert_eq!(
        work.access()
            .principal("A")
            .await
            .expect("read")
            .expect("there")
            .id,
        "p"
    );
    for id in ["O", "A", "P"] {
        assert_eq!(work.apps().find(id).await.expect("read").as_ref(), Some(&app));
    }
    let secret = StoredSecret {
        id: "k".into(),
        digest: "d".into(),
        name: Some("ci".into()),
        hint: "cup".into(),
        starts_at: Some(now()),
        expires_at: None,
    };
    work.access()
        .add_secret(&grant(), "p", &secret)
        .await
        .expect("added");
    assert_eq!(work.access().secrets("P").await.expect("read"), [secret]);
    assert!(
        work.access()
            .remove_secret(&grant(), "p", "K")
            .await
            .expect("removed")
    );
    let certificate = Certificate {
        id: "c".into(),
        name: None,
        sha1: "1".into(),
        sha256: "2".into(),
        der: vec![1, 2],
        starts_at: now(),
        expires_at: in_seconds(9),
    };
    work.apps()
        .add_certificate(&grant(), "p", &certificate)
        .await
        .expect("added");
    assert_eq!(work.apps().certificates("p").await.expect("read"), [certificate]);
    let federated = FederatedCredential {
        id: "f".into(),
        name: "n".into(),
        issuer: "https://i.test".into(),
        subject: "s".into(),
        audiences: vec!["api://x".into()],
        description: None,
    };
    work.apps()
        .put_federated(&grant(), "p", &federated)
        .await
        .expect("put");
    work.apps()
        .put_federated(&grant(), "p", &federated)
        .await
        .expect("put again");
    assert_eq!(work.apps().federated("p").await.expect("read"), [federated]);
    assert_eq!(work.apps().named("APP", "", 9).await.expect("read").len(), 1);
    assert!(work.apps().delete(&grant(), "o").await.expect("deleted"));
    assert!(work.access().principal("p").await.expect("read").is_none());
    assert!(work.apps().federated("p").await.expect("read").is_empty());
    assert!(work.apps().certificates("p").await.expect("read").is_empty());
}

async fn a_ticket_is_good_once(store: &Store) {
    let ticket = Ticket {
        kind: "code",
        digest: "d".into(),
        principal: "u".into(),
        document: json!({"a": 1}),
        expires_at: in_seconds(10),
    };
    let mut work = store.begin().await.expect("begun");
    assert!(work.sign_ins().add_ticket(&ticket).await.expect("added"));
    assert!(!work.sign_ins().add_ticket(&ticket).await.expect("added"));
    assert_eq!(
        work.sign_ins().count_tickets("code", now()).await.expect("read"),
        1
    );
    let look = work
        .sign_ins()
        .look_at_ticket("code", "d", in_seconds(10))
        .await
        .expect("read");
    assert_eq!(look, Taken::Expired(ticket.clone()));
    assert_eq!(
        work.sign_ins()
            .take_ticket("other", "d", now())
            .await
            .expect("read"),
        Taken::Unknown
    );
    assert_eq!(
        work.sign_ins()
            .take_ticket("code", "d", now())
            .await
            .expect("taken"),
        Taken::Now(ticket.clone())
    );
    assert_eq!(
        work.sign_ins()
            .take_ticket("code", "d", now())
            .await
            .expect("taken"),
        Taken::Before(ticket)
    );
    assert_eq!(
        work.sign_ins().prune(in_seconds(9), now()).await.expect("pruned"),
        0
    );
    assert_eq!(
        work.sign_ins()
            .prune(in_seconds(10), now())
            .await
            .expect("pruned"),
        1
    );
}

async fn refresh_tokens_and_devices_are_bounded_and_used_once(store: &Store) {
    let token = |digest: &str, family: &str, ends: i64| RefreshToken {
        digest: digest.into(),
        family: family.into(),
        principal: "u".into(),
        client: "c".into(),
        scope: "s".into(),
        expires_at: in_seconds(5),
        family_ends_at: in_seconds(ends),
        used_at: None,
    };
    let mut work = store.begin().await.expect("begun");
    for (digest, family, ends) in [("1", "a", 10), ("2", "b", 20), ("3", "c", 30)] {
        work.sign_ins()
            .add_refresh_token(&token(digest, family, ends), 2)
            .await
            .expect("added");
    }
    assert!(
        work.sign_ins().refresh_token("1").await.expect("read").is_none(),
        "the oldest family made room"
    );
    assert!(work.sign_ins().use_refresh_token("2", now()).await.expect("used"));
    assert!(!work.sign_ins().use_refresh_token("2", now()).await.expect("used"));
    assert_eq!(
        work.sign_ins()
            .refresh_token("2")
            .await
            .expect("read")
            .and_then(|token| token.used_at),
        Some(now())
    );
    work.sign_ins().end_family("b").await.expect("ended");
    assert!(work.sign_ins().refresh_token("2").await.expect("read").is_none());
    let device = |digest: &str, user_code: &str| DeviceCode {
        digest: digest.into(),
        user_code: user_code.into(),
        client: "c".into(),
        scope: "s".into(),
        address: "10.0.0.1".into(),
        state: "pending".into(),
        principal: String::new(),
        interval_s: 5,
        polled_at: now(),
        expires_at: in_seconds(900),
    };
    assert!(
        work.sign_ins()
            .add_device_code(&device("d", "U"), 2)
            .await
            .expect("added")
    );
    assert!(
        !work
            .sign_ins()
            .add_device_code(&device("e", "U"), 2)
            .await
            .expect("added")
    );
    assert!(
        work.sign_ins()
            .add_device_code(&device("e", "V"), 2)
            .await
            .expect("added")
    );
    assert!(
        !work
            .sign_ins()
            .add_device_code(&device("f", "W"), 2)
            .await
            .expect("added")
    );
    let approved = DeviceCode {
        state: "approved".into(),
        principal: "u".into(),
        ..device("d", "U")
    };
    work.sign_ins()
        .update_device_code(&approved)
        .await
        .expect("updated");
    assert_eq!(
        work.sign_ins().device_code("U").await.expect("read"),
        Some(approved)
    );
    assert!(work.sign_ins().remove_device_code("d").await.expect("removed"));
    assert!(!work.sign_ins().remove_device_code("d").await.expect("removed"));
}

async fn a_group_is_durable_together_and_its_parts_are_undone_alone(store: &Store) {
    let mut changes = store.changes();
    let fact = async |name: &str| {
        let mut reader = store.reader().await.expect("a reader");
        reader.access().fact(name).await.expect("read")
    };
    let set = async |store: &Store, name: &str, keep: bool| {
        let mut work = store.begin().await.expect("begun");
        work.access().set_fact(name, "yes").await.expect("set");
        if keep {
            work.save().await.expect("saved");
        }
    };
    let group = store.group().await.expect("a group");
    let inside = group.store();
    changes.mark_unchanged();
    set(&inside, "first", true).await;
    set(&inside, "second", false).await;
    set(&inside, "third", true).await;
    set(&inside, "fourth", false).await;
    assert_eq!(fact("first").await, None, "readers see what is durable");
    assert!(!changes.has_changed().expect("open"));
    group.save().await.expect("saved");
    assert!(changes.has_changed().expect("open"));
    for (name, there) in [
        ("first", true),
        ("second", false),
        ("third", true),
        ("fourth", false),
    ] {
        assert_eq!(fact(name).await.is_some(), there, "{name}");
    }
    inside.begin().await.expect_err("the group has ended");

    let group = store.group().await.expect("a group");
    let inside = group.store();
    set(&inside, "fifth", true).await;
    drop(group);
    assert_eq!(fact("fifth").await, None);
    let group = store.group().await.expect("the writer is free again");
    set(&group.store(), "sixth", true).await;
    group.undo().await.expect("undone");
    set(store, "seventh", true).await;
    assert_eq!(
        (fact("sixth").await, fact("seventh").await),
        (None, Some("yes".to_owned()))
    );
}

fn a_deployment(name: &str, state: &str, at: i64) -> Deployment {
    let group = ResourceId::group("s", "G");
    Deployment {
        id: group.resource("Microsoft.Resources", "deployments", name),
        run: format!("run-of-{name}"),
        principal: "p".into(),
        state: state.into(),
        changed_at: Timestamp::from_second(at).expect("a time"),
        document: json!({"mode": "Incremental"}),
    }
}

async fn a_run_of_a_template_keeps_its_steps_until_it_begins_anew(store: &Store) {
    let grant = Granted::to_platform("test");
    let run = a_deployment("First", "Running", 1);
    let step = |position, state: &str, waits_for: Option<&str>| DeploymentOperation {
        position,
        state: state.into(),
        resource: "/subscriptions/s".into(),
        waits_for: waits_for.map(str::to_owned),
        document: json!({}),
    };
    let mut work = store.begin().await.expect("begun");
    work.deployments()
        .begin(&grant, &run, "sealed")
        .await
        .expect("begun");
    for (id, resource) in [("done", "a"), ("open", "b")] {
        work.operations()
            .start(id, resource, "p", Timestamp::UNIX_EPOCH)
            .await
            .expect("started");
    }
    let at = Timestamp::from_second(9).expect("a time");
    work.operations()
        .finish("done", &Status::Succeeded { at })
        .await
        .expect("finished");
    for step in [
        step(0, "Running", Some("done")),
        step(1, "Running", Some("open")),
        step(2, "Running", Some("forgotten")),
        step(3, "Running", None),
        step(4, "Succeeded", Some("done")),
    ] {
        work.deployments()
            .put_operation(&run.id, &step)
            .await
            .expect("put");
    }
    let awaited = work.deployments().awaited(&run.id).await.expect("read");
    assert_eq!(awaited.iter().map(|one| one.position).collect::<Vec<_>>(), [0, 2]);
    assert_eq!(awaited[0].at, at);
    work.deployments()
        .put_operation(&run.id, &step(0, "Succeeded", None))
        .await
        .expect("put");
    assert_eq!(work.deployments().awaited(&run.id).await.expect("read").len(), 1);
    let upper = ResourceId::parse(
        &run.id
            .to_string()
            .to_uppercase()
            .replace("SUBSCRIPTIONS", "subscriptions"),
    );
    let found = work
        .deployments()
        .find(&upper.expect("an id"))
        .await
        .expect("read")
        .expect("there");
    assert_eq!(found, run);
    assert_eq!(
        work.deployments()
            .request(&run.id)
            .await
            .expect("read")
            .as_deref(),
        Some("sealed")
    );
    assert_eq!(
        work.deployments()
            .operations(&run.id, Some(1), 2)
            .await
            .expect("read")
            .len(),
        2
    );
    work.deployments()
        .begin(&grant, &run, "again")
        .await
        .expect("begun");
    assert!(
        work.deployments()
            .operations(&run.id, None, 9)
            .await
            .expect("read")
            .is_empty()
    );
    let group = run.id.parent().expect("a group");
    work.resources().delete(&grant, &group).await.expect("deleted");
    assert_eq!(work.deployments().find(&run.id).await.expect("read"), None);
    assert_eq!(work.deployments().request(&run.id).await.expect("read"), None);
    work.save().await.expect("saved");
}

async fn the_history_of_a_scope_is_bounded_and_what_runs_stays(store: &Store) {
    let grant = Granted::to_platform("test");
    let mut work = store.begin().await.expect("begun");
    for (name, state, at) in [
        ("a", "Running", 1),
        ("b", "Succeeded", 2),
        ("c", "Failed", 3),
        ("d", "Succeeded", 4),
        ("e", "Failed", 5),
    ] {
        work.deployments()
            .begin(&grant, &a_deployment(name, state, at), "x")
            .await
            .expect("begun");
    }
    let scope = ResourceId::group("S", "g");
    let names = async |work: &mut cupola_store::UnitOfWork, before: Option<(Timestamp, &str)>, limit| {
        let found = work
            .deployments()
            .list(&scope, before, limit)
            .await
            .expect("read");
        found
            .iter()
            .map(|one| one.id.name().to_owned())
            .collect::<String>()
    };
    assert_eq!(names(&mut work, None, 3).await, "edc");
    let last = a_deployment("c", "Failed", 3);
    assert_eq!(
        names(&mut work, Some((last.changed_at, &last.id.folded())), 3).await,
        "ba"
    );
    let other = work
        .deployments()
        .last_successful(&scope, &a_deployment("d", "", 0).id)
        .await
        .expect("read");
    assert_eq!(other.expect("one").id.name(), "b");
    assert_eq!(work.deployments().bound(&scope, 2).await.expect("bounded"), 2);
    assert_eq!(names(&mut work, None, 9).await, "eda");
    assert!(
        work.deployments()
            .delete(&grant, &last.id)
            .await
            .is_ok_and(|gone| !gone)
    );
    work.deployments()
        .keep_result("o", "r", Timestamp::UNIX_EPOCH)
        .await
        .expect("kept");
    assert_eq!(
        work.deployments().result("o").await.expect("read").as_deref(),
        Some("r")
    );
    assert_eq!(
        work.deployments()
            .prune_results(Timestamp::MAX)
            .await
            .expect("pruned"),
        1
    );
}

async fn open_sqlite(folder: &std::path::Path) -> Store {
    Store::open(&folder.join("cupola.db")).await.expect("a store")
}

async fn open_sqlite_with_intervals(folder: &std::path::Path) -> Store {
    Store::open_with(&folder.join("cupola.db"), LedgerSync::Interval)
        .await
        .expect("a store")
}

macro_rules! every_case {
    ($name:ident, $open:expr) => {
        store_suite!(
            $name,
            $open,
            [
                a_resource_is_found_whatever_the_case,
                an_unsaved_change_is_undone,
                deleting_a_resource_takes_all_that_is_in_it,
                lists_come_in_pages,
                resources_are_found_by_what_they_refer_to_and_by_their_tags,
                a_secret_goes_with_its_owner,
                a_name_has_one_owner,
                jobs_run_in_order_and_can_be_put_off,
                an_operation_ends_once,
                a_model_has_one_binding,
                a_role_is_held_once,
                usage_is_billed_at_the_prices_of_its_time_and_once,
                many_records_at_once_are_all_kept,
                everything_that_is_counted_is_billed,
                the_usage_of_an_endpoint_is_told_by_time_and_credential,
                watchers_wake_after_a_save,
                a_user_is_found_by_name_and_goes_with_all_that_is_theirs,
                an_application_proves_itself_in_several_ways,
                a_ticket_is_good_once,
                refresh_tokens_and_devices_are_bounded_and_used_once,
                a_group_is_durable_together_and_its_parts_are_undone_alone,
                a_run_of_a_template_keeps_its_steps_until_it_begins_anew,
                the_history_of_a_scope_is_bounded_and_what_runs_stays,
                a_kept_response_is_found_with_all_that_it_goes_on_from,
                a_kept_response_is_its_owners_to_delete,
                the_oldest_responses_of_a_site_go_first,
                old_responses_are_forgotten_and_those_of_a_site_go_with_it,
            ]
        );
    };
}

every_case!(sqlite, open_sqlite);
every_case!(sqlite_that_syncs_at_intervals, open_sqlite_with_intervals);

#[tokio::test]
async fn a_store_survives_being_opened_again_and_refuses_what_it_does_not_know() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("cupola.db");
    for _ in 0..2 {
        let store = Store::open(&file).await.expect("a store");
        store.close().await;
    }
    let damaged = folder.path().join("damaged.db");
    std::fs::write(&damaged, vec![7u8; 8192]).expect("written");
    let refusal = Store::open(&damaged).await.expect_err("refused").to_string();
    assert!(refusal.contains("damaged"), "{refusal}");
}
