-- People, applications and what they prove themselves with. Nothing here can be used by whoever reads it: passwords are
-- argon2id digests, everything that is random is kept as a keyed digest, and what must be read again is sealed.

ALTER TABLE principals ADD COLUMN enabled INTEGER NOT NULL DEFAULT 1;
ALTER TABLE principals ADD COLUMN created_ms INTEGER NOT NULL DEFAULT 0;

-- `upn` is folded; `shown` is how it was written. Failures are counted here, so that a restart forgets none.
CREATE TABLE users (
    id              TEXT PRIMARY KEY,
    upn             TEXT NOT NULL,
    shown           TEXT NOT NULL,
    mail            TEXT,
    issuer          TEXT,
    subject         TEXT,
    password        TEXT,
    must_change     INTEGER NOT NULL DEFAULT 0,
    changed_ms      INTEGER,
    failures        INTEGER NOT NULL DEFAULT 0,
    failing_ms      INTEGER,
    lockouts        INTEGER NOT NULL DEFAULT 0,
    locked_until_ms INTEGER
) STRICT;
CREATE UNIQUE INDEX users_by_upn ON users (upn);
CREATE UNIQUE INDEX users_by_subject ON users (issuer, subject) WHERE issuer IS NOT NULL;

-- `principal` is the object id of the service principal, which is a row of `principals` from when it is made.
CREATE TABLE applications (
    id           TEXT PRIMARY KEY,
    app_id       TEXT NOT NULL,
    principal    TEXT NOT NULL,
    display_name TEXT NOT NULL,
    document     TEXT NOT NULL,
    created_ms   INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX applications_by_app ON applications (app_id);
CREATE UNIQUE INDEX applications_by_principal ON applications (principal);

-- Service principals from before there were applications get one each.
INSERT INTO applications (id, app_id, principal, display_name, document, created_ms)
SELECT lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-a'
             || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))),
       app_id, id, display_name, '{}', 0
FROM principals WHERE app_id IS NOT NULL;

ALTER TABLE principal_secrets ADD COLUMN name TEXT;
ALTER TABLE principal_secrets ADD COLUMN hint TEXT NOT NULL DEFAULT '';
ALTER TABLE principal_secrets ADD COLUMN starts_ms INTEGER;

CREATE TABLE principal_certificates (
    id         TEXT PRIMARY KEY,
    principal  TEXT NOT NULL,
    name       TEXT,
    sha1       TEXT NOT NULL,
    sha256     TEXT NOT NULL,
    der        BLOB NOT NULL,
    starts_ms  INTEGER NOT NULL,
    expires_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX principal_certificates_by_principal ON principal_certificates (principal);

CREATE TABLE federated_credentials (
    id          TEXT PRIMARY KEY,
    principal   TEXT NOT NULL,
    name        TEXT NOT NULL,
    issuer      TEXT NOT NULL,
    subject     TEXT NOT NULL,
    audiences   TEXT NOT NULL,
    description TEXT
) STRICT;
CREATE UNIQUE INDEX federated_credentials_by_name ON federated_credentials (principal, name);

-- What is good once: authorization codes, invitations, ids of assertions, sign-ins at another issuer that are under way.
CREATE TABLE tickets (
    kind       TEXT NOT NULL,
    digest     TEXT NOT NULL,
    principal  TEXT NOT NULL,
    document   TEXT NOT NULL,
    expires_ms INTEGER NOT NULL,
    used_ms    INTEGER,
    PRIMARY KEY (kind, digest)
) STRICT;
CREATE INDEX tickets_by_expiry ON tickets (expires_ms);

CREATE TABLE device_codes (
    digest      TEXT PRIMARY KEY,
    user_code   TEXT NOT NULL,
    client      TEXT NOT NULL,
    scope       TEXT NOT NULL,
    address     TEXT NOT NULL,
    state       TEXT NOT NULL,
    principal   TEXT NOT NULL,
    interval_s  INTEGER NOT NULL,
    polled_ms   INTEGER NOT NULL,
    expires_ms  INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX device_codes_by_user_code ON device_codes (user_code);
CREATE INDEX device_codes_by_expiry ON device_codes (expires_ms);

-- Every refresh token that came from one sign-in is of one family; the family ends together.
CREATE TABLE refresh_tokens (
    digest        TEXT PRIMARY KEY,
    family        TEXT NOT NULL,
    principal     TEXT NOT NULL,
    client        TEXT NOT NULL,
    scope         TEXT NOT NULL,
    expires_ms    INTEGER NOT NULL,
    family_ends_ms INTEGER NOT NULL,
    used_ms       INTEGER
) STRICT;
CREATE INDEX refresh_tokens_by_family ON refresh_tokens (family);
CREATE INDEX refresh_tokens_by_principal ON refresh_tokens (principal, family_ends_ms);
CREATE INDEX refresh_tokens_by_expiry ON refresh_tokens (family_ends_ms);

CREATE TABLE sessions (
    digest    TEXT PRIMARY KEY,
    principal TEXT NOT NULL,
    seen_ms   INTEGER NOT NULL,
    ends_ms   INTEGER NOT NULL
) STRICT;
CREATE INDEX sessions_by_principal ON sessions (principal, seen_ms);
CREATE INDEX sessions_by_end ON sessions (ends_ms);

CREATE TABLE identity_providers (
    name     TEXT PRIMARY KEY,
    document TEXT NOT NULL
) STRICT;
