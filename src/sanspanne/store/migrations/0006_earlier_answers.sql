-- Whole answers that their caller takes again when nobody can answer. `lookup` and `owner` are digests, `content` is sealed.
CREATE TABLE earlier_answers (
  lookup BLOB PRIMARY KEY,
  owner BLOB NOT NULL,
  answer_id TEXT NOT NULL,
  ended_at REAL NOT NULL,
  content BLOB NOT NULL
);

CREATE INDEX earlier_answers_by_id ON earlier_answers (answer_id);
CREATE INDEX earlier_answers_by_age ON earlier_answers (ended_at);
