-- Why an answer ended as it did, and for how many seconds it was in the queue.
ALTER TABLE ledger_answers ADD COLUMN reason TEXT NOT NULL DEFAULT '';
ALTER TABLE ledger_answers ADD COLUMN waited REAL NOT NULL DEFAULT 0;
