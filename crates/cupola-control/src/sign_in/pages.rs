//! The pages that people see: plain HTML from here, no request to anywhere else, and a policy that says so. They work with
//! a keyboard, with a screen reader, without scripts, by day and by night.

use super::clients::source;
use super::session;
use crate::answer;
use crate::dispatch::{Call, Reply};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use http::{HeaderValue, Response, StatusCode, header};

const STYLE: &str = include_str!("pages.css");

/// A page to be.
pub(super) struct Page {
    status: StatusCode,
    title: String,
    body: String,
    script: Option<&'static str>,
    // Where its forms may lead besides here, directly or by a redirect.
    leads_to: Option<String>,
    cookies: Vec<String>,
}

/// Text as it stands in HTML, in an attribute as well.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

impl Page {
    /// A page with this title; `body` is HTML.
    pub(super) fn new(title: &str, body: String) -> Self {
        Self {
            status: StatusCode::OK,
            title: title.to_owned(),
            body,
            script: None,
            leads_to: None,
            cookies: Vec::new(),
        }
    }

    pub(super) fn status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    pub(super) fn script(mut self, script: &'static str) -> Self {
        self.script = Some(script);
        self
    }

    /// Its forms end there.
    pub(super) fn leads_to(mut self, uri: Option<&str>) -> Self {
        self.leads_to = uri.map(source);
        self
    }

    pub(super) fn cookie(mut self, cookie: Option<String>) -> Self {
        self.cookies.extend(cookie);
        self
    }

    /// The answer.
    pub(super) fn reply(self, call: &Call) -> Reply {
        let mut nonce = [0u8; 16];
        call.control.entropy().fill(&mut nonce);
        let nonce = STANDARD_NO_PAD.encode(nonce);
        let script = self.script.map_or_else(String::new, |script| {
            format!("<script nonce=\"{nonce}\">{script}</script>")
        });
        let html = format!(
            "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
             <meta name=\"color-scheme\" content=\"light dark\"><meta name=\"robots\" content=\"noindex\">\
             <title>{title} - Cupola</title><style nonce=\"{nonce}\">{STYLE}</style></head>\
             <body><main><p class=\"brand\"><span aria-hidden=\"true\"></span>Cupola</p><h1>{title}</h1>{body}</main>\
             {script}</body></html>",
            title = escape(&self.title),
            body = self.body,
        );
        let scripts = if self.script.is_some() {
            format!("'nonce-{nonce}'")
        } else {
            "'none'".to_owned()
        };
        let leads = self.leads_to.map(|to| format!(" {to}")).unwrap_or_default();
        let policy = format!(
            "default-src 'none'; style-src 'nonce-{nonce}'; script-src {scripts}; form-action 'self'{leads}; \
             frame-ancestors 'none'; base-uri 'none'"
        );
        let mut reply = Response::new(cupola_edge::full(html));
        *reply.status_mut() = self.status;
        reply.headers_mut().insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/html; charset=utf-8"),
        );
        answer::set(&mut reply, "content-security-policy", &policy);
        answer::set(&mut reply, "x-frame-options", "DENY");
        answer::set(&mut reply, "referrer-policy", "no-referrer");
        answer::set(&mut reply, "cache-control", "no-store");
        answer::set(&mut reply, "cross-origin-opener-policy", "same-origin");
        for cookie in &self.cookies {
            session::add_cookie(&mut reply, cookie);
        }
        reply
    }
}

/// A form that posts to a path of ours, with the token that proves it is ours.
pub(super) fn form(action: &str, token: &str, hidden: &[(&str, &str)], inside: &str) -> String {
    let hidden = hidden_inputs(hidden);
    format!(
        "<form method=\"post\" action=\"{}\" autocomplete=\"on\"><input type=\"hidden\" name=\"form_token\" value=\"{}\">{hidden}\
         {inside}</form>",
        escape(action),
        escape(token)
    )
}

/// Fields that a form sends and nobody sees.
pub(super) fn hidden_inputs(fields: &[(&str, &str)]) -> String {
    let input = |(name, value): &(&str, &str)| {
        let value = escape(value);
        format!("<input type=\"hidden\" name=\"{name}\" value=\"{value}\">")
    };
    fields.iter().map(input).collect()
}

/// A field with its label.
pub(super) struct Field<'a> {
    pub(super) name: &'a str,
    pub(super) label: &'a str,
    pub(super) kind: &'a str,
    pub(super) complete: &'a str,
    pub(super) value: &'a str,
    pub(super) focus: bool,
}

impl Field<'_> {
    pub(super) fn html(&self) -> String {
        format!(
            "<label for=\"{name}\">{label}</label><input id=\"{name}\" name=\"{name}\" type=\"{kind}\" \
             autocomplete=\"{complete}\" value=\"{value}\" required maxlength=\"256\" autocapitalize=\"none\" \
             spellcheck=\"false\"{focus}>",
            name = self.name,
            label = escape(self.label),
            kind = self.kind,
            complete = self.complete,
            value = escape(self.value),
            focus = if self.focus { " autofocus" } else { "" },
        )
    }
}

/// A password field.
pub(super) fn password_field(name: &str, label: &str, complete: &str) -> String {
    Field {
        name,
        label,
        kind: "password",
        complete,
        value: "",
        focus: false,
    }
    .html()
}

/// A complaint, said to screen readers at once.
pub(super) fn complaint(text: Option<&str>) -> String {
    text.map_or_else(String::new, |text| {
        format!("<p class=\"complaint\" role=\"alert\">{}</p>", escape(text))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn text_cannot_become_markup() {
        assert_eq!(escape("<a href='x'>\"&"), "&lt;a href=&#39;x&#39;&gt;&quot;&amp;");
    }

    proptest! {
        #[test]
        fn nothing_that_is_escaped_has_markup(text in "\\PC{0,60}") {
            let escaped = escape(&text);
            prop_assert!(!escaped.contains(['<', '>', '"', '\'']));
        }
    }
}
