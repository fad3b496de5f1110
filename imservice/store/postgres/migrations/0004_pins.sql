-- The messages that are pinned, by conversation. Those that were pinned before come
-- in when they are pinned anew.

CREATE TABLE IF NOT EXISTS pins (
	conv uuid   NOT NULL,
	cseq bigint NOT NULL,
	PRIMARY KEY (conv, cseq)
);
