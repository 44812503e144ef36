//! Requests that no client library would send: each is refused as it should be, or read in the one way that there is, and
//! the next request works.

use crate::platform::{HI, Platform, SERIES_MODEL, simulator};
use crate::raw::{converse, read_answer, status};
use cupola_gateway::GatewaySettings;
use cupola_store::bindings::Backend;
use std::time::Duration;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

const TARGET: &str = "/endpoints/eastus2/hello/chat/completions";

async fn hello() -> Platform {
    let platform = Platform::start().await;
    platform.hello(simulator()).await;
    platform
}

/// A request with these header lines; what is not said is as it should be.
fn request(target: &str, lines: &str, body: &str) -> Vec<u8> {
    format!(
        "POST {target} HTTP/1.1\r\nHost: h\r\napi-key: primary-key\r\nConnection: close\r\n{lines}\r\n{body}"
    )
    .into_bytes()
}

/// With the length that the body has.
fn sized(lines: &str, body: &str) -> Vec<u8> {
    request(
        TARGET,
        &format!("Content-Length: {}\r\n{lines}", body.len()),
        body,
    )
}

/// The answer's status, how many answers there are, and how many requests are charged; then a good one.
async fn check(platform: &Platform, what: &str, request: &[u8], expected: u16, charged: u64) -> String {
    let before = platform.billed().await[4];
    let answer = converse(platform, request).await;
    assert_eq!(status(&answer), expected, "{what}: {answer}");
    assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{what}: {answer}");
    assert_eq!(platform.billed().await[4] - before, charged, "{what}");
    platform.chat(HI).await.expect(200);
    answer
}

#[tokio::test]
async fn who_sends_first_and_reads_then_is_told_why_it_is_refused() {
    let platform = hello().await;
    let body = |length: usize| HI.replace("hi", &"x".repeat(length));
    let keyless = String::from_utf8(sized("", &body(4_000_000))).unwrap();
    let encoded = sized("Content-Encoding: br\r\n", &body(4_000_000));
    let nowhere = request("/nowhere", "Content-Length: 4000000\r\n", &"x".repeat(4_000_000));
    for (request, expected) in [
        (keyless.replace("primary-key", "wrong").into_bytes(), 401),
        (nowhere, 404),
        (sized("", &body(9_000_000)), 413),
        (encoded, 415),
    ] {
        for _ in 0..5 {
            let mut stream = TcpStream::connect(platform.address()).await.unwrap();
            stream.write_all(&request).await.expect("all of it is taken");
            let answer = read_answer(stream).await;
            assert_eq!(status(&answer), expected, "{answer}");
        }
    }
}

#[tokio::test]
async fn lengths_that_disagree() {
    let platform = hello().await;
    let length = HI.len();
    let chunked = format!("{length:x}\r\n{HI}\r\n0\r\n\r\n");
    let refused = async |what: &str, lines: &str, body: &str| {
        check(&platform, what, &request(TARGET, lines, body), 400, 0).await;
    };
    refused(
        "two lengths",
        &format!("Content-Length: {length}\r\nContent-Length: 5\r\n"),
        HI,
    )
    .await;
    refused(
        "two lengths in one",
        &format!("Content-Length: {length}, 5\r\n"),
        HI,
    )
    .await;
    refused(
        "a length with a sign",
        &format!("Content-Length: +{length}\r\n"),
        HI,
    )
    .await;
    refused("a length below nothing", "Content-Length: -1\r\n", HI).await;
    refused("a length of nothing", "Content-Length:\r\n", HI).await;
    refused(
        "a length beyond 64 bits",
        "Content-Length: 99999999999999999999\r\n",
        HI,
    )
    .await;
    refused(
        "an encoding after chunked",
        "Transfer-Encoding: chunked, identity\r\n",
        &chunked,
    )
    .await;
    refused(
        "an encoding like chunked",
        "Transfer-Encoding: xchunked\r\n",
        &chunked,
    )
    .await;
    refused(
        "a chunk beyond 64 bits",
        "Transfer-Encoding: chunked\r\n",
        "fffffffffffffffff\r\n",
    )
    .await;
    refused(
        "a chunk without a size",
        "Transfer-Encoding: chunked\r\n",
        "\r\nx",
    )
    .await;
    let old = format!(
        "POST {TARGET} HTTP/1.0\r\nHost: h\r\napi-key: primary-key\r\nTransfer-Encoding: chunked\r\n\r\n{chunked}"
    );
    check(&platform, "chunks in HTTP/1.0", old.as_bytes(), 400, 0).await;
    // The same length twice is one length; chunks win over a length, and what follows them is no part of the body.
    let twice = format!("Content-Length: {length}\r\nContent-Length: {length}\r\n");
    check(
        &platform,
        "one length twice",
        &request(TARGET, &twice, HI),
        200,
        1,
    )
    .await;
    for lines in [
        "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n",
    ] {
        let smuggled = format!("{chunked}POST {TARGET} HTTP/1.1\r\nHost: h\r\napi-key: primary-key\r\n\r\n");
        check(&platform, lines, &request(TARGET, lines, &smuggled), 200, 1).await;
    }
}

