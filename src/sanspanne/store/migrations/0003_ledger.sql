-- The ledger. Times are seconds since 1970 (UTC), durations seconds, money micro-dollars. An empty outcome means that it
-- still runs. Rates are a JSON list: micro-dollars per million tokens in, out, read from a cache, written to one.
CREATE TABLE ledger_answers (
  id TEXT PRIMARY KEY,
  life TEXT NOT NULL,
  begun_at REAL NOT NULL,
  request TEXT NOT NULL,
  key TEXT NOT NULL,
  dialect TEXT NOT NULL,
  model TEXT NOT NULL,
  stream INTEGER NOT NULL,
  detached INTEGER NOT NULL,
  outcome TEXT NOT NULL,
  target TEXT NOT NULL,
  rung TEXT NOT NULL,
  first_token REAL,
  seconds REAL,
  error TEXT NOT NULL,
  seams TEXT NOT NULL
) WITHOUT ROWID;

CREATE INDEX ledger_answers_by_request ON ledger_answers (request);
CREATE INDEX ledger_answers_by_time ON ledger_answers (begun_at);
CREATE INDEX ledger_answers_open ON ledger_answers (life) WHERE outcome = '';

-- A number is given once in one life of the process.
CREATE TABLE ledger_attempts (
  life TEXT NOT NULL,
  number INTEGER NOT NULL,
  answer TEXT NOT NULL,
  target TEXT NOT NULL,
  begun_at REAL NOT NULL,
  seen_at REAL NOT NULL,
  prompt INTEGER NOT NULL,
  rates TEXT,
  local INTEGER NOT NULL,
  rest INTEGER NOT NULL,
  said INTEGER NOT NULL,
  dense INTEGER NOT NULL,
  outcome TEXT NOT NULL,
  reason TEXT NOT NULL,
  status INTEGER,
  first_token REAL,
  seconds REAL,
  input INTEGER,
  output INTEGER,
  cached INTEGER,
  cache_written INTEGER,
  input_estimated INTEGER,
  output_estimated INTEGER,
  cost INTEGER,
  free TEXT,
  PRIMARY KEY (life, number)
) WITHOUT ROWID;

CREATE INDEX ledger_attempts_by_answer ON ledger_attempts (answer);
CREATE INDEX ledger_attempts_open ON ledger_attempts (life) WHERE outcome = '';
