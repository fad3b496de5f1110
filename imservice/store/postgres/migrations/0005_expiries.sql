-- The messages that nobody may read from a time on, by that time.

-- bucket is 0, see outbox.
CREATE TABLE IF NOT EXISTS expiries (
	bucket smallint NOT NULL DEFAULT 0,
	at     bigint   NOT NULL, -- Unix milliseconds
	conv   uuid     NOT NULL,
	cseq   bigint   NOT NULL,
	PRIMARY KEY (bucket, at, conv, cseq)
);
