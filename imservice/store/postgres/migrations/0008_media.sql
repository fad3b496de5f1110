-- Media: what is known of them, which messages carry them, those that perhaps no
-- message carries, and those that were dropped and whose bytes may still be there.

CREATE TABLE IF NOT EXISTS media (
	id    uuid  PRIMARY KEY,
	bytes bytea NOT NULL
);

-- What is carried is there: a drop and a message that are made at once are in each
-- other's way.
CREATE TABLE IF NOT EXISTS media_carried (
	id   uuid   NOT NULL REFERENCES media (id),
	conv uuid   NOT NULL,
	cseq bigint NOT NULL,
	PRIMARY KEY (id, conv, cseq)
);

-- bucket is 0, see outbox.
CREATE TABLE IF NOT EXISTS media_loose (
	id     uuid     PRIMARY KEY,
	bucket smallint NOT NULL DEFAULT 0,
	since  bigint   NOT NULL -- Unix milliseconds
);

CREATE INDEX IF NOT EXISTS media_loose_by_time ON media_loose (bucket, since);

CREATE TABLE IF NOT EXISTS media_dropped (
	id uuid PRIMARY KEY
);
