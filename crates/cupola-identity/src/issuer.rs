//! Access tokens: JSON Web Tokens that this server signs (RS256) and alone accepts.
//!
//! The few lines of JWT are ours because every choice is fixed here: one algorithm, our own keys, time as an argument.
//! A general library would have to be told, for each of them, not to believe the token.

use crate::keyring::{Keyring, KeyringError};
use arc_swap::ArcSwap;
use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    KeyPair as _, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair, UnparsedPublicKey,
};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use cupola_core::rbac::Principal;
use cupola_core::{Entropy, Secret, Timestamp, chance};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// How long a token is good, in seconds.
pub const TOKEN_LIFETIME_S: i64 = 3600;

// Clocks of clients and servers differ; the contract asks for five minutes.
const SKEW_S: i64 = 300;

/// A key that signs, or signed once.
#[derive(Clone)]
pub struct SigningKey {
    /// The `kid`.
    pub id: String,
    /// Since when it signs no more; its tokens stay good until they expire.
    pub retired_at: Option<Timestamp>,
    pair: Arc<RsaKeyPair>,
}

/// What a verifier needs of a key, as JSON Web Keys write it (base64url).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    /// The `kid`.
    pub id: String,
    /// The modulus.
    pub n: String,
    /// The exponent.
    pub e: String,
}

/// What a token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// For whom.
    pub aud: String,
    /// By whom.
    pub iss: String,
    /// Since when, in Unix seconds.
    pub iat: i64,
    /// Not before.
    pub nbf: i64,
    /// Not after.
    pub exp: i64,
    /// The application id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub appid: Option<String>,
    /// `app` or `user`.
    pub idtyp: String,
    /// For people.
    #[serde(default)]
    pub name: String,
    /// The object id of the principal.
    pub oid: String,
    /// The same.
    pub sub: String,
    /// The tenant.
    pub tid: String,
    /// A unique id of the token.
    pub uti: String,
    /// The version of the token's shape.
    pub ver: String,
    /// What a person's application may do in their name: all that they may.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scp: Option<String>,
    /// The userPrincipalName, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upn: Option<String>,
    /// The same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unique_name: Option<String>,
    /// Was it asked for under the very name that it is for? Then the audience is a name of this server.
    #[serde(default, skip_serializing_if = "is_false")]
    pub own: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_false(truth: &bool) -> bool {
    !truth
}

/// Who an access token is about.
#[derive(Debug, Clone, Copy)]
pub struct Bearer<'a> {
    /// The principal.
    pub principal: &'a Principal,
    /// The userPrincipalName, for people.
    pub upn: Option<&'a str>,
    /// The application that asked; for an application, itself.
    pub client: Option<&'a str>,
    /// Under which address of this server the token was asked for, `https://HOST`; empty where nobody asked.
    pub origin: &'a str,
}

/// What an application learns of the person who signed in.
#[derive(Debug, Clone, Copy)]
pub struct IdToken<'a> {
    /// The person.
    pub principal: &'a Principal,
    /// Their userPrincipalName.
    pub upn: &'a str,
    /// Their address, where one is known.
    pub mail: Option<&'a str>,
    /// The application.
    pub client: &'a str,
    /// What the application sent with the request.
    pub nonce: Option<&'a str>,
}

#[derive(Serialize)]
struct IdClaims<'a> {
    aud: &'a str,
    iss: &'a str,
    iat: i64,
    nbf: i64,
    exp: i64,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    nonce: Option<&'a str>,
    oid: &'a str,
    preferred_username: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<&'a str>,
    sub: &'a str,
    tid: &'a str,
    uti: String,
    ver: &'a str,
}

