-- Families know the generation of their account that they began in; of those of
-- before it is not known, which is the greatest. Evictions know who stays: nobody
-- in those of before.

ALTER TABLE families ADD COLUMN IF NOT EXISTS since bigint NOT NULL DEFAULT 9223372036854775807;

ALTER TABLE evictions
	ADD COLUMN IF NOT EXISTS stays_device bigint NOT NULL DEFAULT -9223372036854775808,
	ADD COLUMN IF NOT EXISTS stays_gate   bytea  NOT NULL DEFAULT '',
	ADD COLUMN IF NOT EXISTS stays_conn   bigint NOT NULL DEFAULT -9223372036854775808;
