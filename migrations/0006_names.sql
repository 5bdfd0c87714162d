-- One word for one thing, from the callback to the column: what orders the events of a pair is its
-- order key, and a friend response has a responder and an applicant.
-- Code from before this migration finds its columns no more: its messages wait until the new code
-- is there, which `npm run deploy` uploads next. docs/deploy.md, "Going back", has the way back.
ALTER TABLE friends RENAME COLUMN version TO order_key;
ALTER TABLE erasures RENAME COLUMN version TO order_key;
ALTER TABLE friend_responses RENAME COLUMN from_id TO responder_id;
ALTER TABLE friend_responses RENAME COLUMN to_id TO applicant_id;
