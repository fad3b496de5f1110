-- Messages that wait to be sent, by their author and by their time.

-- bucket is 0, see outbox.
CREATE TABLE IF NOT EXISTS laters (
	uid    bigint   NOT NULL,
	cseq   bigint   NOT NULL,
	bucket smallint NOT NULL DEFAULT 0,
	at     bigint   NOT NULL, -- Unix milliseconds
	bytes  bytea    NOT NULL,
	PRIMARY KEY (uid, cseq)
);

CREATE INDEX IF NOT EXISTS laters_due ON laters (bucket, at, uid, cseq);
