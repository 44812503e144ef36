-- Resources in their hundreds of thousands: whatever a request asks for by name, type, tag or reference has an index, and
-- what can be computed from the document is computed by the database, so that no writer can forget it.

-- What a resource hangs on, for the types that are looked up by it: the model of an endpoint, the offer of a marketplace
-- subscription, the marketplace subscription of its twin, the hub of a project.
ALTER TABLE resources ADD COLUMN refers TEXT GENERATED ALWAYS AS (lower(CASE type
    WHEN 'microsoft.machinelearningservices/workspaces/serverlessendpoints'
        THEN document ->> '$.properties.modelSettings.modelId'
    WHEN 'microsoft.machinelearningservices/workspaces/marketplacesubscriptions'
        THEN (document ->> '$.properties.marketplacePlan.publisherId')
            || '/' || (document ->> '$.properties.marketplacePlan.offerId')
    WHEN 'microsoft.saas/resources' THEN document ->> '$.properties.marketplaceSubscriptionId'
    WHEN 'microsoft.machinelearningservices/workspaces' THEN document ->> '$.properties.hubResourceId'
    END)) VIRTUAL;
CREATE INDEX resources_by_reference ON resources (refers, type, id) WHERE refers IS NOT NULL;

-- An id begins with its subscription and group, so (type, id) serves a type in any scope.
DROP INDEX resources_by_type;
CREATE INDEX resources_by_type ON resources (type, id);
CREATE INDEX resources_by_name ON resources (name, id);

-- One row a tag. `name` is folded, `shown` is as it was written. Triggers keep it: the document is the truth.
CREATE TABLE resource_tags (
    resource TEXT NOT NULL,
    name     TEXT NOT NULL,
    shown    TEXT NOT NULL,
    value    TEXT NOT NULL,
    PRIMARY KEY (resource, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX resource_tags_by_value ON resource_tags (name, value, resource);
CREATE INDEX resource_tags_by_name ON resource_tags (name, resource);

INSERT OR IGNORE INTO resource_tags (resource, name, shown, value)
    SELECT r.id, lower(t.key), t.key, CAST(t.value AS TEXT)
    FROM resources r, json_each(r.document, '$.tags') t WHERE t.value IS NOT NULL;

CREATE TRIGGER resource_tags_come AFTER INSERT ON resources
WHEN (new.document -> '$.tags') <> '{}'
BEGIN
    INSERT OR IGNORE INTO resource_tags (resource, name, shown, value)
        SELECT new.id, lower(t.key), t.key, CAST(t.value AS TEXT)
        FROM json_each(new.document, '$.tags') t WHERE t.value IS NOT NULL;
END;
CREATE TRIGGER resource_tags_change AFTER UPDATE OF document ON resources
WHEN (new.document -> '$.tags') IS NOT (old.document -> '$.tags')
BEGIN
    DELETE FROM resource_tags WHERE resource = new.id;
    INSERT OR IGNORE INTO resource_tags (resource, name, shown, value)
        SELECT new.id, lower(t.key), t.key, CAST(t.value AS TEXT)
        FROM json_each(new.document, '$.tags') t WHERE t.value IS NOT NULL;
END;
CREATE TRIGGER resource_tags_go AFTER DELETE ON resources
BEGIN
    DELETE FROM resource_tags WHERE resource = old.id;
END;

-- Sealed: what a connection keeps to sign in elsewhere.
CREATE TABLE secrets (
    owner      TEXT PRIMARY KEY,
    sealed     TEXT NOT NULL,
    changed_ms INTEGER NOT NULL
) STRICT;

-- A resource goes with its names and its role assignments, without a look at everybody else's.
CREATE INDEX claims_by_owner ON claims (owner);
CREATE INDEX IF NOT EXISTS role_assignments_by_scope ON role_assignments (scope);
CREATE INDEX operations_by_end ON operations (finished_ms) WHERE finished_ms IS NOT NULL;
