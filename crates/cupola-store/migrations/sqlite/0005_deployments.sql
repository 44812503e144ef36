-- Runs of templates: the deployment that clients read, what it was asked to do (sealed, because parameters may be
-- secrets), the operations it is made of, and results that clients fetch later.

-- `id` and `scope` are folded; `run` is the operation that clients poll, new with every PUT.
CREATE TABLE deployments (
    id         TEXT PRIMARY KEY,
    scope      TEXT NOT NULL,
    state      TEXT NOT NULL,
    changed_ms INTEGER NOT NULL,
    run        TEXT NOT NULL,
    principal  TEXT NOT NULL,
    document   TEXT NOT NULL
) STRICT;
CREATE INDEX deployments_by_scope ON deployments (scope, changed_ms);

CREATE TABLE deployment_requests (
    id     TEXT PRIMARY KEY,
    sealed TEXT NOT NULL
) STRICT;

-- `waits_for` is the operation that ends this step; `resource` is the folded id that it works on.
CREATE TABLE deployment_operations (
    deployment TEXT NOT NULL,
    position   INTEGER NOT NULL,
    state      TEXT NOT NULL,
    resource   TEXT NOT NULL,
    waits_for  TEXT,
    document   TEXT NOT NULL,
    PRIMARY KEY (deployment, position)
) STRICT, WITHOUT ROWID;

-- What a long question came to, sealed, for whoever polls the operation.
CREATE TABLE deployment_results (
    operation TEXT PRIMARY KEY,
    sealed    TEXT NOT NULL,
    made_ms   INTEGER NOT NULL
) STRICT;
CREATE INDEX deployment_results_by_time ON deployment_results (made_ms);
