-- Accounts that were removed: that they are, where those who keep rows of a user look,
-- and what is left to do about them. Who was removed has no row in inboxes.

ALTER TABLE accounts ADD COLUMN IF NOT EXISTS gone boolean NOT NULL DEFAULT false;

CREATE TABLE IF NOT EXISTS deletions (
	uid  bigint   PRIMARY KEY,
	done smallint NOT NULL, -- steps
	at   bigint   NOT NULL  -- Unix milliseconds; 0 when it is not known
);

CREATE INDEX IF NOT EXISTS members_by_user ON members (uid, conv);

CREATE INDEX IF NOT EXISTS relations_by_peer ON relations (peer, uid);

-- Those of before, of whom much is left.
UPDATE accounts AS a SET gone = true FROM standings AS s WHERE s.uid = a.uid AND s.removed AND NOT a.gone;

DELETE FROM inboxes AS i USING standings AS s WHERE s.uid = i.uid AND s.removed;

INSERT INTO deletions (uid, done, at) SELECT uid, 0, 0 FROM standings WHERE removed ON CONFLICT DO NOTHING;
