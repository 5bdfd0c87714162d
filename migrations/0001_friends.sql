-- One row for each directed pair that was ever seen: friend_id is, or was, in user_id's friend list.
-- The row is what the pair's newest event says, and nothing else: see docs/architecture.md.
-- No secondary index: each would add a row written to every change.
CREATE TABLE friends (
  user_id TEXT NOT NULL,
  friend_id TEXT NOT NULL,
  -- What orders the events of the pair, stamped at the edge.
  version INTEGER NOT NULL,
  -- Milliseconds since the epoch. Exactly one of the two is set.
  added_at INTEGER,
  deleted_at INTEGER,
  -- Who sent the friend request, by which command, and which admin did it for them.
  initiator_id TEXT,
  source TEXT,
  admin_id TEXT,
  forced INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (user_id, friend_id),
  CONSTRAINT friends_user_id_not_empty CHECK (user_id <> ''),
  CONSTRAINT friends_friend_id_not_empty CHECK (friend_id <> ''),
  CONSTRAINT friends_version_positive CHECK (version > 0),
  CONSTRAINT friends_added_or_deleted CHECK ((added_at IS NULL) <> (deleted_at IS NULL)),
  CONSTRAINT friends_deleted_keeps_nothing CHECK (
    deleted_at IS NULL
    OR (initiator_id IS NULL AND source IS NULL AND admin_id IS NULL AND forced = 0)
  ),
  CONSTRAINT friends_forced_is_flag CHECK (forced IN (0, 1))
) STRICT, WITHOUT ROWID;