/// Why a token is not taken. The answer to each is 401, with another code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenProblem {
    /// It was good once; the claims are there for the audit record.
    #[error("the access token expired at {expired_at}")]
    Expired {
        /// When.
        expired_at: Timestamp,
        /// Whose it was.
        oid: String,
    },
    /// It proves nothing.
    #[error("{0}")]
    Invalid(&'static str),
    /// It is for somebody else.
    #[error("the access token is for the audience '{0}'")]
    WrongAudience(String),
    /// It is from another tenant or server.
    #[error("the access token is from the issuer '{0}'")]
    WrongIssuer(String),
}

/// Why a signing key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum IssuerError {
    /// It cannot be unsealed.
    #[error("a signing key cannot be read")]
    Sealed(#[from] KeyringError),
    /// It is not an RSA key.
    #[error("a signing key is damaged")]
    Damaged,
    /// There is none that signs.
    #[error("there is no signing key")]
    NoKey,
}

impl SigningKey {
    /// A new RSA key of 2048 bits. Its bits come from the cryptographic library: no other source may make a private key.
    pub fn generate(entropy: &dyn Entropy) -> Result<Self, IssuerError> {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).map_err(|_| IssuerError::Damaged)?;
        Ok(Self {
            id: chance::hex::<20>(entropy),
            retired_at: None,
            pair: Arc::new(pair),
        })
    }

    /// The private key as the store keeps it.
    pub fn seal(&self, keyring: &Keyring, entropy: &dyn Entropy) -> Result<String, IssuerError> {
        let der = self.pair.as_der().map_err(|_| IssuerError::Damaged)?;
        Ok(keyring.seal(&Secret::new(STANDARD_NO_PAD.encode(der.as_ref())), entropy))
    }

    /// The key that `seal` wrote.
    pub fn open(
        id: &str,
        sealed: &str,
        retired_at: Option<Timestamp>,
        keyring: &Keyring,
    ) -> Result<Self, IssuerError> {
        let text = keyring.open(sealed)?;
        let mut der = STANDARD_NO_PAD
            .decode(text.expose())
            .map_err(|_| IssuerError::Damaged)?;
        let pair = RsaKeyPair::from_pkcs8(&der).map_err(|_| IssuerError::Damaged);
        zeroize::Zeroize::zeroize(&mut der);
        Ok(Self {
            id: id.to_owned(),
            retired_at,
            pair: Arc::new(pair?),
        })
    }

    /// A JSON Web Token with this header and these claims, signed with RS256 whatever the header says.
    pub fn sign(&self, header: &impl Serialize, claims: &impl Serialize) -> Result<Secret, IssuerError> {
        let message = format!("{}.{}", part(header)?, part(claims)?);
        let mut signature = vec![0u8; self.pair.public_modulus_len()];
        self.pair
            .sign(
                &RSA_PKCS1_SHA256,
                &SystemRandom::new(),
                message.as_bytes(),
                &mut signature,
            )
            .map_err(|_| IssuerError::Damaged)?;
        Ok(Secret::new(format!(
            "{message}.{}",
            URL_SAFE_NO_PAD.encode(signature)
        )))
    }

    /// What verifiers need.
    pub fn public(&self) -> PublicKey {
        let key = self.pair.public_key();
        let text = |number: &[u8]| URL_SAFE_NO_PAD.encode(number);
        PublicKey {
            id: self.id.clone(),
            n: text(key.modulus().big_endian_without_leading_zero()),
            e: text(key.exponent().big_endian_without_leading_zero()),
        }
    }
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SigningKey")
            .field("id", &self.id)
            .field("retired_at", &self.retired_at)
            .finish_non_exhaustive()
    }
}

/// Issues and verifies the tokens of one tenant. Keys are parsed once and read without a lock.
#[derive(Debug)]
pub struct Issuer {
    issuer: String,
    tenant: String,
    keys: ArcSwap<Vec<SigningKey>>,
}

#[derive(Serialize, Deserialize)]
struct Header {
    typ: String,
    alg: String,
    kid: String,
}

