-- What a key may use, and its class. NULL: the limit of [quotas]. `changes` counts how often its terms were changed.
ALTER TABLE keys ADD COLUMN class TEXT NOT NULL DEFAULT 'interactive';
ALTER TABLE keys ADD COLUMN requests_per_minute INTEGER;
ALTER TABLE keys ADD COLUMN requests_per_day INTEGER;
ALTER TABLE keys ADD COLUMN tokens_per_minute INTEGER;
ALTER TABLE keys ADD COLUMN tokens_per_day INTEGER;
ALTER TABLE keys ADD COLUMN streams INTEGER;
ALTER TABLE keys ADD COLUMN dollars_per_day REAL;
ALTER TABLE keys ADD COLUMN dollars_per_month REAL;
ALTER TABLE keys ADD COLUMN changes INTEGER NOT NULL DEFAULT 0;
