//! Sign-in: OpenID discovery, key sets, tokens and their errors.

use serde::Serialize;
use serde_json::{Value, json};

/// The OpenID discovery document of an authority whose endpoints lie under `base`, such as `https://HOST/TENANT`.
pub fn discovery(issuer: &str, authorize: &str, token: &str, device: &str, keys: &str) -> Value {
    json!({
        "issuer": issuer,
        "authorization_endpoint": authorize,
        "token_endpoint": token,
        "device_authorization_endpoint": device,
        "jwks_uri": keys,
        "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
        "response_modes_supported": ["query", "form_post"],
        "response_types_supported": ["code"],
        "subject_types_supported": ["pairwise"],
        "scopes_supported": ["openid", "profile", "offline_access"],
        "claims_supported": ["aud", "iss", "iat", "nbf", "exp", "appid", "idtyp", "oid", "sub", "tid", "ver"],
        "id_token_signing_alg_values_supported": ["RS256"],
    })
}

/// A key of a JSON Web Key Set.
pub fn web_key(id: &str, modulus: &str, exponent: &str) -> Value {
    json!({"kty": "RSA", "use": "sig", "alg": "RS256", "kid": id, "n": modulus, "e": exponent})
}

/// The answer to a token request that was granted.
#[derive(Debug, Serialize)]
pub struct TokenAnswer<'a> {
    /// `Bearer`.
    pub token_type: &'static str,
    /// Seconds.
    pub expires_in: i64,
    /// Seconds.
    pub ext_expires_in: i64,
    /// The token.
    pub access_token: &'a str,
}

/// The answer to a token request that was refused.
#[derive(Debug, Serialize)]
pub struct TokenError {
    /// The code of OAuth 2.0.
    pub error: &'static str,
    /// `AADSTS…: ` and a sentence; the command line of the cloud prints it.
    pub error_description: String,
    /// The number in the description.
    pub error_codes: Vec<u32>,
    /// When.
    pub timestamp: String,
    /// The request.
    pub trace_id: String,
    /// The request, as the client named it.
    pub correlation_id: String,
}
