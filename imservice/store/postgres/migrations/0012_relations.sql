-- What users are to each other: a row for each of the two, how many they have of
-- each kind, and what writing to a pair depends on, in the row that its writers lock.

CREATE TABLE IF NOT EXISTS relations (
	uid   bigint NOT NULL,
	peer  bigint NOT NULL,
	bytes bytea  NOT NULL,
	PRIMARY KEY (uid, peer)
);

-- The counts are as they are.
CREATE TABLE IF NOT EXISTS tallies (
	uid     bigint PRIMARY KEY,
	friends bigint NOT NULL,
	asked   bigint NOT NULL,
	asking  bigint NOT NULL,
	blocked bigint NOT NULL
);

ALTER TABLE conversations ADD COLUMN IF NOT EXISTS bars smallint NOT NULL DEFAULT 0;
