//! People: who there is, and how often somebody failed to prove that they are one of them.

use crate::error::StoreError;
use crate::rows::{from_ms, to_ms};
use cupola_core::rbac::Granted;
use cupola_core::{Timestamp, name::fold};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};

/// Somebody who signs in. The display name and `enabled` are those of the principal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The object id.
    pub id: String,
    /// The userPrincipalName, as it was written; found whatever the case.
    pub upn: String,
    /// For people.
    pub display_name: String,
    /// An address, where one is known.
    pub mail: Option<String>,
    /// A disabled user neither signs in nor calls.
    pub enabled: bool,
    /// The next sign-in begins with a new password.
    pub must_change: bool,
    /// Who vouches for them, for people of another issuer: its `iss` and their `sub` there.
    pub external: Option<(String, String)>,
    /// Since when.
    pub created_at: Timestamp,
}

/// What is known of somebody's password and of the attempts to guess it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PasswordState {
    /// The digest, with its parameters; `None` for people who have no password here.
    pub digest: Option<String>,
    /// Wrong passwords since `failing_since`.
    pub failures: u32,
    /// When the first of them was.
    pub failing_since: Option<Timestamp>,
    /// How often the user was locked out since the last good password.
    pub lockouts: u32,
    /// Until when no password is taken.
    pub locked_until: Option<Timestamp>,
}

/// The table of users.
#[derive(Debug)]
pub struct Users<'a>(pub(crate) &'a mut SqliteConnection);

// One list of columns for every finder, in the order in which `read` takes them.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT u.id, u.shown, p.display_name, u.mail, p.enabled, u.must_change, u.issuer, u.subject, p.created_ms \
             FROM users u JOIN principals p ON p.id = u.id ",
            $rest
        )
    };
}

