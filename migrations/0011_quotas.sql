-- How many friend requests a user sent that were let through: a row for each callback, so that a message
-- that comes twice counts once. The day first, so that the retention reads what it removes and nothing else.
CREATE TABLE request_counts (
  -- Days since the epoch, UTC.
  day INTEGER NOT NULL,
  applicant_id TEXT NOT NULL,
  call_id TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (day, applicant_id, call_id),
  CONSTRAINT request_counts_day_positive CHECK (day > 0),
  CONSTRAINT request_counts_applicant_id_not_empty CHECK (applicant_id <> ''),
  CONSTRAINT request_counts_call_id_not_empty CHECK (call_id <> ''),
  CONSTRAINT request_counts_count_positive CHECK (count > 0)
) STRICT, WITHOUT ROWID;

-- Who was given a rule for having passed the number of a day: an operator who removes the rule is not
-- overruled by the next request.
CREATE TABLE quota_blocks (
  day INTEGER NOT NULL,
  applicant_id TEXT NOT NULL,
  -- Milliseconds since the epoch: when the rule ends, and another one may be given.
  until INTEGER NOT NULL,
  PRIMARY KEY (day, applicant_id),
  CONSTRAINT quota_blocks_day_positive CHECK (day > 0),
  CONSTRAINT quota_blocks_applicant_id_not_empty CHECK (applicant_id <> ''),
  CONSTRAINT quota_blocks_until_positive CHECK (until > 0)
) STRICT, WITHOUT ROWID;