#[tokio::test]
async fn heads_that_are_none() {
    let platform = hello().await;
    for (what, lines) in [
        ("a folded line", "X-Folded: a\r\n b\r\n"),
        ("a space before the colon", "X-Space : a\r\n"),
        ("no colon", "X-Nothing\r\n"),
        ("NUL in a value", "X-Nul: a\0b\r\n"),
        ("NUL in a name", "X-N\0ul: a\r\n"),
    ] {
        check(&platform, what, &sized(lines, HI), 400, 0).await;
    }
    for (what, target) in [
        ("NUL in the path", "/endpoints/eastus2/hel\0lo/chat/completions"),
        (
            "a space in the path",
            "/endpoints/eastus2/hel lo/chat/completions",
        ),
        ("nothing", ""),
    ] {
        check(
            &platform,
            what,
            &request(target, "Content-Length: 0\r\n", ""),
            400,
            0,
        )
        .await;
    }
    let many: String = (0..200).map(|at| format!("X-{at}: 1\r\n")).collect();
    check(&platform, "200 headers", &sized(&many, HI), 431, 0).await;
    let long = format!("X-Long: {}\r\n", "x".repeat(300 << 10));
    check(&platform, "a header of 300 KiB", &sized(&long, HI), 431, 0).await;
    let endless = format!("POST /{} HTTP/1.1\r\n\r\n", "x".repeat(300 << 10));
    let answer = converse(&platform, endless.as_bytes()).await;
    assert!(matches!(status(&answer), 414 | 431), "{answer}");
    // Lines that end with LF alone are read as everybody reads them.
    let bare = format!(
        "POST {TARGET} HTTP/1.1\nHost: h\napi-key: primary-key\nConnection: close\nContent-Length: {}\n\n{HI}",
        HI.len()
    );
    check(&platform, "LF alone", bare.as_bytes(), 200, 1).await;
    let lines = format!("Content-Length: {}\r\n", HI.len());
    let absolute = request(&format!("http://elsewhere.example{TARGET}"), &lines, HI);
    check(&platform, "an absolute target", &absolute, 200, 1).await;
    let dots = request("/endpoints/eastus2/other/../hello/chat/completions", &lines, HI);
    check(&platform, "dots in the path", &dots, 404, 0).await;
    let elsewhere = b"CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\nConnection: close\r\n\r\n";
    let answer = converse(&platform, elsewhere).await;
    assert!(matches!(status(&answer), 400..=405), "{answer}");
}

#[tokio::test]
async fn header_values_that_are_no_text() {
    let platform = hello().await;
    let with = |name: &str| {
        let lines = format!("Content-Length: {}\r\n{name}: a?b\r\n", HI.len());
        let bytes = request(TARGET, &lines, HI).into_iter();
        bytes
            .map(|byte| if byte == b'?' { 0xff } else { byte })
            .collect::<Vec<u8>>()
    };
    for (name, expected) in [
        ("x-ms-client-request-id", 200),
        ("content-type", 200),
        ("accept", 200),
        ("azureml-model-deployment", 200),
        ("x-ms-model-mesh-model-name", 200),
        ("authorization", 200),
        ("x-api-key", 200),
        ("extra-parameters", 400),
        ("content-encoding", 415),
    ] {
        let charged = u64::from(expected == 200);
        check(&platform, name, &with(name), expected, charged).await;
    }
    let wrong = b"POST /endpoints/eastus2/hello/chat/completions HTTP/1.1\r\nHost: \xff\r\napi-key: \xff\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
    check(&platform, "a key that is no text", wrong, 401, 0).await;
}

#[tokio::test]
async fn bodies_that_come_slowly_or_not_at_all() {
    let platform = Platform::with_settings(GatewaySettings {
        body_time_max: Duration::from_millis(300),
        ..GatewaySettings::default()
    })
    .await;
    platform.hello(simulator()).await;
    let half = request(TARGET, &format!("Content-Length: {}\r\n", HI.len()), &HI[..10]);
    check(&platform, "half a body", &half, 408, 0).await;
    let half = request(TARGET, "Transfer-Encoding: chunked\r\n", "5\r\n{\"mes");
    check(&platform, "half a chunk", &half, 408, 0).await;
    // A hundred clients that never finish their heads, one byte now and then.
    let mut slow = Vec::new();
    for _ in 0..100 {
        let mut stream = TcpStream::connect(platform.address()).await.unwrap();
        stream
            .write_all(b"POST /endpoints/eastus2/hello/chat/completions HTTP/1.1\r\nX")
            .await
            .unwrap();
        slow.push(stream);
    }
    for stream in &mut slow {
        stream.write_all(b"-").await.unwrap();
    }
    platform.chat(HI).await.expect(200);
}

#[tokio::test]
async fn packed_bodies() {
    let platform = hello().await;
    for encoding in [
        "gzip",
        "zstd",
        "br",
        "identity, gzip",
        "identity\r\nContent-Encoding: gzip",
    ] {
        let answer = check(
            &platform,
            encoding,
            &sized(&format!("Content-Encoding: {encoding}\r\n"), HI),
            415,
            0,
        )
        .await;
        assert!(answer.contains("Content-Encoding"), "{answer}");
    }
    check(
        &platform,
        "identity",
        &sized("Content-Encoding: identity\r\n", HI),
        200,
        1,
    )
    .await;

    platform.bind_model(SERIES_MODEL, Backend::Forecaster).await;
    platform.endpoint_of("future", SERIES_MODEL).await;
    let forecast = |packed: &[u8]| {
        let lines = format!("Content-Encoding: zstd\r\nContent-Length: {}\r\n", packed.len());
        [
            &request("/endpoints/eastus2/future/v2/forecast", &lines, ""),
            packed,
        ]
        .concat()
    };
    // 2,000 blocks that each repeat one byte 128 KiB times: 256 MiB out of 8 KB.
    let mut bomb = vec![0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x38];
    for block in 0..2_000 {
        let last = u8::from(block == 1_999);
        bomb.extend_from_slice(&[0x02 | last, 0x00, 0x10, b' ']);
    }
    check(&platform, "a bomb", &forecast(&bomb), 413, 0).await;
    let wide = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xff, 0x01, 0x00, 0x00];
    check(&platform, "a window of terabytes", &forecast(&wide), 400, 0).await;
}
