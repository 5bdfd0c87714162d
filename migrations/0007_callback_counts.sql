-- How many callbacks were passed on to the app's backend, and what became of the others.
CREATE TABLE callback_counts (
  -- When the five minutes began, in milliseconds since the epoch.
  at INTEGER NOT NULL,
  -- The part of the command before the dot: C2C, Group, State …
  family TEXT NOT NULL,
  outcome TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (at, family, outcome),
  CONSTRAINT callback_counts_family_not_empty CHECK (family <> ''),
  CONSTRAINT callback_counts_outcome_not_empty CHECK (outcome <> ''),
  CONSTRAINT callback_counts_count_positive CHECK (count > 0)
) STRICT, WITHOUT ROWID;
