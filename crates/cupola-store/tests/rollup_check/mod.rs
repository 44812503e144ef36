//! Are the rollups the sums of the ledger? Asked of the file itself, in SQL of its own.

use std::path::Path;

const CLASSES: &str = "prompt, cached_prompt, completion, reasoning, search_units, images, finetune_prompt, finetune_completion";

/// Fails where a minute, hour or day of the rollups is not what the ledger says, or is missing.
pub(crate) fn agrees_with_the_ledger(file: &Path) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(file);
        let pool = sqlx::SqlitePool::connect_with(options).await.expect("opened");
        let sums: Vec<String> = CLASSES
            .split(", ")
            .map(|class| format!("SUM({class})"))
            .collect();
        for width_ms in [60_000, 3_600_000, 86_400_000] {
            let ledger = format!(
                "SELECT context, at_ms - at_ms % {width_ms}, status, COUNT(*), {} FROM usage_records GROUP BY 1, 2, 3",
                sums.join(", ")
            );
            let rollups = format!(
                "SELECT context, at_ms, status, charged, {CLASSES} FROM usage_rollups WHERE width_ms = {width_ms} AND charged > 0"
            );
            for (one, other) in [(&ledger, &rollups), (&rollups, &ledger)] {
                let text = format!("SELECT COUNT(*) FROM (SELECT * FROM ({one}) EXCEPT SELECT * FROM ({other}))");
                let differing: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(text))
                    .fetch_one(&pool)
                    .await
                    .expect("counted");
                assert_eq!(differing, 0, "rows of {width_ms} ms differ");
            }
            let times: (i64, i64) = sqlx::query_as(sqlx::AssertSqlSafe(format!(
                "SELECT (SELECT IFNULL(SUM(took_us), 0) FROM usage_records), \
                 (SELECT IFNULL(SUM(sum_us), 0) FROM latency_rollups WHERE kind = 0 AND width_ms = {width_ms})"
            )))
            .fetch_one(&pool)
            .await
            .expect("summed");
            assert_eq!(times.0, times.1, "times of {width_ms} ms differ");
        }
        pool.close().await;
    });
}
