package pebble

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"
	"time"

	engine "github.com/cockroachdb/pebble/v2"

	"github.com/sim-im/sim/imservice/store"
)

// PutToken implements store.Accounts. The new token always stays; a limit
// below 1 counts as 1.
func (s *Store) PutToken(token store.Token, limit int, now time.Time) error {
	if err := s.enterToWrite(); err != nil {
		return err
	}
	defer s.life.RUnlock()
	s.accounts.Lock()
	defer s.accounts.Unlock()
	others, err := s.tokensOf(token.UID, token.Hash)
	if err != nil {
		return err
	}
	batch := s.db.NewBatch()
	for _, t := range superfluous(others, max(limit, 1)-1, now) {
		batch.Delete(appendTokenKey(nil, t.Hash), nil)
		batch.Delete(appendTokensOfKey(nil, t.UID, t.Hash), nil)
	}
	setToken(batch, token)
	return s.write(batch, engine.Sync)
}

// superfluous returns the tokens to drop so that at most keep of them stay,
// none of them expired. It sorts tokens.
func superfluous(tokens []store.Token, keep int, now time.Time) []store.Token {
	slices.SortFunc(tokens, func(a, b store.Token) int {
		return cmp.Or(a.Expires.Compare(b.Expires), bytes.Compare(a.Hash[:], b.Hash[:]))
	})
	drop := max(len(tokens)-keep, 0)
	for drop < len(tokens) && !tokens[drop].Expires.After(now) {
		drop++
	}
	return tokens[:drop]
}

// tokensOf returns the tokens of a user without the one given.
func (s *Store) tokensOf(uid uint64, without [32]byte) (tokens []store.Token, err error) {
	prefix := appendTokensOfPrefix(nil, uid)
	c, err := s.scanPrefix(prefix)
	if err != nil {
		return nil, err
	}
	for ok := c.First(); ok; ok = c.Next() {
		var value []byte
		if value, err = c.value(); err != nil {
			break
		}
		key := c.Key()
		if len(key) != tokensOfKeySize || len(value) != numberSize {
			err = badRow(key, "token row of a wrong length")
			break
		}
		t := store.Token{UID: uid, Hash: [32]byte(key[len(prefix):]), Expires: expiry(value)}
		if t.Hash != without {
			tokens = append(tokens, t)
		}
	}
	return tokens, c.close(err)
}

func setToken(batch *engine.Batch, t store.Token) {
	expires := binary.BigEndian.AppendUint64(nil, uint64(t.Expires.UnixMilli()))
	owner := binary.BigEndian.AppendUint64(make([]byte, 0, tokenSize), t.UID)
	batch.Set(appendTokenKey(nil, t.Hash), append(owner, expires...), nil)
	batch.Set(appendTokensOfKey(nil, t.UID, t.Hash), expires, nil)
}

// TokenByHash implements store.Accounts.
func (s *Store) TokenByHash(hash [32]byte) (t store.Token, err error) {
	key := appendTokenKey(nil, hash)
	err = s.get(key, func(value []byte) error {
		if len(value) != tokenSize {
			return badRow(key, "token row of a wrong length")
		}
		t = store.Token{Hash: hash, UID: binary.BigEndian.Uint64(value), Expires: expiry(value[8:])}
		return nil
	})
	return t, err
}

// expiry reads 8 bytes of Unix milliseconds.
func expiry(value []byte) time.Time {
	return time.UnixMilli(int64(binary.BigEndian.Uint64(value))).UTC()
}
