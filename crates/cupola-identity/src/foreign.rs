//! Tokens that somebody else signed: assertions of applications, and id tokens of other issuers. The caller names the keys,
//! the issuer and the audiences; nothing of that is believed from the token.

use crate::issuer::TokenProblem;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, RsaPublicKeyComponents,
    UnparsedPublicKey,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cupola_core::Timestamp;
use serde_json::{Map, Value};

// Tokens of directories with many groups reach some kilobytes.
const TOKEN_BYTES_MAX: usize = 32 * 1024;
const SKEW_S: i64 = 300;
const KEYS_MAX: usize = 100;

/// A public key that verifies tokens of others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebKey {
    /// Its `kid`, where it has one.
    pub id: Option<String>,
    material: Material,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Material {
    Rsa { n: Vec<u8>, e: Vec<u8> },
    // An uncompressed point of P-256.
    Ec(Vec<u8>),
}

impl WebKey {
    /// An RSA key from its numbers, big-endian.
    pub fn rsa(id: Option<String>, modulus: &[u8], exponent: &[u8]) -> Self {
        let bare = |bytes: &[u8]| {
            let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
            bytes[zeros..].to_vec()
        };
        Self {
            id,
            material: Material::Rsa {
                n: bare(modulus),
                e: bare(exponent),
            },
        }
    }

    /// The keys of a JSON Web Key Set that we can use; others are left out, because sets mix kinds.
    pub fn read_set(set: &Value) -> Vec<Self> {
        let keys = set["keys"].as_array().map(Vec::as_slice).unwrap_or_default();
        keys.iter().take(KEYS_MAX).filter_map(Self::read).collect()
    }

    fn read(key: &Value) -> Option<Self> {
        if key["use"].as_str().is_some_and(|purpose| purpose != "sig") {
            return None;
        }
        let id = key["kid"].as_str().map(str::to_owned);
        let number = |name: &str| {
            URL_SAFE_NO_PAD
                .decode(key[name].as_str()?.trim_end_matches('='))
                .ok()
        };
        match key["kty"].as_str()? {
            "RSA" => Some(Self::rsa(id, &number("n")?, &number("e")?)),
            "EC" if key["crv"] == "P-256" => {
                let (x, y) = (number("x")?, number("y")?);
                let whole = x.len() == 32 && y.len() == 32;
                let point = [&[4u8][..], &x, &y].concat();
                whole.then_some(Self {
                    id,
                    material: Material::Ec(point),
                })
            }
            _ => None,
        }
    }

    fn verifies(&self, algorithm: &str, message: &[u8], signature: &[u8]) -> bool {
        match (&self.material, algorithm) {
            (Material::Rsa { n, e }, "RS256") => RsaPublicKeyComponents { n, e }
                .verify(&RSA_PKCS1_2048_8192_SHA256, message, signature)
                .is_ok(),
            (Material::Rsa { n, e }, "PS256") => RsaPublicKeyComponents { n, e }
                .verify(&RSA_PSS_2048_8192_SHA256, message, signature)
                .is_ok(),
            (Material::Ec(point), "ES256") => UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
                .verify(message, signature)
                .is_ok(),
            // A key verifies with the algorithms of its own kind: no 'none', no HMAC with a public key.
            _ => false,
        }
    }
}

/// A token of somebody else, read and not yet believed.
#[derive(Debug, Clone)]
pub struct ForeignToken {
    /// The `alg`.
    pub algorithm: String,
    /// The `kid`.
    pub key_id: Option<String>,
    /// The `x5t`: a SHA-1 thumbprint.
    pub sha1: Option<String>,
    /// The `x5t#S256`.
    pub sha256: Option<String>,
    /// What it says.
    pub claims: Map<String, Value>,
    message: String,
    signature: Vec<u8>,
}

