-- Who syncs asks "what changed since?". A period that each reading ended made every reading write a
-- row, for one database and both lists (0003). A row has the database's own time instead, in
-- milliseconds since the epoch, of when it was written last. No row is written anew here: the numbers
-- of periods stay where they are, as times long ago.
-- Code from before this migration finds its column no more: its messages wait until the new code is
-- there, which `npm run deploy` uploads next. Were both columns kept, what it writes beside the new
-- code would have no time, and whoever syncs would miss it. docs/deploy.md, "Going back", has the
-- way back.
ALTER TABLE friends RENAME COLUMN change TO changed_at;
ALTER TABLE blacklist RENAME COLUMN change TO changed_at;

-- One row for each list: the latest `changed_at` among the tombstones that were removed. It only grows.
-- Who has synced up to an earlier time may have missed a deletion, and has to start again.
CREATE TABLE forgotten_changes (
  list TEXT NOT NULL,
  changed_at INTEGER NOT NULL,
  PRIMARY KEY (list),
  CONSTRAINT forgotten_changes_list_known CHECK (list IN ('friends', 'blacklist'))
) STRICT, WITHOUT ROWID;
-- A number of a period is smaller than any time of a database (this one is in 2001): who comes with
-- one has to start again.
INSERT INTO forgotten_changes (list, changed_at)
SELECT list.value, max(removed, 1000000000000)
FROM friend_changes, json_each('["friends", "blacklist"]') AS list;

DROP TABLE friend_changes;
