//! Responses that are kept for clients who name them later. What is in them is sealed by whoever puts them here.

use crate::error::StoreError;
use crate::rows::to_ms;
use cupola_core::Timestamp;
use cupola_core::name::fold;
use sqlx::{Row as _, SqliteConnection};

/// How long a response is kept at most.
pub const KEPT_DAYS: i64 = 30;

/// A response that is put away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptResponse {
    /// Whose it is.
    pub owner: Owner,
    /// Its id.
    pub id: String,
    /// The response that it goes on from.
    pub previous: Option<String>,
    /// When it was made.
    pub made_at: Timestamp,
    /// What it says, sealed.
    pub sealed: String,
}

/// Whose a response is. Nobody else learns that there is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// The resource id of the account or the endpoint.
    pub site: String,
    /// Empty for whoever has a key of the site, else the object id of a principal.
    pub side: String,
}

/// One response of a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Its id.
    pub id: String,
    /// The response that it goes on from.
    pub previous: Option<String>,
    /// What it says, sealed; `None` where the chain is longer than was asked for.
    pub sealed: Option<String>,
}

/// How much of a chain is read.
#[derive(Debug, Clone, Copy)]
pub struct ChainBounds {
    /// Older responses are gone.
    pub since: Timestamp,
    /// Responses.
    pub links_max: u32,
    /// Sealed bytes of all of them.
    pub bytes_max: u64,
}

/// How much of a site is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SiteBounds {
    /// Responses.
    pub count_max: u64,
    /// Sealed bytes of all of them.
    pub bytes_max: u64,
}

// Walks the ids first, so that no text is read that is not wanted.
const CHAIN: &str = "WITH RECURSIVE chain (id, previous, links, total) AS ( \
       SELECT id, previous, 1, bytes FROM responses WHERE site = $1 AND id = $2 AND side = $3 AND made_ms > $4 \
       UNION ALL \
       SELECT r.id, r.previous, c.links + 1, c.total + r.bytes FROM chain c \
         JOIN responses r ON r.site = $1 AND r.id = c.previous AND r.side = $3 AND r.made_ms > $4 \
         WHERE c.links < $5 AND c.total <= $6) \
     SELECT c.id, c.previous, CASE WHEN c.total <= $6 THEN r.sealed END FROM chain c \
       JOIN responses r ON r.site = $1 AND r.id = c.id ORDER BY c.links";

/// The table of responses.
#[derive(Debug)]
pub struct Responses<'a>(pub(crate) &'a mut SqliteConnection);

impl Responses<'_> {
    /// Keeps a response; false where its site is gone, which has taken with it what it had.
    pub async fn put(&mut self, response: &KeptResponse) -> Result<bool, StoreError> {
        let put = sqlx::query(
            "INSERT INTO responses (site, id, side, previous, made_ms, bytes, sealed) \
             SELECT $1, $2, $3, $4, $5, $6, $7 WHERE EXISTS (SELECT 1 FROM resources WHERE id = $1)",
        )
        .bind(fold(&response.owner.site))
        .bind(response.id.clone())
        .bind(response.owner.side.clone())
        .bind(response.previous.clone())
        .bind(to_ms(response.made_at))
        .bind(to_integer(response.sealed.len() as u64))
        .bind(response.sealed.clone())
        .execute(&mut *self.0)
        .await?;
        Ok(put.rows_affected() > 0)
    }

    /// A response and those that it goes on from, the newest first. A chain whose last link has a `previous` is longer than
    /// its bounds, or what it went on from is gone; without any link, there is no such response.
    pub async fn chain(
        &mut self,
        owner: &Owner,
        id: &str,
        bounds: ChainBounds,
    ) -> Result<Vec<Link>, StoreError> {
        let rows = sqlx::query(CHAIN)
            .bind(fold(&owner.site))
            .bind(id.to_owned())
            .bind(owner.side.clone())
            .bind(to_ms(bounds.since))
            .bind(i64::from(bounds.links_max))
            .bind(to_integer(bounds.bytes_max))
            .fetch_all(&mut *self.0)
            .await?;
        let link = |row: &sqlx::sqlite::SqliteRow| Link {
            id: row.get(0),
            previous: row.get(1),
            sealed: row.get(2),
        };
        Ok(rows.iter().map(link).collect())
    }

    /// Forgets a response; false where there is none.
    pub async fn delete(&mut self, owner: &Owner, id: &str, since: Timestamp) -> Result<bool, StoreError> {
        let gone =
            sqlx::query("DELETE FROM responses WHERE site = $1 AND id = $2 AND side = $3 AND made_ms > $4")
                .bind(fold(&owner.site))
                .bind(id.to_owned())
                .bind(owner.side.clone())
                .bind(to_ms(since))
                .execute(&mut *self.0)
                .await?;
        Ok(gone.rows_affected() > 0)
    }

    /// Forgets the oldest responses of a site beyond its bounds; says how many went.
    pub async fn bound(&mut self, site: &str, bounds: SiteBounds) -> Result<u64, StoreError> {
        let (count_max, bytes_max) = (to_integer(bounds.count_max), to_integer(bounds.bytes_max));
        let row = sqlx::query("SELECT count(*), IFNULL(sum(bytes), 0) FROM responses WHERE site = $1")
            .bind(fold(site))
            .fetch_one(&mut *self.0)
            .await?;
        if row.get::<i64, _>(0) <= count_max && row.get::<i64, _>(1) <= bytes_max {
            return Ok(0);
        }
        let gone = sqlx::query(
            "DELETE FROM responses WHERE number IN (SELECT number FROM ( \
               SELECT number, row_number() OVER newest AS place, sum(bytes) OVER newest AS total FROM responses \
               WHERE site = $1 WINDOW newest AS (ORDER BY number DESC ROWS UNBOUNDED PRECEDING)) AS aged \
             WHERE place > $2 OR total > $3)",
        )
        .bind(fold(site))
        .bind(count_max)
        .bind(bytes_max)
        .execute(&mut *self.0)
        .await?;
        Ok(gone.rows_affected())
    }

    /// Forgets what was made before, so many at once; says how many went.
    pub async fn prune(&mut self, before: Timestamp, batch: u32) -> Result<u64, StoreError> {
        let gone = sqlx::query(
            "DELETE FROM responses WHERE number IN \
             (SELECT number FROM responses WHERE made_ms <= $1 ORDER BY made_ms LIMIT $2)",
        )
        .bind(to_ms(before))
        .bind(i64::from(batch))
        .execute(&mut *self.0)
        .await?;
        Ok(gone.rows_affected())
    }
}

// What is larger than any disk is as good as no bound.
fn to_integer(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
