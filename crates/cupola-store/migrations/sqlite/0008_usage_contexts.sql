-- What many records share is a row of its own, so that a record is small and one tree is written for it, in the order in
-- which bills read it. The same record again is the same key.

CREATE TABLE usage_contexts (
    id           INTEGER PRIMARY KEY,
    subscription TEXT NOT NULL,
    endpoint     TEXT NOT NULL,
    model        TEXT NOT NULL,
    deployment   TEXT NOT NULL, -- empty: none
    operation    TEXT NOT NULL,
    credential   TEXT NOT NULL,
    prices       TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX usage_contexts_whole
    ON usage_contexts (subscription, endpoint, model, deployment, operation, credential, prices);
CREATE INDEX usage_contexts_by_endpoint ON usage_contexts (endpoint);

CREATE TABLE usage_records (
    context             INTEGER NOT NULL,
    at_ms               INTEGER NOT NULL,
    id                  TEXT NOT NULL,
    prompt              INTEGER NOT NULL,
    cached_prompt       INTEGER NOT NULL,
    completion          INTEGER NOT NULL,
    reasoning           INTEGER NOT NULL,
    search_units        INTEGER NOT NULL,
    images              INTEGER NOT NULL,
    finetune_prompt     INTEGER NOT NULL,
    finetune_completion INTEGER NOT NULL,
    outcome             TEXT NOT NULL,
    PRIMARY KEY (context, at_ms, id)
) STRICT, WITHOUT ROWID;

INSERT INTO usage_contexts (subscription, endpoint, model, deployment, operation, credential, prices)
    SELECT DISTINCT subscription, endpoint, model, IFNULL(deployment, ''), operation, credential, prices FROM usage;
INSERT INTO usage_records
    SELECT c.id, u.at_ms, u.id, u.prompt, u.cached_prompt, u.completion, u.reasoning, u.search_units, u.images,
           u.finetune_prompt, u.finetune_completion, u.outcome
    FROM usage u JOIN usage_contexts c
        ON (c.subscription, c.endpoint, c.model, c.deployment, c.operation, c.credential, c.prices)
         = (u.subscription, u.endpoint, u.model, IFNULL(u.deployment, ''), u.operation, u.credential, u.prices);
DROP TABLE usage;

-- For people with a shell of SQLite.
CREATE VIEW usage AS
    SELECT r.id, r.at_ms, c.subscription, c.endpoint, c.model, NULLIF(c.deployment, '') AS deployment, c.operation,
           c.credential, r.prompt, r.cached_prompt, r.completion, r.reasoning, r.search_units, r.images, r.finetune_prompt,
           r.finetune_completion, r.outcome, c.prices
    FROM usage_records r JOIN usage_contexts c ON c.id = r.context;
