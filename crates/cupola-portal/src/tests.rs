//! Requests for files, against files made here: what is embedded depends on whether the portal was built.

use super::*;
use http::Request;
use http_body_util::BodyExt as _;

static SOME: &[File] = &[
    File {
        name: "assets/app-1a2b.js",
        tag: "\"1\"",
        plain: b"plain",
        brotli: Some(b"br"),
        gzip: Some(b"gz"),
    },
    File {
        name: "index.html",
        tag: "\"2\"",
        plain: b"<!doctype html>",
        brotli: None,
        gzip: None,
    },
];

fn head(method: &str, path: &str, fields: &[(&str, &str)]) -> Parts {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in fields {
        request = request.header(*name, *value);
    }
    request.body(()).expect("a request").into_parts().0
}

async fn seen(
    files: &'static [File],
    method: &str,
    path: &str,
    fields: &[(&str, &str)],
) -> (u16, HeaderMap, String) {
    let (parts, body) = answer_from(files, &head(method, path, fields)).into_parts();
    let bytes = body.collect().await.expect("a body").to_bytes();
    (
        parts.status.as_u16(),
        parts.headers,
        String::from_utf8_lossy(&bytes).into_owned(),
    )
}

#[test]
fn the_portal_has_its_folder_and_nothing_else() {
    for (path, expected) in [
        ("/portal", true),
        ("/portal/", true),
        ("/portal/endpoints/a.b", true),
        ("/portal/session/token", false),
        ("/portals", false),
        ("/subscriptions", false),
        ("/", false),
    ] {
        assert_eq!(claims(&head("GET", path, &[])), expected, "{path}");
    }
    let person = [("accept", "text/html,application/xhtml+xml,*/*;q=0.8")];
    assert!(claims(&head("GET", "/", &person)));
    assert!(!claims(&head("POST", "/", &person)));
    assert!(!claims(&head("GET", "/", &[("accept", "*/*")])), "programs");
}

#[tokio::test]
async fn a_path_without_an_ending_is_a_page() {
    for path in ["/portal", "/portal/", "/portal/endpoints", "/portal/a/b/c?x=y.z"] {
        let (status, fields, body) = seen(SOME, "GET", path, &[]).await;
        assert_eq!((status, body.as_str()), (200, "<!doctype html>"), "{path}");
        assert_eq!(fields["cache-control"], "no-cache");
        assert_eq!(fields["content-type"], "text/html; charset=utf-8");
    }
    for path in [
        "/portal/assets/app-old.js",
        "/portal/aliases.json",
        "/portal/../secret.txt",
    ] {
        assert_eq!(seen(SOME, "GET", path, &[]).await.0, 404, "{path}");
    }
    let (status, fields, _) = seen(SOME, "POST", "/portal", &[]).await;
    assert_eq!(
        (status, &fields["allow"]),
        (405, &HeaderValue::from_static("GET, HEAD"))
    );
    let (status, fields, _) = seen(SOME, "GET", "/", &[("accept", "text/html")]).await;
    assert_eq!(
        (status, &fields["location"]),
        (303, &HeaderValue::from_static("/portal"))
    );
}

#[tokio::test]
async fn assets_are_packed_as_the_client_takes_them_and_kept() {
    let script = "/portal/assets/app-1a2b.js";
    for (accepted, body) in [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip", "gz"),
        ("br;q=0, gzip;q=0.5", "gz"),
        ("br;q=0.0", "plain"),
        ("identity", "plain"),
        ("", "plain"),
    ] {
        let (_, fields, sent) = seen(SOME, "GET", script, &[("accept-encoding", accepted)]).await;
        assert_eq!(sent, body, "{accepted}");
        assert_eq!(
            fields.contains_key("content-encoding"),
            body != "plain",
            "{accepted}"
        );
        assert!(
            fields["cache-control"]
                .to_str()
                .expect("text")
                .contains("immutable")
        );
        assert_eq!(fields["vary"], "accept-encoding");
    }
    let (status, _, body) = seen(SOME, "GET", script, &[("if-none-match", "\"x\", W/\"1\"")]).await;
    assert_eq!((status, body.as_str()), (304, ""));
    assert_eq!(
        seen(SOME, "GET", script, &[("if-none-match", "\"2\"")]).await.0,
        200
    );
}

#[tokio::test]
async fn nothing_is_framed_and_nothing_inline_runs() {
    for (files, path) in [(SOME, "/portal"), (SOME, "/portal/no.js"), (&[][..], "/portal")] {
        let (_, fields, _) = seen(files, "GET", path, &[]).await;
        let policy = fields["content-security-policy"].to_str().expect("text");
        assert!(
            policy.contains("frame-ancestors 'none'") && policy.contains("default-src 'none'"),
            "{policy}"
        );
        assert!(!policy.contains("unsafe") && !policy.contains("http"), "{policy}");
        assert_eq!(fields["x-content-type-options"], "nosniff");
        assert_eq!(fields["referrer-policy"], "no-referrer");
    }
}

#[tokio::test]
async fn a_build_without_the_portal_says_what_to_type() {
    let (status, _, body) = seen(&[], "GET", "/portal/endpoints", &[]).await;
    assert!(
        status == 200 && body.contains("npm ci") && body.contains("npm run build"),
        "{body}"
    );
}

#[test]
fn what_is_embedded_is_whole() {
    // Either nothing, or a page whose scripts are there.
    if let Some(index) = FILES.iter().find(|file| file.name == INDEX) {
        let html = std::str::from_utf8(index.plain).expect("text");
        for name in html
            .split(['"', '\''])
            .filter_map(|text| text.strip_prefix("/portal/"))
        {
            assert!(
                FILES.iter().any(|file| file.name == name),
                "{name} is not embedded"
            );
        }
    } else {
        assert!(FILES.is_empty());
    }
}
