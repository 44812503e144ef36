-- What was done, by whom, with which deployment; more that can be counted; and an index for the questions of one endpoint,
-- so that their cost does not grow with what others used.

ALTER TABLE usage ADD COLUMN search_units        INTEGER NOT NULL DEFAULT 0;
ALTER TABLE usage ADD COLUMN images              INTEGER NOT NULL DEFAULT 0;
ALTER TABLE usage ADD COLUMN finetune_prompt     INTEGER NOT NULL DEFAULT 0;
ALTER TABLE usage ADD COLUMN finetune_completion INTEGER NOT NULL DEFAULT 0;
-- Before this, chat was all there was, and nobody noted the credential.
ALTER TABLE usage ADD COLUMN operation           TEXT NOT NULL DEFAULT 'chat';
ALTER TABLE usage ADD COLUMN credential          TEXT NOT NULL DEFAULT '';
ALTER TABLE usage ADD COLUMN deployment          TEXT;

CREATE INDEX usage_by_endpoint ON usage (endpoint, at_ms);
