-- Groups, who is something in them, the conversations that users have, reactions.

ALTER TABLE conversations ADD COLUMN IF NOT EXISTS count bigint NOT NULL DEFAULT 0; -- of the newest message, as it is

-- bucket is 0, see outbox. listed is the folded name, empty for a group that
-- nobody finds; it compares as bytes.
CREATE TABLE IF NOT EXISTS groups (
	conv   uuid     PRIMARY KEY,
	bucket smallint NOT NULL DEFAULT 0,
	listed bytea    NOT NULL,
	bytes  bytea    NOT NULL
);

CREATE INDEX IF NOT EXISTS groups_by_name ON groups (bucket, listed, conv) WHERE listed <> '';

CREATE TABLE IF NOT EXISTS members (
	conv  uuid     NOT NULL,
	uid   bigint   NOT NULL,
	role  smallint NOT NULL,
	since bigint   NOT NULL,
	muted bigint   NOT NULL, -- Unix milliseconds
	PRIMARY KEY (conv, uid)
);

CREATE TABLE IF NOT EXISTS talks (
	uid  bigint NOT NULL,
	conv uuid   NOT NULL,
	PRIMARY KEY (uid, conv)
);

CREATE TABLE IF NOT EXISTS reactions (
	conv  uuid   NOT NULL,
	cseq  bigint NOT NULL,
	uid   bigint NOT NULL,
	emoji text   NOT NULL,
	PRIMARY KEY (conv, cseq, uid)
);

-- Those of pairs that have talked before. A pair is two user ids of 8 bytes; the
-- ids of groups begin with 8 bytes of 0.
INSERT INTO talks (uid, conv)
SELECT s64(('x' || lpad(substr(replace(conv::text, '-', ''), part, 16), 16, '0'))::bit(64)::bigint::numeric
	+ CASE WHEN ('x' || substr(replace(conv::text, '-', ''), part, 16))::bit(64)::bigint < 0 THEN 18446744073709551616 ELSE 0 END), conv
FROM conversations, (VALUES (1), (17)) AS parts (part)
WHERE substr(replace(conv::text, '-', ''), 1, 16) <> '0000000000000000'
ON CONFLICT DO NOTHING;
