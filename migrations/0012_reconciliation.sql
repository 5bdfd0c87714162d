-- What the last comparison of the friends table with Tencent's own lists found: one row, or none. Its figures
-- are shown together, and nothing looks for one of them.
CREATE TABLE reconciliation (
  id INTEGER NOT NULL,
  -- A JSON object; src/db/reconciliation.ts says what is in it.
  report TEXT NOT NULL,
  PRIMARY KEY (id),
  CONSTRAINT reconciliation_is_one CHECK (id = 1),
  CONSTRAINT reconciliation_report_is_object CHECK (
    CASE WHEN json_valid(report) THEN json_type(report) = 'object' ELSE 0 END
  )
) STRICT;
