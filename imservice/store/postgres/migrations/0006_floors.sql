-- What was dropped of inboxes, of conversations, and of what devices have sent. The
-- heads of inboxes and conversations stay in their own rows.

CREATE TABLE IF NOT EXISTS inbox_floors (
	uid  bigint PRIMARY KEY,
	useq bigint NOT NULL
);

CREATE TABLE IF NOT EXISTS conversation_floors (
	conv  uuid   PRIMARY KEY,
	cseq  bigint NOT NULL,
	at    bigint NOT NULL,
	count bigint NOT NULL -- as it is
);

CREATE TABLE IF NOT EXISTS sent_floors (
	uid     bigint NOT NULL,
	device  bigint NOT NULL,
	counter bigint NOT NULL,
	PRIMARY KEY (uid, device)
);
