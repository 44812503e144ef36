//! Several backends of a model, and backends of other dialects.

use crate::platform::{HI, MODEL, Platform};
use cupola_core::rbac::Granted;
use cupola_store::bindings::{Backend, Binding, Member, Share};
use cupola_testkit::{Answer, FakeUpstream};

const MESSAGE: &str = r#"{"id":"m","type":"message","role":"assistant","model":"theirs","content":[{"type":"text","text":"hello"}],
    "stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":3,"output_tokens":2}}"#;

async fn server(answer: impl Fn() -> Answer + Send + Sync + 'static) -> FakeUpstream {
    FakeUpstream::start(move |_| answer()).await.unwrap()
}

fn upstream(url: &str, dialect: Option<&str>) -> Backend {
    Backend::Upstream {
        url: url.to_owned(),
        dialect: dialect.map(str::to_owned),
        api_version: None,
        model: Some("theirs".to_owned()),
        sealed_key: None,
        allow_private_network: true,
    }
}

async fn bind_all(platform: &Platform, members: Vec<Member>) {
    let binding = Binding {
        model: MODEL.parse().unwrap(),
        members,
    };
    let mut work = platform.store.begin().await.unwrap();
    let grant = Granted::to_platform("test");
    work.bindings().put(&grant, &binding).await.unwrap();
    work.save().await.unwrap();
    platform.endpoint("hello", "Succeeded", "Online").await;
}

fn member(name: &str, priority: u32, backend: Backend) -> Member {
    Member {
        name: name.to_owned(),
        share: Share {
            priority,
            ..Share::default()
        },
        backend,
    }
}

#[tokio::test]
async fn a_model_answers_while_one_of_its_backends_does_and_the_board_says_which() {
    let platform = Platform::start().await;
    let (sick, well) = (
        server(|| Answer::failure(500, "{}")).await,
        server(|| Answer::completion("well", 1, 1)).await,
    );
    let members = || {
        vec![
            member("sick", 0, upstream(sick.url(), None)),
            member("well", 1, upstream(well.url(), None)),
        ]
    };
    bind_all(&platform, members()).await;
    for _ in 0..8 {
        let answer = platform.chat(HI).await.expect(200).json();
        assert_eq!(answer["choices"][0]["message"]["content"], "well");
    }
    assert_eq!((sick.received().len(), well.received().len()), (5, 8));
    assert_eq!(platform.billed().await[4], 8);
    let status = platform.fleet.members(&MODEL.parse().unwrap());
    let status: Vec<_> = status
        .iter()
        .map(|one| (&*one.name, one.breaker, one.answered, one.failed))
        .collect();
    assert_eq!(status, [("sick", "open", 0, 5), ("well", "closed", 8, 0)]);
    // Reading everything again changes nothing for who did not change.
    bind_all(&platform, members()).await;
    platform.chat(HI).await.expect(200);
    assert_eq!(sick.received().len(), 5);
}

#[tokio::test]
async fn an_anthropic_upstream_serves_chats_and_says_what_it_cannot() {
    let platform = Platform::start().await;
    let claude = server(|| Answer::failure(200, MESSAGE)).await;
    platform.hello(upstream(claude.url(), Some("anthropic"))).await;
    let answer = platform.chat(HI).await.expect(200).json();
    assert_eq!(answer["choices"][0]["message"]["content"], "hello");
    assert_eq!(answer["usage"]["total_tokens"], 5);
    assert_eq!(claude.received()[0].target, "/v1/messages");
    let unsaid = r#"{"messages":[{"role":"user","content":"hi"}],"presence_penalty":1}"#;
    let refused = platform.chat(unsaid).await.expect(422);
    assert_eq!(refused.header("x-ms-error-code"), "parameter_not_supported");
    assert_eq!(refused.json()["detail"]["loc"][1], "presence_penalty");
    let refused = platform.openai(unsaid).await.expect(422).json();
    assert_eq!(
        (&refused["error"]["code"], &refused["error"]["param"]),
        (&"parameter_not_supported".into(), &"presence_penalty".into())
    );
    assert_eq!((claude.received().len(), platform.billed().await[4]), (1, 1));
}