impl ForeignToken {
    /// Takes a token apart.
    pub fn read(token: &str) -> Result<Self, TokenProblem> {
        use TokenProblem::Invalid;
        if token.len() > TOKEN_BYTES_MAX {
            return Err(Invalid("the token is too long"));
        }
        let shape = Invalid("it is not a JSON Web Token");
        let (message, signature) = token.rsplit_once('.').ok_or(shape.clone())?;
        let (header, claims) = message.split_once('.').ok_or(shape.clone())?;
        let object = |part: &str| -> Option<Map<String, Value>> {
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part.trim_end_matches('=')).ok()?).ok()
        };
        let header = object(header).ok_or(shape.clone())?;
        // A header that must be understood is not understood here.
        if header.contains_key("crit") {
            return Err(Invalid("its header has critical extensions"));
        }
        let text = |name: &str| header.get(name).and_then(Value::as_str).map(str::to_owned);
        let thumbprint = |name: &str| text(name).map(|value| value.trim_end_matches('=').to_owned());
        Ok(Self {
            algorithm: text("alg").ok_or(shape.clone())?,
            key_id: text("kid"),
            sha1: thumbprint("x5t"),
            sha256: thumbprint("x5t#S256"),
            claims: object(claims).ok_or(shape.clone())?,
            signature: URL_SAFE_NO_PAD
                .decode(signature.trim_end_matches('='))
                .map_err(|_| shape)?,
            message: message.to_owned(),
        })
    }

    /// A claim that is text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.claims.get(name).and_then(Value::as_str)
    }

    /// A claim that is an instant in Unix seconds.
    pub fn seconds(&self, name: &str) -> Option<i64> {
        let value = self.claims.get(name)?;
        value
            .as_i64()
            .or_else(|| value.as_f64().map(|seconds| seconds as i64))
    }

    /// Is it for one of these? `aud` is one text or a list.
    pub fn is_for(&self, audience: impl Fn(&str) -> bool) -> bool {
        match self.claims.get("aud") {
            Some(Value::String(one)) => audience(one),
            Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).any(audience),
            _ => false,
        }
    }

    /// Does one of these keys verify it? Where both the token and a key have a `kid`, they must agree.
    pub fn verify(&self, keys: &[WebKey]) -> Result<(), TokenProblem> {
        let fits = |key: &&WebKey| match (&self.key_id, &key.id) {
            (Some(wanted), Some(id)) => wanted == id,
            _ => true,
        };
        let verified = keys
            .iter()
            .filter(fits)
            .any(|key| key.verifies(&self.algorithm, self.message.as_bytes(), &self.signature));
        verified.then_some(()).ok_or(TokenProblem::Invalid(
            "it is not signed by a key that is known, with an algorithm that is taken (RS256, PS256, ES256)",
        ))
    }

    /// Is it good now? It must say until when.
    pub fn check_time(&self, now: Timestamp) -> Result<(), TokenProblem> {
        let now = now.as_second();
        let expires = self
            .seconds("exp")
            .ok_or(TokenProblem::Invalid("it does not say when it expires (exp)"))?;
        if expires.saturating_add(SKEW_S) <= now {
            return Err(TokenProblem::Expired {
                expired_at: Timestamp::from_second(expires).unwrap_or(Timestamp::MIN),
                oid: self.text("sub").unwrap_or_default().to_owned(),
            });
        }
        if self
            .seconds("nbf")
            .is_some_and(|from| from.saturating_sub(SKEW_S) > now)
        {
            return Err(TokenProblem::Invalid("it is not good yet; compare the clocks"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::issuer::SigningKey;
    use crate::principal_secret::tests::Counting;
    use proptest::prelude::*;
    use serde_json::json;

    fn encoded(value: &Value) -> String {
        URL_SAFE_NO_PAD.encode(value.to_string())
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a time")
    }

    #[test]
    fn a_token_is_believed_by_its_key_alone() {
        let key = SigningKey::generate(&Counting::default()).expect("a key");
        let public = key.public();
        let set = json!({"keys": [
            {"kty": "oct", "k": "x"},
            {"kty": "RSA", "use": "enc", "kid": "e", "n": public.n, "e": public.e},
            {"kty": "RSA", "kid": public.id, "n": public.n, "e": public.e},
        ]});
        let keys = WebKey::read_set(&set);
        assert_eq!(keys.len(), 1);
        let signed = key
            .sign(
                &json!({"alg": "RS256", "kid": public.id}),
                &json!({"aud": ["a", "b"], "exp": 100}),
            )
            .expect("signed");
        let token = ForeignToken::read(signed.expose()).expect("read");
        assert_eq!(token.verify(&keys), Ok(()));
        assert!(token.is_for(|audience| audience == "b") && !token.is_for(|audience| audience == "c"));
        assert!(token.check_time(at(399)).is_ok());
        assert!(matches!(
            token.check_time(at(400)),
            Err(TokenProblem::Expired { .. })
        ));
        let other = WebKey {
            id: Some("other".into()),
            ..keys[0].clone()
        };
        assert!(token.verify(&[other]).is_err(), "another key id");
        assert!(token.verify(&[]).is_err());
        let parts: Vec<&str> = signed.expose().split('.').collect();
        for algorithm in ["none", "HS256", "PS256", "ES256", "rs256"] {
            let header = encoded(&json!({"alg": algorithm, "kid": public.id}));
            let forged = ForeignToken::read(&format!("{header}.{}.{}", parts[1], parts[2])).expect("read");
            assert!(forged.verify(&keys).is_err(), "{algorithm}");
        }
        let changed = encoded(&json!({"aud": "a", "exp": 9_999_999}));
        let forged = ForeignToken::read(&format!("{}.{changed}.{}", parts[0], parts[2])).expect("read");
        assert!(forged.verify(&keys).is_err());
        assert!(ForeignToken::read(&format!("{}.{}", parts[0], parts[1])).is_err());
    }

    #[test]
    fn a_token_without_an_end_is_refused() {
        let text = format!(
            "{}.{}.",
            encoded(&json!({"alg": "none"})),
            encoded(&json!({"aud": 1}))
        );
        let token = ForeignToken::read(&text).expect("read");
        assert!(token.check_time(at(0)).is_err());
        assert!(!token.is_for(|_| true));
        let critical = format!(
            "{}.{}.",
            encoded(&json!({"alg": "RS256", "crit": ["x"]})),
            encoded(&json!({}))
        );
        assert!(ForeignToken::read(&critical).is_err());
    }

    proptest! {
        #[test]
        fn no_text_makes_reading_panic(text in "[a-zA-Z0-9_.=-]{0,200}") {
            if let Ok(token) = ForeignToken::read(&text) {
                prop_assert!(token.verify(&[]).is_err());
            }
        }

        #[test]
        fn any_claims_are_read_without_panic(number in any::<f64>(), seconds in any::<i64>()) {
            let claims = json!({"exp": number, "nbf": seconds, "aud": [1, "x"]});
            let text = format!("{}.{}.", encoded(&json!({"alg": "RS256"})), encoded(&claims));
            let token = ForeignToken::read(&text).expect("read");
            let _ = token.check_time(at(0));
        }

        #[test]
        fn any_key_set_is_read_without_panic(n in "[A-Za-z0-9_=-]{0,90}", kty in "(RSA|EC|oct)") {
            let set = json!({"keys": [{"kty": kty, "crv": "P-256", "n": n, "e": n, "x": n, "y": n}]});
            let token = format!("{}.{}.{n}", encoded(&json!({"alg": "RS256"})), encoded(&json!({})));
            if let Ok(token) = ForeignToken::read(&token) {
                prop_assert!(token.verify(&WebKey::read_set(&set)).is_err());
            }
        }
    }
}
