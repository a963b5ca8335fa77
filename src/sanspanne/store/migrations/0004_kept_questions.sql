-- Questions that are kept until somebody can answer them, and then their answers. Times are seconds since 1970. `owner` is a
-- digest, `content` is sealed. `over`: it has ended. `tell_at`: when its caller's webhook is told, `tries` how often it was.
CREATE TABLE kept_questions (
  id TEXT PRIMARY KEY,
  owner BLOB NOT NULL,
  over INTEGER NOT NULL,
  until REAL NOT NULL,
  tell_at REAL,
  tries INTEGER NOT NULL,
  content BLOB NOT NULL
) WITHOUT ROWID;

CREATE INDEX kept_questions_by_time ON kept_questions (until);
CREATE INDEX kept_questions_to_tell ON kept_questions (tell_at) WHERE tell_at IS NOT NULL;
