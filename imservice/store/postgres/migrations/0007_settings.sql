-- What users have set for their conversations, and which messages are not served to
-- them any more.

CREATE TABLE IF NOT EXISTS settings (
	uid   bigint NOT NULL,
	conv  uuid   NOT NULL,
	bytes bytea  NOT NULL,
	PRIMARY KEY (uid, conv)
);

CREATE TABLE IF NOT EXISTS hidden (
	uid  bigint NOT NULL,
	conv uuid   NOT NULL,
	cseq bigint NOT NULL,
	PRIMARY KEY (uid, conv, cseq)
);
