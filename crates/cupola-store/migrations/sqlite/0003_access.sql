-- Custom roles, what people write beside assignments, management locks, signed marketplace terms.

-- `scope` is folded, for comparison; `shown_scope` is as people wrote it.
ALTER TABLE role_assignments ADD COLUMN shown_scope TEXT;
ALTER TABLE role_assignments ADD COLUMN description TEXT;
ALTER TABLE role_assignments ADD COLUMN condition TEXT;
ALTER TABLE role_assignments ADD COLUMN condition_version TEXT;
ALTER TABLE role_assignments ADD COLUMN created_by TEXT;
ALTER TABLE role_assignments ADD COLUMN updated_ms INTEGER;
ALTER TABLE role_assignments ADD COLUMN updated_by TEXT;
CREATE INDEX role_assignments_by_scope ON role_assignments (scope, id);
CREATE INDEX role_assignments_by_role ON role_assignments (role, scope);
-- What a principal holds, in the order in which it is listed.
DROP INDEX role_assignments_by_principal;
CREATE INDEX role_assignments_by_principal ON role_assignments (principal, scope, id);

-- `name` is folded: two roles never differ by case alone.
CREATE TABLE role_definitions (
    id       TEXT PRIMARY KEY,
    name     TEXT NOT NULL,
    document TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX role_definitions_by_name ON role_definitions (name);

CREATE TABLE locks (
    scope    TEXT NOT NULL,
    name     TEXT NOT NULL,
    level    TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (scope, name)
) STRICT, WITHOUT ROWID;

-- Terms that were accepted for a subscription: one row for each plan.
CREATE TABLE agreements (
    subscription TEXT NOT NULL,
    plan         TEXT NOT NULL,
    document     TEXT NOT NULL,
    PRIMARY KEY (subscription, plan)
) STRICT, WITHOUT ROWID;

-- The folded id of the resource whose managed identity a principal is; it goes with the resource.
ALTER TABLE principals ADD COLUMN resource TEXT;
CREATE UNIQUE INDEX principals_by_resource ON principals (resource) WHERE resource IS NOT NULL;
