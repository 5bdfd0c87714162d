-- One row for each friend request that was decided, as friend_responses has one for each answer. What
-- users write to each other (AddWording, Remark) has no column: it is kept nowhere.
CREATE TABLE friend_requests (
  -- Milliseconds since the epoch: when the callback was answered.
  at INTEGER NOT NULL,
  -- Of one callback, from the edge: a message that is delivered twice is recorded once.
  call_id TEXT NOT NULL,
  -- The place of the item in the callback.
  item INTEGER NOT NULL,
  -- EventTime, where the callback has one.
  event_time INTEGER,
  responder_id TEXT NOT NULL,
  applicant_id TEXT NOT NULL,
  requester_id TEXT,
  -- 0: let through; otherwise the code that refused.
  code INTEGER NOT NULL,
  -- The rule that decided, and the one that would have if it did not only observe.
  rule_kind TEXT,
  rule_key TEXT,
  observed_key TEXT,
  client_ip TEXT,
  platform TEXT,
  request_id TEXT,
  PRIMARY KEY (at, call_id, item),
  CONSTRAINT friend_requests_at_positive CHECK (at > 0),
  CONSTRAINT friend_requests_call_id_not_empty CHECK (call_id <> ''),
  CONSTRAINT friend_requests_code_in_range CHECK (code = 0 OR code BETWEEN 38000 AND 39000),
  CONSTRAINT friend_requests_rule_is_whole CHECK ((rule_kind IS NULL) = (rule_key IS NULL))
) STRICT, WITHOUT ROWID;

-- The refused ones are few and are what people look for: a second row written for these only.
CREATE INDEX friend_requests_refused ON friend_requests (at, call_id, item) WHERE code <> 0;
