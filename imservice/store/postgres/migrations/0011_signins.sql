-- Who was online from when to when, and the lives of the gates that told.

CREATE TABLE IF NOT EXISTS signins (
	uid      bigint   NOT NULL,
	began    bigint   NOT NULL, -- Unix milliseconds
	conn     bigint   NOT NULL,
	gate     text     NOT NULL,
	life     bigint   NOT NULL,
	device   bigint   NOT NULL,
	platform smallint NOT NULL,
	address  text     NOT NULL,
	ended    bigint   NOT NULL, -- Unix milliseconds; 0 while it lasts
	reason   smallint NOT NULL,
	PRIMARY KEY (uid, began, conn, gate)
);

CREATE TABLE IF NOT EXISTS gate_lives (
	gate text   NOT NULL,
	life bigint NOT NULL,
	seen bigint NOT NULL, -- Unix milliseconds
	PRIMARY KEY (gate, life)
);
