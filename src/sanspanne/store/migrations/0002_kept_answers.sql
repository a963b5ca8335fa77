-- Whole answers, kept for their Idempotency-Key. `lookup` and `owner` are digests, `content` is sealed.
CREATE TABLE kept_answers (
  lookup BLOB PRIMARY KEY,
  owner BLOB NOT NULL,
  answer_id TEXT NOT NULL,
  ended_at REAL NOT NULL,
  content BLOB NOT NULL
);

CREATE INDEX kept_answers_by_id ON kept_answers (answer_id);
CREATE INDEX kept_answers_by_age ON kept_answers (ended_at);
