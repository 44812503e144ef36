//! A token for the server, by client credentials.

use bytes::Bytes;
use http::Method;
use serde_json::Value;

use crate::failure::Failure;
use crate::settings::{Secret, Settings};
use crate::transport::{Address, Body, Call, Http, segment};

/// A token, and for how long it is good.
#[derive(Debug, Clone)]
pub(crate) struct Granted {
    pub(crate) token: Secret,
    pub(crate) seconds: u64,
}

/// Asks the authority for a token for `scope`.
pub(crate) async fn fetch(http: &Http, settings: &Settings, scope: &str) -> Result<Granted, Failure> {
    let discovery = discovery_url(settings);
    let found = get(http, &discovery).await?;
    let Some(endpoint) = found["token_endpoint"].as_str() else {
        return Err(Failure::new(format!("{discovery} names no token_endpoint"))
            .hint("eval \"$(cupola env)\", which sets AZURE_AUTHORITY_HOST and AZURE_TENANT_ID"));
    };
    // The secret goes to the authority that the settings name and to nobody whom that authority names.
    if !Address::parse(&settings.authority)?
        .origin
        .trusts(&Address::parse(endpoint)?.origin)
    {
        return Err(Failure::new(format!(
            "{} sends token requests to another server, {endpoint}; the secret was not sent",
            settings.authority
        )));
    }
    let body = Body::Form(form(settings, scope));
    let reply = http
        .send(&Call {
            method: Method::POST,
            url: endpoint,
            bearer: None,
            body,
            headers: &[],
        })
        .await?;
    if !reply.status.is_success() {
        let failure = Failure::from_answer(reply.status.as_u16(), &reply.body);
        return Err(if settings.from_environment {
            failure.hint("eval \"$(cupola env)\": the AZURE_ variables of this shell are not this server's")
        } else {
            failure.hint("script/server (or cupola serve): client.json is older than the server that answers")
        });
    }
    let answer: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
    match answer["access_token"].as_str() {
        Some(token) => Ok(Granted {
            token: Secret::new(token),
            seconds: answer["expires_in"].as_u64().unwrap_or_default(),
        }),
        None => Err(Failure::new(format!(
            "{endpoint} answered without an access_token"
        ))),
    }
}

async fn get(http: &Http, url: &str) -> Result<Value, Failure> {
    let reply = http
        .send(&Call {
            method: Method::GET,
            url,
            bearer: None,
            body: Body::Empty,
            headers: &[],
        })
        .await?;
    if !reply.status.is_success() {
        let failure = Failure::from_answer(reply.status.as_u16(), &reply.body);
        // An unknown tenant is a wrong setting, not a missing resource.
        return Err(failure
            .into_error()
            .hint("eval \"$(cupola env)\", which sets AZURE_AUTHORITY_HOST and AZURE_TENANT_ID"));
    }
    serde_json::from_slice(&reply.body).map_err(|_| {
        Failure::new(format!(
            "{url} does not answer with JSON: is AZURE_AUTHORITY_HOST this server?"
        ))
        .hint("eval \"$(cupola env)\"")
    })
}

fn discovery_url(settings: &Settings) -> String {
    let authority = settings.authority.trim_end_matches("/adfs");
    // The adfs form has no tenant and no version; the server finds the tenant from the client id.
    if settings.tenant.eq_ignore_ascii_case("adfs") || authority != settings.authority {
        format!("{authority}/adfs/.well-known/openid-configuration")
    } else {
        format!(
            "{authority}/{}/v2.0/.well-known/openid-configuration",
            segment(&settings.tenant)
        )
    }
}

fn form(settings: &Settings, scope: &str) -> Bytes {
    let fields = [
        ("grant_type", "client_credentials"),
        ("client_id", settings.client_id.as_str()),
        ("client_secret", settings.client_secret.reveal()),
        ("scope", scope),
    ];
    let pairs: Vec<String> = fields
        .iter()
        .map(|(name, value)| format!("{name}={}", segment(value)))
        .collect();
    Bytes::from(pairs.join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(authority: &str, tenant: &str) -> Settings {
        Settings {
            url: "https://127.0.0.1:8443".into(),
            authority: authority.into(),
            tenant: tenant.into(),
            client_id: "id".into(),
            client_secret: Secret::new("a&b=c"),
            subscription: "s".into(),
            ca_files: Vec::new(),
            resource_group: None,
            workspace: None,
            from_environment: false,
        }
    }

    #[test]
    fn both_forms_of_an_authority() {
        let check =
            |authority, tenant, expected| assert_eq!(discovery_url(&settings(authority, tenant)), expected);
        check(
            "https://h:1",
            "T",
            "https://h:1/T/v2.0/.well-known/openid-configuration",
        );
        check(
            "https://h:1",
            "adfs",
            "https://h:1/adfs/.well-known/openid-configuration",
        );
        check(
            "https://h:1/adfs",
            "T",
            "https://h:1/adfs/.well-known/openid-configuration",
        );
    }

    #[test]
    fn the_form_is_encoded() {
        assert_eq!(
            form(&settings("https://h", "T"), "https://127.0.0.1:8443/.default"),
            "grant_type=client_credentials&client_id=id&client_secret=a%26b%3Dc&scope=https%3A%2F%2F127.0.0.1%3A8443%2F.default"
        );
    }
}