impl Issuer {
    /// An issuer at this public address, `https://HOST`, for this tenant. One of the keys must not be retired.
    pub fn new(address: &str, tenant: &str, keys: Vec<SigningKey>) -> Result<Self, IssuerError> {
        signing(&keys).ok_or(IssuerError::NoKey)?;
        let issuer = format!("{}/{tenant}/v2.0", address.trim_end_matches('/'));
        Ok(Self {
            issuer,
            tenant: tenant.to_owned(),
            keys: ArcSwap::from_pointee(keys),
        })
    }

    /// The `iss` of its tokens.
    pub fn name(&self) -> &str {
        &self.issuer
    }

    /// The tenant of its tokens.
    pub fn tenant(&self) -> &str {
        &self.tenant
    }

    /// The public halves of every key whose tokens may still be good.
    pub fn public_keys(&self, now: Timestamp) -> Vec<PublicKey> {
        self.keys
            .load()
            .iter()
            .filter(|key| verifies(key, now))
            .map(SigningKey::public)
            .collect()
    }

    /// Signs with `key` from now on; the keys before it verify until their last token has expired. The store has the
    /// key already, so that a token never outlives a restart's knowledge of its key.
    pub fn rotate(&self, key: SigningKey, now: Timestamp) {
        self.keys.rcu(|keys| {
            let mut next: Vec<SigningKey> = keys.iter().filter(|old| verifies(old, now)).cloned().collect();
            next.iter_mut()
                .for_each(|old| old.retired_at = old.retired_at.or(Some(now)));
            next.insert(0, key.clone());
            next
        });
    }

    /// A token that says who `principal` is, to `audience` alone, for [`TOKEN_LIFETIME_S`].
    pub fn issue(
        &self,
        principal: &Principal,
        audience: &str,
        now: Timestamp,
        entropy: &dyn Entropy,
    ) -> Result<Secret, IssuerError> {
        let bearer = Bearer {
            principal,
            upn: None,
            client: principal.app_id.as_deref(),
            origin: "",
        };
        self.issue_for(bearer, audience, now, entropy)
    }

    /// The same, with what is known of a person and of the application that acts for them.
    pub fn issue_for(
        &self,
        bearer: Bearer<'_>,
        audience: &str,
        now: Timestamp,
        entropy: &dyn Entropy,
    ) -> Result<Secret, IssuerError> {
        self.issue_lasting(bearer, audience, TOKEN_LIFETIME_S, now, entropy)
    }

    /// The same, for at most `lifetime_s`: never longer than other tokens, because keys are kept that long after their end.
    pub fn issue_lasting(
        &self,
        bearer: Bearer<'_>,
        audience: &str,
        lifetime_s: i64,
        now: Timestamp,
        entropy: &dyn Entropy,
    ) -> Result<Secret, IssuerError> {
        let Bearer {
            principal,
            upn,
            client,
            origin,
        } = bearer;
        let issued_at = now.as_second();
        let is_user = principal.kind == "User";
        let claims = Claims {
            aud: audience.to_owned(),
            iss: self.issuer.clone(),
            iat: issued_at,
            nbf: issued_at,
            exp: issued_at + lifetime_s.min(TOKEN_LIFETIME_S),
            appid: client.map(str::to_owned),
            idtyp: if is_user { "user" } else { "app" }.to_owned(),
            name: principal.display_name.clone(),
            oid: principal.id.clone(),
            sub: principal.id.clone(),
            tid: self.tenant.clone(),
            uti: chance::hex::<11>(entropy),
            ver: "1.0".to_owned(),
            scp: is_user.then(|| "user_impersonation".to_owned()),
            upn: upn.map(str::to_owned),
            unique_name: upn.map(str::to_owned),
            own: !origin.is_empty() && audience.trim_end_matches('/').eq_ignore_ascii_case(origin),
        };
        self.sign(&claims)
    }

