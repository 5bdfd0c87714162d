-- In which ten minutes something authentic arrived: whoever looks can tell that nothing does any more.
CREATE TABLE arrivals (
  -- When the ten minutes began, in milliseconds since the epoch.
  at INTEGER NOT NULL,
  PRIMARY KEY (at)
) STRICT, WITHOUT ROWID;
