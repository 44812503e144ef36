//! Sign-in: OpenID discovery, key sets, tokens and their errors.

use serde::Serialize;
use serde_json::{Value, json};

/// Where the endpoints of an authority are.
#[derive(Debug, Clone, Copy)]
pub struct Places<'a> {
    /// The `iss` of its tokens.
    pub issuer: &'a str,
    /// Where browsers begin.
    pub authorize: &'a str,
    /// Where tokens are given out.
    pub token: &'a str,
    /// Where devices begin.
    pub device: &'a str,
    /// Where browsers sign out.
    pub logout: &'a str,
    /// The key set.
    pub keys: &'a str,
}

/// The OpenID discovery document of an authority.
pub fn discovery(places: &Places<'_>) -> Value {
    json!({
        "issuer": places.issuer,
        "authorization_endpoint": places.authorize,
        "token_endpoint": places.token,
        "device_authorization_endpoint": places.device,
        "end_session_endpoint": places.logout,
        "jwks_uri": places.keys,
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
        "token_endpoint_auth_signing_alg_values_supported": ["RS256", "PS256"],
        "grant_types_supported": [
            "authorization_code", "client_credentials", "refresh_token", "password",
            "urn:ietf:params:oauth:grant-type:device_code",
        ],
        "code_challenge_methods_supported": ["S256"],
        "response_modes_supported": ["query", "fragment", "form_post"],
        "response_types_supported": ["code"],
        "subject_types_supported": ["pairwise"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "claims_supported": [
            "aud", "iss", "iat", "nbf", "exp", "appid", "idtyp", "oid", "sub", "tid", "ver", "name", "nonce",
            "preferred_username", "email", "upn", "unique_name", "scp",
        ],
        "request_uri_parameter_supported": false,
        "id_token_signing_alg_values_supported": ["RS256"],
    })
}

/// A key of a JSON Web Key Set.
pub fn web_key(id: &str, modulus: &str, exponent: &str) -> Value {
    json!({"kty": "RSA", "use": "sig", "alg": "RS256", "kid": id, "n": modulus, "e": exponent})
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