    /// A token that tells an application who signed in. It opens nothing: its audience is the application.
    pub fn issue_id_token(
        &self,
        token: IdToken<'_>,
        now: Timestamp,
        entropy: &dyn Entropy,
    ) -> Result<Secret, IssuerError> {
        let issued_at = now.as_second();
        self.sign(&IdClaims {
            aud: token.client,
            iss: &self.issuer,
            iat: issued_at,
            nbf: issued_at,
            exp: issued_at + TOKEN_LIFETIME_S,
            name: &token.principal.display_name,
            nonce: token.nonce,
            oid: &token.principal.id,
            preferred_username: token.upn,
            email: token.mail,
            sub: &token.principal.id,
            tid: &self.tenant,
            uti: chance::hex::<11>(entropy),
            ver: "2.0",
        })
    }

    fn sign(&self, claims: &impl Serialize) -> Result<Secret, IssuerError> {
        let keys = self.keys.load();
        let key = signing(&keys).ok_or(IssuerError::NoKey)?;
        let header = Header {
            typ: "JWT".to_owned(),
            alg: "RS256".to_owned(),
            kid: key.id.clone(),
        };
        key.sign(&header, claims)
    }

    /// What a token says, if it is one of ours, good now, and for one of `audiences`.
    pub fn verify(&self, token: &str, now: Timestamp, audiences: &[&str]) -> Result<Claims, TokenProblem> {
        use TokenProblem::Invalid;
        let (message, signature) = token
            .rsplit_once('.')
            .ok_or(Invalid("the access token is not a JSON Web Token"))?;
        let (header, body) = message
            .split_once('.')
            .ok_or(Invalid("the access token is not a JSON Web Token"))?;
        let header: Header = read(header).ok_or(Invalid("the header of the access token cannot be read"))?;
        // The algorithm is ours to choose: a token that names another one, 'none' above all, is forged.
        if header.alg != "RS256" {
            return Err(Invalid("the access token is not signed with RS256"));
        }
        let keys = self.keys.load();
        let key = keys
            .iter()
            .find(|key| key.id == header.kid && verifies(key, now))
            .ok_or(Invalid(
                "the access token is signed with a key that is not this server's",
            ))?;
        let signature = URL_SAFE_NO_PAD
            .decode(signature)
            .map_err(|_| Invalid("the signature is not base64url"))?;
        UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.pair.public_key().as_ref())
            .verify(message.as_bytes(), &signature)
            .map_err(|_| Invalid("the signature of the access token is wrong"))?;
        let claims: Claims = read(body).ok_or(Invalid("the claims of the access token cannot be read"))?;
        self.check(claims, now, audiences)
    }

    fn check(&self, claims: Claims, now: Timestamp, audiences: &[&str]) -> Result<Claims, TokenProblem> {
        let now = now.as_second();
        if claims.iss != self.issuer || claims.tid != self.tenant {
            return Err(TokenProblem::WrongIssuer(claims.iss));
        }
        if !audiences
            .iter()
            .any(|audience| audience.eq_ignore_ascii_case(&claims.aud))
        {
            return Err(TokenProblem::WrongAudience(claims.aud));
        }
        if claims.exp + SKEW_S <= now {
            let expired_at = Timestamp::from_second(claims.exp).unwrap_or(Timestamp::MAX);
            return Err(TokenProblem::Expired {
                expired_at,
                oid: claims.oid,
            });
        }
        if claims.nbf - SKEW_S > now {
            return Err(TokenProblem::Invalid(
                "the access token is not good yet; compare the clocks",
            ));
        }
        Ok(claims)
    }
}

fn signing(keys: &[SigningKey]) -> Option<&SigningKey> {
    keys.iter().find(|key| key.retired_at.is_none())
}

fn verifies(key: &SigningKey, now: Timestamp) -> bool {
    key.retired_at
        .is_none_or(|at| at.as_second() + TOKEN_LIFETIME_S + SKEW_S > now.as_second())
}

fn part(value: &impl Serialize) -> Result<String, IssuerError> {
    let json = serde_json::to_vec(value).map_err(|_| IssuerError::Damaged)?;
    Ok(URL_SAFE_NO_PAD.encode(json))
}

