package storetest

import (
	"math"
	"strings"
	"testing"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
)

func testPushTokens(t *testing.T, place func(t *testing.T) Opener) {
	cases{
		"put":       testPutPushToken,
		"replace":   testReplacePushToken,
		"moves":     testPushTokenMoves,
		"limit":     testPushTokenLimit,
		"drop":      testDropPushToken,
		"ownership": testPushTokenOwnership,
	}.run(t, place)
	t.Run("reopen", func(t *testing.T) { testPushTokensLast(t, place(t)) })
}

// pushToken is a token of one provider, set when its device's number says.
func pushToken(uid, device uint64, token string) store.PushToken {
	return store.PushToken{UID: uid, Device: device, Provider: msgdef.PushAPNs, Token: []byte(token), Set: int64(device)}
}

// putPush puts a token and returns the devices whose tokens went.
func putPush(t *testing.T, s store.Store, token store.PushToken, limit int) (gone [][2]uint64) {
	t.Helper()
	tokens, err := s.PutPushToken(token, limit)
	for _, old := range value(t, tokens, err) {
		gone = append(gone, [2]uint64{old.UID, old.Device})
	}
	return gone
}

// pushesOf lists the devices of a user with their tokens.
func pushesOf(t *testing.T, s store.Store, uid uint64) map[uint64]string {
	t.Helper()
	tokens, err := s.PushTokensOf(uid)
	found := map[uint64]string{}
	last := uint64(0)
	for _, token := range value(t, tokens, err) {
		if token.UID != uid || token.Device <= last {
			t.Fatalf("device %d of %d after %d of %d", token.Device, token.UID, last, uid)
		}
		last = token.Device
		found[token.Device] = string(token.Token)
		one, err := s.PushToken(uid, token.Device)
		equal(t, "one token", value(t, one, err), token)
	}
	return found
}

func count(t *testing.T, s store.Store) int {
	t.Helper()
	n, err := s.PushTokenCount()
	return value(t, n, err)
}

func testPutPushToken(t *testing.T, s store.Store) {
	_, err := s.PushToken(1, 2)
	wantErr(t, err, store.ErrNotFound)
	equal(t, "none", pushesOf(t, s, 1), map[uint64]string{})
	longest := strings.Repeat("\xff", 1024)
	want := store.PushToken{UID: 1, Device: math.MaxUint64, Provider: 255, Token: []byte(longest), Set: -1}
	equal(t, "gone", putPush(t, s, want, 9), nil)
	putPush(t, s, pushToken(1, 2, "\x00"), 9)
	putPush(t, s, pushToken(2, 2, "another"), 9)
	got, err := s.PushToken(1, math.MaxUint64)
	equal(t, "token", value(t, got, err), want)
	equal(t, "of 1", pushesOf(t, s, 1), map[uint64]string{2: "\x00", math.MaxUint64: longest})
	equal(t, "of 2", pushesOf(t, s, 2), map[uint64]string{2: "another"})
	equal(t, "count", count(t, s), 3)
	if _, err := s.PutPushToken(pushToken(1, 3, ""), 9); err == nil {
		t.Fatal("an empty token was stored")
	}
}

func testReplacePushToken(t *testing.T, s store.Store) {
	putPush(t, s, pushToken(1, 2, "old"), 9)
	equal(t, "gone", putPush(t, s, pushToken(1, 2, "new"), 9), [][2]uint64{{1, 2}})
	equal(t, "gone for the same", putPush(t, s, pushToken(1, 2, "new"), 9), [][2]uint64{{1, 2}})
	equal(t, "left", pushesOf(t, s, 1), map[uint64]string{2: "new"})
	// The old one belongs to nobody any more.
	equal(t, "gone for another device", putPush(t, s, pushToken(3, 4, "old"), 9), nil)
	equal(t, "still", pushesOf(t, s, 1), map[uint64]string{2: "new"})
	equal(t, "count", count(t, s), 2)
}

