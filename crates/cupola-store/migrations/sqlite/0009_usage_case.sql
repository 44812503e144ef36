-- The ledger has resource ids as they were written, and whoever asks may write them in another case.

DROP INDEX usage_contexts_by_endpoint;
CREATE INDEX usage_contexts_by_endpoint ON usage_contexts (endpoint COLLATE NOCASE);
