-- Who syncs asks "what changed since?". The version cannot answer: it is stamped at the edge, and a
-- message that was delayed brings an old one after somebody has synced past it. So a row also has
-- the number of the period in which it was written last. Rows from before this migration have 0.
ALTER TABLE friends ADD COLUMN change INTEGER NOT NULL DEFAULT 0;

-- One row. What is written gets the number of the current period; whoever syncs reads all up to
-- that number and begins the next period, in one transaction. The database is one thread, so what
-- is written later has a greater number. Writing costs nothing for it, syncing one row written.
CREATE TABLE friend_changes (
  id INTEGER PRIMARY KEY,
  -- The number that rows get now.
  current INTEGER NOT NULL,
  -- The greatest number among the rows that are gone, noted where tombstones are removed: who has
  -- synced up to an older one may have missed a deletion, and has to start again.
  removed INTEGER NOT NULL,
  CONSTRAINT friend_changes_one_row CHECK (id = 1),
  CONSTRAINT friend_changes_removed_has_been CHECK (removed <= current)
) STRICT;
INSERT INTO friend_changes (id, current, removed) VALUES (1, 1, 0);