impl Users<'_> {
    /// Adds or changes a user and its principal; false where the userPrincipalName or the subject is somebody else's.
    pub async fn put(&mut self, _grant: &Granted, user: &User) -> Result<bool, StoreError> {
        let (issuer, subject) = user.external.clone().unzip();
        let taken: i64 = sqlx::query_scalar(
            "SELECT COUNT(*) FROM users WHERE id <> $1 AND (upn = $2 OR (issuer = $3 AND subject = $4))",
        )
        .bind(fold(&user.id))
        .bind(fold(&user.upn))
        .bind(issuer.clone())
        .bind(subject.clone())
        .fetch_one(&mut *self.0)
        .await?;
        if taken > 0 {
            return Ok(false);
        }
        sqlx::query(
            "INSERT INTO principals (id, app_id, kind, display_name, enabled, created_ms) VALUES ($1, NULL, 'User', $2, $3, $4) \
             ON CONFLICT (id) DO UPDATE SET display_name = excluded.display_name, enabled = excluded.enabled",
        )
        .bind(fold(&user.id))
        .bind(user.display_name.clone())
        .bind(user.enabled)
        .bind(to_ms(user.created_at))
        .execute(&mut *self.0)
        .await?;
        sqlx::query(
            "INSERT INTO users (id, upn, shown, mail, issuer, subject, must_change) VALUES ($1, $2, $3, $4, $5, $6, $7) \
             ON CONFLICT (id) DO UPDATE SET upn = excluded.upn, shown = excluded.shown, mail = excluded.mail, \
             issuer = excluded.issuer, subject = excluded.subject, must_change = excluded.must_change",
        )
        .bind(fold(&user.id))
        .bind(fold(&user.upn))
        .bind(user.upn.clone())
        .bind(user.mail.clone())
        .bind(issuer)
        .bind(subject)
        .bind(user.must_change)
        .execute(&mut *self.0)
        .await?;
        Ok(true)
    }

    /// The user with this object id or userPrincipalName.
    pub async fn find(&mut self, id_or_upn: &str) -> Result<Option<User>, StoreError> {
        sqlx::query(select!("WHERE u.id = $1 OR u.upn = $1"))
            .bind(fold(id_or_upn))
            .fetch_optional(&mut *self.0)
            .await?
            .map(|row| read(&row))
            .transpose()
    }

    /// The user for whom another issuer vouches under this subject.
    pub async fn find_external(&mut self, issuer: &str, subject: &str) -> Result<Option<User>, StoreError> {
        sqlx::query(select!("WHERE u.issuer = $1 AND u.subject = $2"))
            .bind(issuer.to_owned())
            .bind(subject.to_owned())
            .fetch_optional(&mut *self.0)
            .await?
            .map(|row| read(&row))
            .transpose()
    }

    /// At most `limit` users in the order of their userPrincipalNames, after this one; empty begins.
    pub async fn list(&mut self, after: &str, limit: u32) -> Result<Vec<User>, StoreError> {
        sqlx::query(select!("WHERE u.upn > $1 ORDER BY u.upn LIMIT $2"))
            .bind(fold(after))
            .bind(i64::from(limit))
            .fetch_all(&mut *self.0)
            .await?
            .iter()
            .map(read)
            .collect()
    }

    /// Removes a user with everything that is theirs to sign in with; false where there was none. Role assignments stay,
    /// as they do on the cloud service, and mean nobody: an object id is never used again.
    pub async fn delete(&mut self, _grant: &Granted, id: &str) -> Result<bool, StoreError> {
        let id = fold(id);
        let gone = sqlx::query("DELETE FROM users WHERE id = $1")
            .bind(id.clone())
            .execute(&mut *self.0)
            .await?;
        if gone.rows_affected() == 0 {
            return Ok(false);
        }
        for statement in [
            "DELETE FROM principals WHERE id = $1",
            "DELETE FROM sessions WHERE principal = $1",
            "DELETE FROM refresh_tokens WHERE principal = $1",
            "DELETE FROM tickets WHERE principal = $1",
            "DELETE FROM device_codes WHERE principal = $1",
        ] {
            sqlx::query(statement)
                .bind(id.clone())
                .execute(&mut *self.0)
                .await?;
        }
        Ok(true)
    }

    /// What is known of a user's password.
    pub async fn password(&mut self, id: &str) -> Result<Option<PasswordState>, StoreError> {
        let row = sqlx::query(
            "SELECT password, failures, failing_ms, lockouts, locked_until_ms FROM users WHERE id = $1",
        )
        .bind(fold(id))
        .fetch_optional(&mut *self.0)
        .await?;
        row.map(|row| {
            let instant = |ms: Option<i64>| ms.map(from_ms).transpose();
            Ok(PasswordState {
                digest: row.get(0),
                failures: row.get(1),
                failing_since: instant(row.get(2))?,
                lockouts: row.get(3),
                locked_until: instant(row.get(4))?,
            })
        })
        .transpose()
    }

    /// Sets the password's digest and forgets failures and lock-outs; with `must_change` it is good for one sign-in.
    pub async fn set_password(
        &mut self,
        _grant: &Granted,
        id: &str,
        digest: &str,
        must_change: bool,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE users SET password = $2, must_change = $3, changed_ms = $4, failures = 0, failing_ms = NULL, \
             lockouts = 0, locked_until_ms = NULL WHERE id = $1",
        )
        .bind(fold(id))
        .bind(digest.to_owned())
        .bind(must_change)
        .bind(to_ms(now))
        .execute(&mut *self.0)
        .await?;
        Ok(())
    }

    /// Remembers failures and lock-outs; the digest is left alone.
    pub async fn set_attempts(&mut self, id: &str, state: &PasswordState) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE users SET failures = $2, failing_ms = $3, lockouts = $4, locked_until_ms = $5 WHERE id = $1",
        )
        .bind(fold(id))
        .bind(state.failures)
        .bind(state.failing_since.map(to_ms))
        .bind(state.lockouts)
        .bind(state.locked_until.map(to_ms))
        .execute(&mut *self.0)
        .await?;
        Ok(())
    }
}

fn read(row: &SqliteRow) -> Result<User, StoreError> {
    let (issuer, subject): (Option<String>, Option<String>) = (row.get(6), row.get(7));
    Ok(User {
        id: row.get(0),
        upn: row.get(1),
        display_name: row.get(2),
        mail: row.get(3),
        enabled: row.get(4),
        must_change: row.get(5),
        external: issuer.zip(subject),
        created_at: from_ms(row.get(8))?,
    })
}
