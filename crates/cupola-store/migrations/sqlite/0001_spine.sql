-- The spine: resources as documents with an indexed envelope, and the rows that work hangs on.
-- Types are the ones that STRICT tables know; the PostgreSQL folder will name its own.

CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

-- `id` is folded to lower case, because ARM ids do not differ by case; `document` has the casing that people wrote.
CREATE TABLE resources (
    id            TEXT PRIMARY KEY,
    parent        TEXT NOT NULL,
    type          TEXT NOT NULL,
    name          TEXT NOT NULL,
    subscription  TEXT NOT NULL,
    resource_group TEXT NOT NULL,
    location      TEXT NOT NULL,
    etag          TEXT NOT NULL,
    document      TEXT NOT NULL
) STRICT;
CREATE INDEX resources_by_parent ON resources (parent, type, id);
CREATE INDEX resources_by_type ON resources (type, subscription, id);

-- Names that must be unique beyond their parent, such as an endpoint's in its region.
CREATE TABLE claims (
    name  TEXT PRIMARY KEY,
    owner TEXT NOT NULL
) STRICT;

CREATE TABLE operations (
    id           TEXT PRIMARY KEY,
    resource     TEXT NOT NULL,
    principal    TEXT NOT NULL,
    status       TEXT NOT NULL,
    error        TEXT,
    started_ms   INTEGER NOT NULL,
    finished_ms  INTEGER
) STRICT;

CREATE TABLE jobs (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    kind      TEXT NOT NULL,
    payload   TEXT NOT NULL,
    run_at_ms INTEGER NOT NULL,
    attempts  INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX jobs_by_time ON jobs (run_at_ms, id);

-- Sealed: AES-GCM under the data directory's key.
CREATE TABLE credentials (
    owner     TEXT PRIMARY KEY,
    primary_sealed   TEXT NOT NULL,
    secondary_sealed TEXT NOT NULL,
    changed_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE bindings (
    model    TEXT PRIMARY KEY,
    document TEXT NOT NULL
) STRICT;

CREATE TABLE principals (
    id           TEXT PRIMARY KEY,
    app_id       TEXT,
    kind         TEXT NOT NULL,
    display_name TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX principals_by_app ON principals (app_id);

CREATE TABLE principal_secrets (
    id         TEXT PRIMARY KEY,
    principal  TEXT NOT NULL,
    digest     TEXT NOT NULL,
    expires_ms INTEGER
) STRICT;
CREATE INDEX principal_secrets_by_principal ON principal_secrets (principal);

CREATE TABLE role_assignments (
    id             TEXT PRIMARY KEY,
    scope          TEXT NOT NULL,
    role           TEXT NOT NULL,
    principal      TEXT NOT NULL,
    principal_type TEXT NOT NULL,
    created_ms     INTEGER NOT NULL
) STRICT;
CREATE INDEX role_assignments_by_principal ON role_assignments (principal);

CREATE TABLE signing_keys (
    id         TEXT PRIMARY KEY,
    sealed     TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    retired_ms INTEGER
) STRICT;

-- One row a request. `prices` is the price list at the time, so that a later price changes no earlier cost.
CREATE TABLE usage (
    id          TEXT PRIMARY KEY,
    at_ms       INTEGER NOT NULL,
    subscription TEXT NOT NULL,
    endpoint    TEXT NOT NULL,
    model       TEXT NOT NULL,
    prompt      INTEGER NOT NULL,
    cached_prompt INTEGER NOT NULL,
    completion  INTEGER NOT NULL,
    reasoning   INTEGER NOT NULL,
    outcome     TEXT NOT NULL,
    prices      TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX usage_by_time ON usage (subscription, at_ms);

CREATE TABLE audit (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    at_ms       INTEGER NOT NULL,
    principal   TEXT NOT NULL,
    action      TEXT NOT NULL,
    scope       TEXT NOT NULL,
    outcome     TEXT NOT NULL,
    correlation TEXT NOT NULL,
    detail      TEXT NOT NULL
) STRICT;
CREATE INDEX audit_by_time ON audit (at_ms);
