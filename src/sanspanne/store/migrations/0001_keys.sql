-- Callers' keys. A name may be used again once its key is revoked.
CREATE TABLE keys (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  sha256 TEXT NOT NULL UNIQUE CHECK (length(sha256) = 64),
  last4 TEXT NOT NULL,
  created_at REAL NOT NULL,
  revoked_at REAL
);

CREATE UNIQUE INDEX keys_in_force ON keys (name) WHERE revoked_at IS NULL;
