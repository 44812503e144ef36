-- Responses that clients may name later, sealed: prompts and completions are people's own. What says whose a row is, and
-- what it goes on from, is an id.

CREATE TABLE responses (
    number   INTEGER PRIMARY KEY, -- in the order in which they were put here
    site     TEXT NOT NULL, -- folded resource id of an account or an endpoint
    id       TEXT NOT NULL,
    side     TEXT NOT NULL, -- empty: whoever has a key of the site; else a principal's object id
    previous TEXT,
    made_ms  INTEGER NOT NULL,
    bytes    INTEGER NOT NULL, -- of `sealed`
    sealed   TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX responses_by_id ON responses (site, id);
-- With all that the bounds of a site ask for.
CREATE INDEX responses_by_age ON responses (site, number, bytes);
CREATE INDEX responses_by_time ON responses (made_ms);
