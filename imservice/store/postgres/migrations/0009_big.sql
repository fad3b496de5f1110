-- Groups whose messages have no place in inboxes, and messages without one that
-- are to be pushed.

ALTER TABLE groups ADD COLUMN IF NOT EXISTS big boolean NOT NULL DEFAULT false; -- its members are not looked for with it

ALTER TABLE outbox ADD COLUMN IF NOT EXISTS conv uuid   NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000'; -- with cseq, when there is no useq
ALTER TABLE outbox ADD COLUMN IF NOT EXISTS cseq bigint NOT NULL DEFAULT '-9223372036854775808'; -- s64(0)
