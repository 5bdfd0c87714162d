-- Who changed which rule, and when: written before the rule is, so that nothing is changed unnoted.
CREATE TABLE rule_changes (
  -- Milliseconds since the epoch.
  at INTEGER NOT NULL,
  -- Two changes of one millisecond are two rows.
  id TEXT NOT NULL,
  -- Whom Cloudflare Access named, or the role of the token.
  who TEXT NOT NULL,
  key TEXT NOT NULL,
  -- Whom the key names: by them an erasure finds the row. An address names nobody.
  user_id TEXT,
  other_id TEXT,
  change TEXT NOT NULL,
  -- The values in KV, the first as it was seen from where the change was made; null for none.
  before TEXT,
  after TEXT,
  -- Milliseconds since the epoch: when the new rule ends; null for never.
  expires_at INTEGER,
  -- KV did not take it.
  failed INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (at, id),
  CONSTRAINT rule_changes_at_positive CHECK (at > 0),
  CONSTRAINT rule_changes_who_not_empty CHECK (who <> ''),
  CONSTRAINT rule_changes_key_not_empty CHECK (key <> ''),
  CONSTRAINT rule_changes_change_known CHECK (change IN ('put', 'delete')),
  CONSTRAINT rule_changes_after_of_put CHECK ((change = 'put') = (after IS NOT NULL)),
  CONSTRAINT rule_changes_failed_is_flag CHECK (failed IN (0, 1))
) STRICT, WITHOUT ROWID;

-- What was done to one rule. Rules are changed by people: a second row for each costs nothing.
CREATE INDEX rule_changes_of_key ON rule_changes (key, at, id);

-- Changes of friend lists and blacklists as the consumer applied them, a row for what it applied at once.
-- Written only while somebody watches, and removed after an hour.
CREATE TABLE recent_changes (
  -- Milliseconds since the epoch when it was written, or one more than the row before: in the order of the
  -- writing, no row that comes later has a smaller one.
  seq INTEGER NOT NULL,
  -- [type, at, user, other one] of each, as a JSON array.
  changes TEXT NOT NULL,
  PRIMARY KEY (seq),
  CONSTRAINT recent_changes_are_json CHECK (json_valid(changes))
) STRICT;

-- Until when somebody watches, in milliseconds since the epoch. One row.
CREATE TABLE watches (
  id INTEGER NOT NULL,
  until INTEGER NOT NULL,
  PRIMARY KEY (id),
  CONSTRAINT watches_one CHECK (id = 1)
) STRICT;

-- How many requests and responses were recorded in an hour, added up by the hourly run. How far it has come
-- in each record stands in `walks`.
CREATE TABLE decided_hours (
  -- Milliseconds since the epoch: when the hour began.
  at INTEGER NOT NULL,
  answered INTEGER NOT NULL,
  refused INTEGER NOT NULL,
  observed INTEGER NOT NULL,
  PRIMARY KEY (at),
  CONSTRAINT decided_hours_begin CHECK (at % 3600000 = 0)
) STRICT, WITHOUT ROWID;

-- An erasure walks through the changes of rules, too. A CHECK cannot be changed, so the table is made anew,
-- with the erasures that are under way.
CREATE TABLE erasures_of_rules (
  user_id TEXT NOT NULL,
  -- The order key of the request: what is newer is the user's new life, and stays.
  order_key INTEGER NOT NULL,
  -- The table that is being walked through, and the last key that was visited as a JSON array.
  walking TEXT NOT NULL,
  position TEXT NOT NULL,
  PRIMARY KEY (user_id),
  CONSTRAINT erasures_user_id_not_empty CHECK (user_id <> ''),
  CONSTRAINT erasures_walking_known CHECK (
    walking IN (
      'friends', 'dismissals', 'blacklist', 'friend_responses', 'friend_requests', 'rule_changes'
    )
  ),
  CONSTRAINT erasures_position_is_array CHECK (
    CASE WHEN json_valid(position) THEN json_type(position) = 'array' ELSE 0 END
  )
) STRICT, WITHOUT ROWID;
INSERT INTO erasures_of_rules (user_id, order_key, walking, position)
SELECT user_id, order_key, walking, position FROM erasures;
DROP TABLE erasures;
ALTER TABLE erasures_of_rules RENAME TO erasures;
