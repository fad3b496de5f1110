-- Every statement can be run again: YSQL commits each change of the schema by
-- itself, so a migration that was cut short begins anew.
--
-- bigint columns that hold ids, sequences, counters and generations are numbers
-- of 64 bits without a sign, less 2^63; u64() and s64() translate. Moments are
-- Unix milliseconds, as they are.

CREATE OR REPLACE FUNCTION u64(n bigint) RETURNS numeric LANGUAGE sql IMMUTABLE STRICT
AS $$ SELECT n::numeric + 9223372036854775808 $$;

CREATE OR REPLACE FUNCTION s64(n numeric) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT
AS $$ SELECT (n - 9223372036854775808)::bigint $$;

-- The one row says who the store is, and counts accounts and processes.
CREATE TABLE IF NOT EXISTS identity (
	id        smallint PRIMARY KEY CHECK (id = 0),
	epoch     bigint NOT NULL,
	accounts  bigint NOT NULL, -- the last uid, as it is
	instances bigint NOT NULL  -- that have opened the store, as it is
);

CREATE TABLE IF NOT EXISTS messages (
	conv  uuid   NOT NULL,
	cseq  bigint NOT NULL,
	bytes bytea  NOT NULL,
	PRIMARY KEY (conv, cseq)
);

-- The newest message of a conversation, and the row that its writers lock.
CREATE TABLE IF NOT EXISTS conversations (
	conv uuid   PRIMARY KEY,
	cseq bigint NOT NULL,
	at   bigint NOT NULL
);

CREATE TABLE IF NOT EXISTS inbox (
	uid  bigint NOT NULL,
	useq bigint NOT NULL,
	conv uuid   NOT NULL,
	cseq bigint NOT NULL,
	PRIMARY KEY (uid, useq)
);

-- The newest entry of an inbox, and the row that its writers lock. It is made
-- with the account.
CREATE TABLE IF NOT EXISTS inboxes (
	uid  bigint PRIMARY KEY,
	useq bigint NOT NULL
);

CREATE TABLE IF NOT EXISTS sent (
	uid     bigint NOT NULL,
	device  bigint NOT NULL,
	counter bigint NOT NULL,
	conv    uuid   NOT NULL,
	cseq    bigint NOT NULL,
	useq    bigint NOT NULL,
	PRIMARY KEY (uid, device, counter)
);

CREATE TABLE IF NOT EXISTS reads (
	uid  bigint NOT NULL,
	conv uuid   NOT NULL,
	cseq bigint NOT NULL,
	PRIMARY KEY (uid, conv)
);

CREATE TABLE IF NOT EXISTS devices (
	uid    bigint NOT NULL,
	device bigint NOT NULL,
	cursor bigint NOT NULL,
	seen   bigint NOT NULL,
	PRIMARY KEY (uid, device)
);

CREATE TABLE IF NOT EXISTS accounts (
	uid      bigint PRIMARY KEY,
	name     bytea  NOT NULL UNIQUE,
	password bytea  NOT NULL,
	created  bigint NOT NULL
);

-- tokens are 48 bytes each: SHA-256, issued, expires.
CREATE TABLE IF NOT EXISTS families (
	id      bytea  PRIMARY KEY,
	uid     bigint NOT NULL,
	device  bigint NOT NULL,
	used    bigint NOT NULL,
	expires bigint NOT NULL,
	tokens  bytea  NOT NULL,
	UNIQUE (uid, device)
);

-- What LockUser locks, and nothing else.
CREATE TABLE IF NOT EXISTS user_locks (
	uid bigint PRIMARY KEY
);

CREATE TABLE IF NOT EXISTS standings (
	uid        bigint  PRIMARY KEY,
	generation bigint  NOT NULL,
	banned     boolean NOT NULL,
	removed    boolean NOT NULL,
	until      bigint  NOT NULL,
	reason     bytea   NOT NULL
);

CREATE TABLE IF NOT EXISTS evictions (
	uid        bigint  NOT NULL,
	device     bigint  NOT NULL,
	generation bigint  NOT NULL,
	code       integer NOT NULL,
	detail     bytea   NOT NULL,
	at         bigint  NOT NULL,
	PRIMARY KEY (uid, device)
);

-- bucket is 0: YSQL spreads rows by a hash of the first column of a key, and
-- these are read in the order of the second.
CREATE TABLE IF NOT EXISTS outbox (
	bucket smallint NOT NULL DEFAULT 0,
	id     bigint   NOT NULL,
	uid    bigint   NOT NULL,
	device bigint   NOT NULL,
	useq   bigint   NOT NULL,
	at     bigint   NOT NULL,
	held   bigint   NOT NULL DEFAULT 0, -- until when a push service has it
	PRIMARY KEY (bucket, id)
);

CREATE INDEX IF NOT EXISTS outbox_by_hold ON outbox (bucket, held, id);

CREATE TABLE IF NOT EXISTS push_tokens (
	uid      bigint   NOT NULL,
	device   bigint   NOT NULL,
	provider smallint NOT NULL,
	token    bytea    NOT NULL,
	set_at   bigint   NOT NULL,
	PRIMARY KEY (uid, device),
	UNIQUE (token, provider)
);

CREATE TABLE IF NOT EXISTS terms (
	region bytea  PRIMARY KEY,
	term   bigint NOT NULL,
	holder bytea  NOT NULL DEFAULT '',
	until  bigint NOT NULL DEFAULT 0 -- by the clock of the database
);