fn read<T: for<'a> Deserialize<'a>>(part: &str) -> Option<T> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::principal_secret::tests::Counting;
    use proptest::prelude::*;
    use std::sync::OnceLock;

    const ARM: &[&str] = &["https://arm.test", "https://arm.test/"];

    // Making a key takes a tenth of a second; two are enough for all tests.
    fn key(at: usize) -> SigningKey {
        static KEYS: OnceLock<[SigningKey; 2]> = OnceLock::new();
        KEYS.get_or_init(|| {
            let entropy = Counting::default();
            [
                SigningKey::generate(&entropy).expect("a key"),
                SigningKey::generate(&entropy).expect("a key"),
            ]
        })[at]
            .clone()
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).expect("a time")
    }

    fn issuer() -> Issuer {
        Issuer::new("https://login.test/", "t", vec![key(0)]).expect("an issuer")
    }

    fn token(issuer: &Issuer, second: i64) -> Secret {
        let principal = Principal {
            id: "o".into(),
            app_id: Some("a".into()),
            display_name: "Admin".into(),
            kind: "Application",
        };
        issuer
            .issue(&principal, ARM[1], at(second), &Counting::default())
            .expect("a token")
    }

    fn forged(change: impl FnOnce(&mut String, &mut serde_json::Value)) -> String {
        let token = token(&issuer(), 0);
        let parts: Vec<&str> = token.expose().split('.').collect();
        let mut header = r#"{"typ":"JWT","alg":"RS256","kid":"KID"}"#.replace("KID", &key(0).id);
        let mut claims: serde_json::Value = read(parts[1]).expect("claims");
        change(&mut header, &mut claims);
        format!(
            "{}.{}.{}",
            URL_SAFE_NO_PAD.encode(header),
            part(&claims).expect("json"),
            parts[2]
        )
    }

    #[test]
    fn a_token_says_who_calls() {
        let claims = issuer()
            .verify(token(&issuer(), 0).expose(), at(10), ARM)
            .expect("good");
        assert_eq!(
            (
                claims.oid.as_str(),
                claims.appid.as_deref(),
                claims.idtyp.as_str()
            ),
            ("o", Some("a"), "app")
        );
        assert_eq!(
            (claims.iss.as_str(), claims.tid.as_str()),
            ("https://login.test/t/v2.0", "t")
        );
        assert_eq!((claims.exp - claims.iat, claims.ver.as_str()), (3600, "1.0"));
    }

    #[test]
    fn a_person_is_told_apart_from_an_application() {
        let person = Principal {
            id: "p".into(),
            app_id: None,
            display_name: "Ann".into(),
            kind: "User",
        };
        let bearer = Bearer {
            principal: &person,
            upn: Some("ann@x.test"),
            client: Some("cli"),
            origin: "https://arm.test",
        };
        let token = issuer()
            .issue_for(bearer, ARM[0], at(0), &Counting::default())
            .expect("a token");
        let claims = issuer().verify(token.expose(), at(0), ARM).expect("good");
        assert_eq!(
            (
                claims.idtyp.as_str(),
                claims.upn.as_deref(),
                claims.appid.as_deref(),
                claims.scp.as_deref()
            ),
            (
                "user",
                Some("ann@x.test"),
                Some("cli"),
                Some("user_impersonation")
            )
        );
        let id = IdToken {
            principal: &person,
            upn: "ann@x.test",
            mail: None,
            client: "cli",
            nonce: Some("n"),
        };
        let token = issuer()
            .issue_id_token(id, at(0), &Counting::default())
            .expect("a token");
        assert!(
            matches!(
                issuer().verify(token.expose(), at(0), ARM),
                Err(TokenProblem::Invalid(_) | TokenProblem::WrongAudience(_))
            ),
            "an id token opens nothing"
        );
        let claims: serde_json::Value =
            read(token.expose().split('.').nth(1).expect("claims")).expect("json");
        assert_eq!(
            (&claims["nonce"], &claims["aud"], &claims["oid"]),
            (&"n".into(), &"cli".into(), &"p".into())
        );
    }

    #[test]
    fn expiry_is_told_apart_and_clocks_may_differ_by_five_minutes() {
        let token = token(&issuer(), 0);
        let verdict = |second| issuer().verify(token.expose(), at(second), ARM);
        assert!(verdict(-299).is_ok());
        assert!(matches!(verdict(-301), Err(TokenProblem::Invalid(_))));
        assert!(verdict(3899).is_ok());
        assert!(matches!(verdict(3900), Err(TokenProblem::Expired { oid, .. }) if oid == "o"));
    }

    #[test]
    fn tokens_for_others_and_from_others_are_refused() {
        let token = token(&issuer(), 0);
        assert!(matches!(
            issuer().verify(token.expose(), at(0), &["https://graph.test"]),
            Err(TokenProblem::WrongAudience(_))
        ));
        let elsewhere = Issuer::new("https://elsewhere.test", "t", vec![key(0)]).expect("an issuer");
        assert!(matches!(
            elsewhere.verify(token.expose(), at(0), ARM),
            Err(TokenProblem::WrongIssuer(_))
        ));
        let stranger = Issuer::new("https://login.test", "t", vec![key(1)]).expect("an issuer");
        assert!(matches!(
            stranger.verify(token.expose(), at(0), ARM),
            Err(TokenProblem::Invalid(_))
        ));
    }

    #[test]
    fn forgeries_are_refused() {
        let refused =
            |token: String| matches!(issuer().verify(&token, at(0), ARM), Err(TokenProblem::Invalid(_)));
        assert!(refused(forged(|_, claims| claims["oid"] = "root".into())));
        assert!(refused(forged(
            |header, _| *header = header.replace("RS256", "none")
        )));
        assert!(refused(forged(
            |header, _| *header = header.replace("RS256", "HS256")
        )));
        let unsigned = forged(|header, _| *header = header.replace("RS256", "none"));
        assert!(refused(format!(
            "{}.",
            unsigned.rsplit_once('.').expect("parts").0
        )));
        for nonsense in ["", ".", "..", "a.b.c", "a.b"] {
            assert!(refused(nonsense.to_owned()), "{nonsense}");
        }
    }

    #[test]
    fn an_old_key_verifies_until_its_tokens_expire() {
        let issuer = issuer();
        let old = token(&issuer, 0);
        issuer.rotate(key(1), at(100));
        assert!(issuer.verify(old.expose(), at(200), ARM).is_ok());
        assert!(issuer.verify(token(&issuer, 200).expose(), at(200), ARM).is_ok());
        assert_eq!(issuer.public_keys(at(200)).len(), 2);
        assert_eq!(issuer.public_keys(at(100 + 3900)).len(), 1);
        assert!(matches!(
            issuer.verify(old.expose(), at(4000), ARM),
            Err(TokenProblem::Invalid(_))
        ));
    }

    #[test]
    fn a_key_survives_its_seal() {
        let (keyring, entropy) = (Keyring::new([3; 32]), Counting::default());
        let sealed = key(0).seal(&keyring, &entropy).expect("sealed");
        let opened = SigningKey::open(&key(0).id, &sealed, None, &keyring).expect("opened");
        assert_eq!(opened.public(), key(0).public());
        assert!(SigningKey::open("k", &sealed, None, &Keyring::new([4; 32])).is_err());
        assert!(matches!(
            Issuer::new("https://x", "t", Vec::new()),
            Err(IssuerError::NoKey)
        ));
    }

    proptest! {
        #[test]
        fn no_text_makes_verification_panic(text in "[a-zA-Z0-9_.=-]{0,200}") {
            prop_assert!(issuer().verify(&text, at(0), ARM).is_err());
        }
    }
}
