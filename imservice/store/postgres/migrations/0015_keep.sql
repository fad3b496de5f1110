-- For how many days new messages of a pair live, in the row that its writers lock. -1 says
-- that it is to be found in the settings of the two: what was said before there was this.

ALTER TABLE conversations ADD COLUMN IF NOT EXISTS keep integer NOT NULL DEFAULT 0;

UPDATE conversations SET keep = -1 WHERE conv IN (SELECT conv FROM settings);
