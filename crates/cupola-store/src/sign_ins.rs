//! What a sign-in leaves behind: tickets that are good once, device codes, refresh tokens, browser sessions; and the
//! other issuers whose people may come. Only digests are kept of what a client holds.

use crate::error::StoreError;
use crate::rows::{from_ms, to_ms};
use cupola_core::rbac::Granted;
use cupola_core::{Timestamp, name::fold};
use serde_json::Value;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};

/// Something that is good once.
#[derive(Debug, Clone, PartialEq)]
pub struct Ticket {
    /// What for, such as `code` or `invitation`.
    pub kind: &'static str,
    /// The digest of what the client holds.
    pub digest: String,
    /// Whose it is; empty where nobody's yet.
    pub principal: String,
    /// What it stands for, without secrets.
    pub document: Value,
    /// Until when.
    pub expires_at: Timestamp,
}

/// What became of the attempt to use a ticket.
#[derive(Debug, Clone, PartialEq)]
pub enum Taken {
    /// It was good; it is not any more.
    Now(Ticket),
    /// Somebody used it before.
    Before(Ticket),
    /// It was good until then.
    Expired(Ticket),
    /// There is none.
    Unknown,
}

/// A device that waits for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceCode {
    /// The digest of what the device holds.
    pub digest: String,
    /// What the person types.
    pub user_code: String,
    /// Which application asks.
    pub client: String,
    /// For what.
    pub scope: String,
    /// From where.
    pub address: String,
    /// `pending`, `approved` or `denied`.
    pub state: String,
    /// Who approved; empty until then.
    pub principal: String,
    /// How many seconds to wait between two polls.
    pub interval_s: u32,
    /// When it was last polled.
    pub polled_at: Timestamp,
    /// Until when.
    pub expires_at: Timestamp,
}

/// A refresh token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefreshToken {
    /// The digest of what the client holds.
    pub digest: String,
    /// The sign-in that it comes from.
    pub family: String,
    /// Whose it is.
    pub principal: String,
    /// Which application holds it.
    pub client: String,
    /// What was asked for.
    pub scope: String,
    /// Until when it must be used.
    pub expires_at: Timestamp,
    /// When the whole family ends.
    pub family_ends_at: Timestamp,
    /// When it was exchanged for the next one.
    pub used_at: Option<Timestamp>,
}

/// A browser in which somebody signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// The digest of the cookie.
    pub digest: String,
    /// Who.
    pub principal: String,
    /// When it was last used.
    pub seen_at: Timestamp,
    /// When it ends, used or not.
    pub ends_at: Timestamp,
}

/// The tables of sign-ins.
#[derive(Debug)]
pub struct SignIns<'a>(pub(crate) &'a mut SqliteConnection);

