-- The audit record in full: who, from where, what became of it; and indexes for each question that people ask of it, so
-- that the cost of an answer does not grow with the record.

ALTER TABLE audit ADD COLUMN caller         TEXT NOT NULL DEFAULT '';
ALTER TABLE audit ADD COLUMN caller_kind    TEXT NOT NULL DEFAULT '';
ALTER TABLE audit ADD COLUMN caller_name    TEXT NOT NULL DEFAULT '';
ALTER TABLE audit ADD COLUMN status         INTEGER NOT NULL DEFAULT 0;
ALTER TABLE audit ADD COLUMN method         TEXT NOT NULL DEFAULT '';
ALTER TABLE audit ADD COLUMN address        TEXT NOT NULL DEFAULT '';
ALTER TABLE audit ADD COLUMN user_agent     TEXT NOT NULL DEFAULT '';
ALTER TABLE audit ADD COLUMN client_request TEXT NOT NULL DEFAULT '';
ALTER TABLE audit ADD COLUMN request        TEXT NOT NULL DEFAULT '';
ALTER TABLE audit ADD COLUMN operation      TEXT NOT NULL DEFAULT '';
ALTER TABLE audit ADD COLUMN message        TEXT NOT NULL DEFAULT '';
ALTER TABLE audit ADD COLUMN target         TEXT NOT NULL DEFAULT '';
ALTER TABLE audit ADD COLUMN before         TEXT;
ALTER TABLE audit ADD COLUMN after          TEXT;
-- Folded, and empty where the scope is not in a subscription or a group.
ALTER TABLE audit ADD COLUMN subscription   TEXT NOT NULL DEFAULT '';
ALTER TABLE audit ADD COLUMN resource_group TEXT NOT NULL DEFAULT '';
ALTER TABLE audit ADD COLUMN resource       TEXT NOT NULL DEFAULT '';

CREATE INDEX audit_by_subscription ON audit (subscription, at_ms, id);
CREATE INDEX audit_by_group ON audit (subscription, resource_group, at_ms, id) WHERE resource_group <> '';
CREATE INDEX audit_by_resource ON audit (resource, at_ms, id) WHERE resource <> '';
CREATE INDEX audit_by_principal ON audit (principal, at_ms, id);
CREATE INDEX audit_by_correlation ON audit (correlation, id);
CREATE INDEX audit_by_request ON audit (request) WHERE request <> '';
CREATE INDEX audit_by_operation ON audit (operation) WHERE operation <> '';
