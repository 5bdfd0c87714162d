-- One row for each directed pair that was ever seen: blocked_id is, or was, in user_id's blacklist.
-- The rules are those of `friends`: the newest event, tombstones, and the period in which a row was
-- written last, which `friend_changes` counts for both lists. No secondary index.
CREATE TABLE blacklist (
  user_id TEXT NOT NULL,
  blocked_id TEXT NOT NULL,
  -- What orders the events of the pair, stamped at the edge.
  order_key INTEGER NOT NULL,
  -- Milliseconds since the epoch. Exactly one of the two is set.
  added_at INTEGER,
  deleted_at INTEGER,
  change INTEGER NOT NULL,
  PRIMARY KEY (user_id, blocked_id),
  CONSTRAINT blacklist_user_id_not_empty CHECK (user_id <> ''),
  CONSTRAINT blacklist_blocked_id_not_empty CHECK (blocked_id <> ''),
  CONSTRAINT blacklist_order_key_positive CHECK (order_key > 0),
  CONSTRAINT blacklist_added_or_deleted CHECK ((added_at IS NULL) <> (deleted_at IS NULL))
) STRICT, WITHOUT ROWID;

-- An erasure walks through two tables more: this one, and the friend requests of the migration after
-- it. A CHECK cannot be changed, so the table is made anew, with the erasures that are under way.
CREATE TABLE erasures_of_more (
  user_id TEXT NOT NULL,
  -- The order key of the request: what is newer is the user's new life, and stays.
  order_key INTEGER NOT NULL,
  -- The table that is being walked through, and the last key that was visited as a JSON array.
  walking TEXT NOT NULL,
  position TEXT NOT NULL,
  PRIMARY KEY (user_id),
  CONSTRAINT erasures_user_id_not_empty CHECK (user_id <> ''),
  CONSTRAINT erasures_walking_known CHECK (
    walking IN ('friends', 'dismissals', 'blacklist', 'friend_responses', 'friend_requests')
  ),
  CONSTRAINT erasures_position_is_array CHECK (
    CASE WHEN json_valid(position) THEN json_type(position) = 'array' ELSE 0 END
  )
) STRICT, WITHOUT ROWID;
INSERT INTO erasures_of_more (user_id, order_key, walking, position)
SELECT user_id, order_key, walking, position FROM erasures;
DROP TABLE erasures;
ALTER TABLE erasures_of_more RENAME TO erasures;