impl SignIns<'_> {
    /// Keeps a ticket; false where it was there already, which is how a replay shows.
    pub async fn add_ticket(&mut self, ticket: &Ticket) -> Result<bool, StoreError> {
        let added = sqlx::query(
            "INSERT INTO tickets (kind, digest, principal, document, expires_ms) VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT DO NOTHING",
        )
        .bind(ticket.kind)
        .bind(ticket.digest.clone())
        .bind(ticket.principal.clone())
        .bind(ticket.document.to_string())
        .bind(to_ms(ticket.expires_at))
        .execute(&mut *self.0)
        .await?;
        Ok(added.rows_affected() > 0)
    }

    /// Looks at a ticket without using it: `Now` means that it would be good.
    pub async fn look_at_ticket(
        &mut self,
        kind: &'static str,
        digest: &str,
        now: Timestamp,
    ) -> Result<Taken, StoreError> {
        let row = sqlx::query(
            "SELECT principal, document, expires_ms, used_ms FROM tickets WHERE kind = $1 AND digest = $2",
        )
        .bind(kind)
        .bind(digest.to_owned())
        .fetch_optional(&mut *self.0)
        .await?;
        let Some(row) = row else {
            return Ok(Taken::Unknown);
        };
        let ticket = Ticket {
            kind,
            digest: digest.to_owned(),
            principal: row.get(0),
            document: serde_json::from_str(row.get(1))?,
            expires_at: from_ms(row.get(2))?,
        };
        Ok(match row.get::<Option<i64>, _>(3) {
            Some(_) => Taken::Before(ticket),
            None if ticket.expires_at <= now => Taken::Expired(ticket),
            None => Taken::Now(ticket),
        })
    }

    /// Uses a ticket. The unit of work decides: of two that try, one gets `Now`.
    pub async fn take_ticket(
        &mut self,
        kind: &'static str,
        digest: &str,
        now: Timestamp,
    ) -> Result<Taken, StoreError> {
        let taken = self.look_at_ticket(kind, digest, now).await?;
        if let Taken::Now(_) = &taken {
            sqlx::query("UPDATE tickets SET used_ms = $3 WHERE kind = $1 AND digest = $2")
                .bind(kind)
                .bind(digest.to_owned())
                .bind(to_ms(now))
                .execute(&mut *self.0)
                .await?;
        }
        Ok(taken)
    }

    /// How many tickets of a kind are good.
    pub async fn count_tickets(&mut self, kind: &'static str, now: Timestamp) -> Result<u64, StoreError> {
        let count: i64 = sqlx::query_scalar(
            "SELECT COUNT(*) FROM tickets WHERE kind = $1 AND used_ms IS NULL AND expires_ms > $2",
        )
        .bind(kind)
        .bind(to_ms(now))
        .fetch_one(&mut *self.0)
        .await?;
        Ok(count.unsigned_abs())
    }

    /// Ends every unused ticket of a kind that is nobody's yet, as a new invitation ends the one before it.
    pub async fn void_tickets(&mut self, kind: &'static str) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM tickets WHERE kind = $1 AND principal = '' AND used_ms IS NULL")
            .bind(kind)
            .execute(&mut *self.0)
            .await?;
        Ok(())
    }

    /// Keeps a device code; false where its user code is taken or `max` devices wait already.
    pub async fn add_device_code(&mut self, code: &DeviceCode, max: u32) -> Result<bool, StoreError> {
        let waiting: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM device_codes")
            .fetch_one(&mut *self.0)
            .await?;
        if waiting >= i64::from(max) {
            return Ok(false);
        }
        let added = sqlx::query(
            "INSERT INTO device_codes (digest, user_code, client, scope, address, state, principal, interval_s, polled_ms, \
             expires_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING",
        )
        .bind(code.digest.clone())
        .bind(code.user_code.clone())
        .bind(code.client.clone())
        .bind(code.scope.clone())
        .bind(code.address.clone())
        .bind(code.state.clone())
        .bind(code.principal.clone())
        .bind(code.interval_s)
        .bind(to_ms(code.polled_at))
        .bind(to_ms(code.expires_at))
        .execute(&mut *self.0)
        .await?;
        Ok(added.rows_affected() > 0)
    }

    /// The device code with this digest or this user code.
    pub async fn device_code(&mut self, digest_or_user_code: &str) -> Result<Option<DeviceCode>, StoreError> {
        sqlx::query(
            "SELECT digest, user_code, client, scope, address, state, principal, interval_s, polled_ms, expires_ms \
             FROM device_codes WHERE digest = $1 OR user_code = $1",
        )
        .bind(digest_or_user_code.to_owned())
        .fetch_optional(&mut *self.0)
        .await?
        .map(|row| {
            Ok(DeviceCode {
                digest: row.get(0),
                user_code: row.get(1),
                client: row.get(2),
                scope: row.get(3),
                address: row.get(4),
                state: row.get(5),
                principal: row.get(6),
                interval_s: row.get(7),
                polled_at: from_ms(row.get(8))?,
                expires_at: from_ms(row.get(9))?,
            })
        })
        .transpose()
    }

    /// Changes how a device code stands: who decided, when it was polled.
    pub async fn update_device_code(&mut self, code: &DeviceCode) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE device_codes SET state = $2, principal = $3, interval_s = $4, polled_ms = $5 WHERE digest = $1",
        )
        .bind(code.digest.clone())
        .bind(code.state.clone())
        .bind(code.principal.clone())
        .bind(code.interval_s)
        .bind(to_ms(code.polled_at))
        .execute(&mut *self.0)
        .await?;
        Ok(())
    }

    /// Removes a device code; false where it is gone, so that it is redeemed once.
    pub async fn remove_device_code(&mut self, digest: &str) -> Result<bool, StoreError> {
        let gone = sqlx::query("DELETE FROM device_codes WHERE digest = $1")
            .bind(digest.to_owned())
            .execute(&mut *self.0)
            .await?;
        Ok(gone.rows_affected() > 0)
    }

    /// Keeps a refresh token. Of one principal's families only the `max` that end last are kept.
    pub async fn add_refresh_token(&mut self, token: &RefreshToken, max: u32) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO refresh_tokens (digest, family, principal, client, scope, expires_ms, family_ends_ms) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(token.digest.clone())
        .bind(token.family.clone())
        .bind(token.principal.clone())
        .bind(token.client.clone())
        .bind(token.scope.clone())
        .bind(to_ms(token.expires_at))
        .bind(to_ms(token.family_ends_at))
        .execute(&mut *self.0)
        .await?;
        // The tokens that were used stay only while their family is short: an old one is a replay either way, and an
        // unknown one is refused too.
        sqlx::query(
            "DELETE FROM refresh_tokens WHERE family = $1 AND digest NOT IN \
             (SELECT digest FROM refresh_tokens WHERE family = $1 ORDER BY used_ms IS NULL DESC, used_ms DESC LIMIT 50)",
        )
        .bind(token.family.clone())
        .execute(&mut *self.0)
        .await?;
        sqlx::query(
            "DELETE FROM refresh_tokens WHERE principal = $1 AND family NOT IN \
             (SELECT family FROM refresh_tokens WHERE principal = $1 GROUP BY family \
              ORDER BY MAX(family_ends_ms) DESC LIMIT $2)",
        )
        .bind(token.principal.clone())
        .bind(i64::from(max))
        .execute(&mut *self.0)
        .await?;
        Ok(())
    }

    /// The refresh token with this digest, used or not.
    pub async fn refresh_token(&mut self, digest: &str) -> Result<Option<RefreshToken>, StoreError> {
        sqlx::query(
            "SELECT digest, family, principal, client, scope, expires_ms, family_ends_ms, used_ms FROM refresh_tokens \
             WHERE digest = $1",
        )
        .bind(digest.to_owned())
        .fetch_optional(&mut *self.0)
        .await?
        .map(|row| {
            Ok(RefreshToken {
                digest: row.get(0),
                family: row.get(1),
                principal: row.get(2),
                client: row.get(3),
                scope: row.get(4),
                expires_at: from_ms(row.get(5))?,
                family_ends_at: from_ms(row.get(6))?,
                used_at: row.get::<Option<i64>, _>(7).map(from_ms).transpose()?,
            })
        })
        .transpose()
    }

    /// Marks a refresh token as used; false where it was used already.
    pub async fn use_refresh_token(&mut self, digest: &str, now: Timestamp) -> Result<bool, StoreError> {
        let used =
            sqlx::query("UPDATE refresh_tokens SET used_ms = $2 WHERE digest = $1 AND used_ms IS NULL")
                .bind(digest.to_owned())
                .bind(to_ms(now))
                .execute(&mut *self.0)
                .await?;
        Ok(used.rows_affected() > 0)
    }

    /// Ends a family of refresh tokens.
    pub async fn end_family(&mut self, family: &str) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM refresh_tokens WHERE family = $1")
            .bind(family.to_owned())
            .execute(&mut *self.0)
            .await?;
        Ok(())
    }

    /// Ends everything that a principal holds: refresh tokens, sessions, unused tickets.
    pub async fn end_all(&mut self, principal: &str) -> Result<(), StoreError> {
        for statement in [
            "DELETE FROM refresh_tokens WHERE principal = $1",
            "DELETE FROM sessions WHERE principal = $1",
            "DELETE FROM tickets WHERE principal = $1",
            "DELETE FROM device_codes WHERE principal = $1",
        ] {
            sqlx::query(statement)
                .bind(fold(principal))
                .execute(&mut *self.0)
                .await?;
        }
        Ok(())
    }

    /// Keeps a session. Of one principal's sessions only the `max` last used are kept.
    pub async fn add_session(&mut self, session: &Session, max: u32) -> Result<(), StoreError> {
        sqlx::query("INSERT INTO sessions (digest, principal, seen_ms, ends_ms) VALUES ($1, $2, $3, $4)")
            .bind(session.digest.clone())
            .bind(fold(&session.principal))
            .bind(to_ms(session.seen_at))
            .bind(to_ms(session.ends_at))
            .execute(&mut *self.0)
            .await?;
        sqlx::query(
            "DELETE FROM sessions WHERE principal = $1 AND digest NOT IN \
             (SELECT digest FROM sessions WHERE principal = $1 ORDER BY seen_ms DESC, digest = $3 DESC LIMIT $2)",
        )
        .bind(fold(&session.principal))
        .bind(i64::from(max))
        .bind(session.digest.clone())
        .execute(&mut *self.0)
        .await?;
        Ok(())
    }

    /// The session of this cookie.
    pub async fn session(&mut self, digest: &str) -> Result<Option<Session>, StoreError> {
        sqlx::query("SELECT digest, principal, seen_ms, ends_ms FROM sessions WHERE digest = $1")
            .bind(digest.to_owned())
            .fetch_optional(&mut *self.0)
            .await?
            .map(|row: SqliteRow| {
                Ok(Session {
                    digest: row.get(0),
                    principal: row.get(1),
                    seen_at: from_ms(row.get(2))?,
                    ends_at: from_ms(row.get(3))?,
                })
            })
            .transpose()
    }

    /// Remembers that a session was used.
    pub async fn touch_session(&mut self, digest: &str, now: Timestamp) -> Result<(), StoreError> {
        sqlx::query("UPDATE sessions SET seen_ms = $2 WHERE digest = $1")
            .bind(digest.to_owned())
            .bind(to_ms(now))
            .execute(&mut *self.0)
            .await?;
        Ok(())
    }

    /// Ends a session.
    pub async fn end_session(&mut self, digest: &str) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM sessions WHERE digest = $1")
            .bind(digest.to_owned())
            .execute(&mut *self.0)
            .await?;
        Ok(())
    }

    /// Forgets what has expired; sessions also when nobody used them since `idle_since`. Says how many rows went.
    pub async fn prune(&mut self, now: Timestamp, idle_since: Timestamp) -> Result<u64, StoreError> {
        let mut gone = 0;
        for statement in [
            "DELETE FROM tickets WHERE expires_ms <= $1",
            "DELETE FROM device_codes WHERE expires_ms <= $1",
            "DELETE FROM refresh_tokens WHERE family_ends_ms <= $1 OR (expires_ms <= $1 AND used_ms IS NULL)",
            "DELETE FROM sessions WHERE ends_ms <= $1",
        ] {
            let done = sqlx::query(statement)
                .bind(to_ms(now))
                .execute(&mut *self.0)
                .await?;
            gone += done.rows_affected();
        }
        let idle = sqlx::query("DELETE FROM sessions WHERE seen_ms <= $1")
            .bind(to_ms(idle_since))
            .execute(&mut *self.0)
            .await?;
        Ok(gone + idle.rows_affected())
    }

    /// The identity provider of this name, as the control plane wrote it; its secret is sealed in it.
    pub async fn provider(&mut self, name: &str) -> Result<Option<Value>, StoreError> {
        let document: Option<String> =
            sqlx::query_scalar("SELECT document FROM identity_providers WHERE name = $1")
                .bind(fold(name))
                .fetch_optional(&mut *self.0)
                .await?;
        Ok(document.map(|text| serde_json::from_str(&text)).transpose()?)
    }

    /// Every identity provider, by name.
    pub async fn providers(&mut self) -> Result<Vec<Value>, StoreError> {
        let documents: Vec<String> =
            sqlx::query_scalar("SELECT document FROM identity_providers ORDER BY name")
                .fetch_all(&mut *self.0)
                .await?;
        documents
            .iter()
            .map(|text| Ok(serde_json::from_str(text)?))
            .collect()
    }

    /// Adds or changes an identity provider.
    pub async fn put_provider(
        &mut self,
        _grant: &Granted,
        name: &str,
        document: &Value,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO identity_providers (name, document) VALUES ($1, $2) \
             ON CONFLICT (name) DO UPDATE SET document = excluded.document",
        )
        .bind(fold(name))
        .bind(document.to_string())
        .execute(&mut *self.0)
        .await?;
        Ok(())
    }

    /// Removes an identity provider; false where there was none. Its people stay, and cannot sign in.
    pub async fn delete_provider(&mut self, _grant: &Granted, name: &str) -> Result<bool, StoreError> {
        let gone = sqlx::query("DELETE FROM identity_providers WHERE name = $1")
            .bind(fold(name))
            .execute(&mut *self.0)
            .await?;
        Ok(gone.rows_affected() > 0)
    }
}
