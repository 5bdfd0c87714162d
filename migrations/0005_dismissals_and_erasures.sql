-- Whom a user does not want to be recommended again.
CREATE TABLE dismissals (
  user_id TEXT NOT NULL,
  candidate_id TEXT NOT NULL,
  -- Milliseconds since the epoch.
  dismissed_at INTEGER NOT NULL,
  PRIMARY KEY (user_id, candidate_id),
  CONSTRAINT dismissals_user_id_not_empty CHECK (user_id <> ''),
  CONSTRAINT dismissals_candidate_id_not_empty CHECK (candidate_id <> '')
) STRICT, WITHOUT ROWID;

-- Users whose data is being erased. What no key finds is looked for table by table, some rows at a
-- time; the row goes when the last table is done.
CREATE TABLE erasures (
  user_id TEXT NOT NULL,
  -- The order key of the request: what is newer is the user's new life, and stays.
  version INTEGER NOT NULL,
  -- The table that is being walked through, and the last key that was visited as a JSON array.
  walking TEXT NOT NULL,
  position TEXT NOT NULL,
  PRIMARY KEY (user_id),
  CONSTRAINT erasures_user_id_not_empty CHECK (user_id <> ''),
  CONSTRAINT erasures_walking_known CHECK (
    walking IN ('friends', 'dismissals', 'friend_responses')
  ),
  CONSTRAINT erasures_position_is_array CHECK (
    CASE WHEN json_valid(position) THEN json_type(position) = 'array' ELSE 0 END
  )
) STRICT, WITHOUT ROWID;
