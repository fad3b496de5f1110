-- How users show themselves, and the names that they are found by.

CREATE TABLE IF NOT EXISTS profiles (
	uid   bigint PRIMARY KEY,
	bytes bytea  NOT NULL
);

-- bucket is 0, see outbox. name is folded, and compares as bytes.
CREATE TABLE IF NOT EXISTS people_names (
	bucket smallint NOT NULL DEFAULT 0,
	name   bytea    NOT NULL,
	kind   smallint NOT NULL,
	uid    bigint   NOT NULL,
	PRIMARY KEY (bucket, name, kind, uid)
);

-- Accounts from before. The database folds them, which may leave capital letters
-- beyond those of ASCII as they are.
INSERT INTO people_names (name, kind, uid)
SELECT convert_to(lower(convert_from(name, 'UTF8')), 'UTF8'), 1, uid FROM accounts WHERE length(name) <= 256
ON CONFLICT DO NOTHING;
