-- Who syncs asks "what changed since?". The version cannot answer: it is stamped at the edge, and a
-- message that was delayed brings an old one after somebody has synced past it. So a row also has
-- the number of the change that wrote it last: one number for each statement that wrote anything,
-- growing as the database, which is one thread, wrote them. Rows from before this migration have 0.
ALTER TABLE friends ADD COLUMN change INTEGER NOT NULL DEFAULT 0;

-- One row. A statement takes `latest + 1` for its rows; the triggers below move it on, once for
-- each statement, so the price is one row written for up to a hundred messages.
CREATE TABLE friend_changes (
  id INTEGER PRIMARY KEY,
  -- The number of the newest change.
  latest INTEGER NOT NULL,
  -- The greatest number among the rows that are gone, noted by src/friends/tombstones.ts: who has
  -- synced up to an older one may have missed a deletion, and has to start again.
  removed INTEGER NOT NULL,
  CONSTRAINT friend_changes_one_row CHECK (id = 1),
  CONSTRAINT friend_changes_removed_has_been CHECK (removed <= latest)
) STRICT;
INSERT INTO friend_changes (id, latest, removed) VALUES (1, 0, 0);

CREATE TRIGGER friends_inserted AFTER INSERT ON friends
WHEN new.change > (SELECT latest FROM friend_changes WHERE id = 1)
BEGIN
  UPDATE friend_changes SET latest = new.change WHERE id = 1;
END;

CREATE TRIGGER friends_updated AFTER UPDATE ON friends
WHEN new.change > (SELECT latest FROM friend_changes WHERE id = 1)
BEGIN
  UPDATE friend_changes SET latest = new.change WHERE id = 1;
END;