func testPushTokenMoves(t *testing.T, s store.Store) {
	putPush(t, s, pushToken(1, 2, "t"), 9)
	equal(t, "to another device", putPush(t, s, pushToken(1, 3, "t"), 9), [][2]uint64{{1, 2}})
	equal(t, "left", pushesOf(t, s, 1), map[uint64]string{3: "t"})
	putPush(t, s, pushToken(5, 3, "mine"), 9)
	equal(t, "to another user", putPush(t, s, pushToken(5, 3, "t"), 9), [][2]uint64{{5, 3}, {1, 3}})
	equal(t, "left of the first", pushesOf(t, s, 1), map[uint64]string{})
	equal(t, "left of the second", pushesOf(t, s, 5), map[uint64]string{3: "t"})
	other := pushToken(6, 3, "t")
	other.Provider = msgdef.PushFCM
	equal(t, "the same of another provider", putPush(t, s, other, 9), nil)
	equal(t, "count", count(t, s), 2)
}

func testPushTokenLimit(t *testing.T, s store.Store) {
	for _, device := range []uint64{5, 3, 4} {
		putPush(t, s, pushToken(1, device, string(rune('0'+device))), 3)
	}
	putPush(t, s, pushToken(2, 1, "of another"), 1)
	equal(t, "the first set goes", putPush(t, s, pushToken(1, 2, "2"), 3), [][2]uint64{{1, 3}})
	equal(t, "left", pushesOf(t, s, 1), map[uint64]string{2: "2", 4: "4", 5: "5"})
	equal(t, "a new one of a device is none more", putPush(t, s, pushToken(1, 4, "44"), 3), [][2]uint64{{1, 4}})
	equal(t, "no limit is 1", len(putPush(t, s, pushToken(1, 9, "9"), 0)), 3)
	equal(t, "left", pushesOf(t, s, 1), map[uint64]string{9: "9"})
	equal(t, "another's", pushesOf(t, s, 2), map[uint64]string{1: "of another"})
}

func testDropPushToken(t *testing.T, s store.Store) {
	drop := func(uid, device uint64, token []byte, want bool) {
		t.Helper()
		got, err := s.DropPushToken(uid, device, token)
		equal(t, "dropped", value(t, got, err), want)
	}
	drop(1, 2, nil, false)
	putPush(t, s, pushToken(1, 2, "t"), 9)
	putPush(t, s, pushToken(1, 3, "u"), 9)
	drop(1, 2, []byte("other"), false)
	drop(2, 2, nil, false)
	drop(1, 2, []byte{}, false)
	drop(1, 2, []byte("t"), true)
	drop(1, 2, []byte("t"), false)
	drop(1, 3, nil, true)
	equal(t, "left", pushesOf(t, s, 1), map[uint64]string{})
	equal(t, "nobody had it", putPush(t, s, pushToken(7, 7, "t"), 9), nil)
	equal(t, "count", count(t, s), 1)
}

func testPushTokenOwnership(t *testing.T, s store.Store) {
	token := pushToken(1, 2, "mine")
	putPush(t, s, token, 9)
	copy(token.Token, "gone")
	for range 2 {
		got, err := s.PushToken(1, 2)
		equal(t, "token", string(value(t, got, err).Token), "mine")
		copy(got.Token, "gone")
		list, err := s.PushTokensOf(1)
		copy(value(t, list, err)[0].Token, "gone")
	}
}

func testPushTokensLast(t *testing.T, at Opener) {
	s := open(t, at)
	putPush(t, s, pushToken(1, 2, "t"), 9)
	putPush(t, s, pushToken(1, 3, "u"), 9)
	_, err := s.DropPushToken(1, 3, nil)
	ok(t, err)
	ok(t, s.Close())
	equal(t, "left", pushesOf(t, open(t, at), 1), map[uint64]string{2: "t"})
}
