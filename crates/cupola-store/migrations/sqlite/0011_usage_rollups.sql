-- What charts and bills add up is added up when it is recorded: by minute, hour and day, in the transaction that puts the
-- record into the ledger. Records say how the request was answered and how long it took; those from before did not note it.

ALTER TABLE usage_records ADD COLUMN status         INTEGER NOT NULL DEFAULT 200;
ALTER TABLE usage_records ADD COLUMN took_us        INTEGER; -- null: not measured
ALTER TABLE usage_records ADD COLUMN first_token_us INTEGER; -- null: not streamed, or not measured

CREATE TABLE usage_rollups (
    width_ms            INTEGER NOT NULL, -- 60000, 3600000 or 86400000
    context             INTEGER NOT NULL, -- of usage_contexts
    at_ms               INTEGER NOT NULL, -- where the minute, hour or day begins
    status              INTEGER NOT NULL,
    requests            INTEGER NOT NULL, -- that ended, refused ones among them
    charged             INTEGER NOT NULL, -- of which the ledger has a record; what follows is of these
    prompt              INTEGER NOT NULL,
    cached_prompt       INTEGER NOT NULL,
    completion          INTEGER NOT NULL,
    reasoning           INTEGER NOT NULL,
    search_units        INTEGER NOT NULL,
    images              INTEGER NOT NULL,
    finetune_prompt     INTEGER NOT NULL,
    finetune_completion INTEGER NOT NULL,
    PRIMARY KEY (width_ms, context, at_ms, status)
) STRICT, WITHOUT ROWID;

-- Histograms: each bucket ends half as high again as the one before it, the first at a millisecond.
CREATE TABLE latency_rollups (
    width_ms INTEGER NOT NULL,
    context  INTEGER NOT NULL,
    at_ms    INTEGER NOT NULL,
    kind     INTEGER NOT NULL, -- 0: the whole answer, 1: its first token
    sum_us   INTEGER NOT NULL,
    max_us   INTEGER NOT NULL,
    b00 INTEGER NOT NULL DEFAULT 0, b01 INTEGER NOT NULL DEFAULT 0, b02 INTEGER NOT NULL DEFAULT 0, b03 INTEGER NOT NULL DEFAULT 0,
    b04 INTEGER NOT NULL DEFAULT 0, b05 INTEGER NOT NULL DEFAULT 0, b06 INTEGER NOT NULL DEFAULT 0, b07 INTEGER NOT NULL DEFAULT 0,
    b08 INTEGER NOT NULL DEFAULT 0, b09 INTEGER NOT NULL DEFAULT 0, b10 INTEGER NOT NULL DEFAULT 0, b11 INTEGER NOT NULL DEFAULT 0,
    b12 INTEGER NOT NULL DEFAULT 0, b13 INTEGER NOT NULL DEFAULT 0, b14 INTEGER NOT NULL DEFAULT 0, b15 INTEGER NOT NULL DEFAULT 0,
    b16 INTEGER NOT NULL DEFAULT 0, b17 INTEGER NOT NULL DEFAULT 0, b18 INTEGER NOT NULL DEFAULT 0, b19 INTEGER NOT NULL DEFAULT 0,
    b20 INTEGER NOT NULL DEFAULT 0, b21 INTEGER NOT NULL DEFAULT 0, b22 INTEGER NOT NULL DEFAULT 0, b23 INTEGER NOT NULL DEFAULT 0,
    b24 INTEGER NOT NULL DEFAULT 0, b25 INTEGER NOT NULL DEFAULT 0, b26 INTEGER NOT NULL DEFAULT 0, b27 INTEGER NOT NULL DEFAULT 0,
    b28 INTEGER NOT NULL DEFAULT 0, b29 INTEGER NOT NULL DEFAULT 0, b30 INTEGER NOT NULL DEFAULT 0, b31 INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (width_ms, context, at_ms, kind)
) STRICT, WITHOUT ROWID;

INSERT INTO usage_rollups
    SELECT 3600000, context, at_ms - at_ms % 3600000, status, COUNT(*), COUNT(*),
           SUM(prompt),
           SUM(cached_prompt),
           SUM(completion),
           SUM(reasoning),
           SUM(search_units),
           SUM(images),
           SUM(finetune_prompt),
           SUM(finetune_completion)
    FROM usage_records GROUP BY context, at_ms - at_ms % 3600000, status;
INSERT INTO usage_rollups
    SELECT 86400000, context, at_ms - at_ms % 86400000, status, SUM(requests), SUM(charged),
           SUM(prompt),
           SUM(cached_prompt),
           SUM(completion),
           SUM(reasoning),
           SUM(search_units),
           SUM(images),
           SUM(finetune_prompt),
           SUM(finetune_completion)
    FROM usage_rollups WHERE width_ms = 3600000 GROUP BY context, at_ms - at_ms % 86400000, status;
-- Minutes are kept for some days only.
INSERT INTO usage_rollups
    SELECT 60000, context, at_ms - at_ms % 60000, status, COUNT(*), COUNT(*),
           SUM(prompt),
           SUM(cached_prompt),
           SUM(completion),
           SUM(reasoning),
           SUM(search_units),
           SUM(images),
           SUM(finetune_prompt),
           SUM(finetune_completion)
    FROM usage_records WHERE at_ms >= (SELECT MAX(at_ms) FROM usage_records) - 259200000
    GROUP BY context, at_ms - at_ms % 60000, status;
