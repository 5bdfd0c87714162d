-- Messages that could not be applied: the queue gave them up, or the table will never take them.
-- A row waits until somebody redrives or discards it, and is removed some weeks after that.
CREATE TABLE dead_letters (
  -- The queue's id of the message: the same message stored twice is one row.
  id TEXT NOT NULL,
  -- Milliseconds since the epoch: when the message was stored, for the first and the last time.
  first_at INTEGER NOT NULL,
  last_at INTEGER NOT NULL,
  -- How often the queue had delivered it by then.
  attempts INTEGER NOT NULL,
  -- One word or two of ours; never the text of an error, which may quote an account.
  reason TEXT NOT NULL,
  -- The message as it came, as JSON.
  body TEXT NOT NULL,
  status TEXT NOT NULL DEFAULT 'waiting',
  -- Milliseconds since the epoch; set when the status is no longer `waiting`.
  settled_at INTEGER,
  PRIMARY KEY (id),
  CONSTRAINT dead_letters_id_not_empty CHECK (id <> ''),
  CONSTRAINT dead_letters_reason_not_empty CHECK (reason <> ''),
  CONSTRAINT dead_letters_attempts_positive CHECK (attempts > 0),
  CONSTRAINT dead_letters_first_before_last CHECK (first_at <= last_at),
  CONSTRAINT dead_letters_body_is_json CHECK (json_valid(body)),
  CONSTRAINT dead_letters_status_known CHECK (status IN ('waiting', 'redriven', 'discarded')),
  CONSTRAINT dead_letters_settled_or_waiting CHECK ((status = 'waiting') = (settled_at IS NULL))
) STRICT;

-- Dead letters are few: here an index costs nothing, and /health and the retention, which run all
-- the time, read no row that they do not need.
CREATE INDEX dead_letters_waiting ON dead_letters (first_at) WHERE settled_at IS NULL;
CREATE INDEX dead_letters_settled ON dead_letters (settled_at) WHERE settled_at IS NOT NULL;

-- How far a walk through a table's primary key has come, where it goes on at the next run.
CREATE TABLE walks (
  name TEXT NOT NULL,
  -- The last key that was visited, as a JSON array.
  position TEXT NOT NULL,
  PRIMARY KEY (name),
  CONSTRAINT walks_name_not_empty CHECK (name <> ''),
  CONSTRAINT walks_position_is_array CHECK (
    CASE WHEN json_valid(position) THEN json_type(position) = 'array' ELSE 0 END
  )
) STRICT, WITHOUT ROWID;
