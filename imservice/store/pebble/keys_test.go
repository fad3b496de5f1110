package pebble

import (
	"bytes"
	"maps"
	"math"
	"os"
	"reflect"
	"regexp"
	"slices"
	"testing"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
)

// tables are all that there are. No two have the same first byte, or this does not
// compile.
var tables = map[byte]struct{}{
	tableMessage:    {},
	tableInbox:      {},
	tableSent:       {},
	tableRead:       {},
	tableDevice:     {},
	tableAccount:    {},
	tableName:       {},
	tableStanding:   {},
	tableFamily:     {},
	tableFamilyOf:   {},
	tableEviction:   {},
	tableToken:      {},
	tableTokensOf:   {},
	tableGroup:      {},
	tableListed:     {},
	tableMember:     {},
	tableTalk:       {},
	tableReaction:   {},
	tablePin:        {},
	tableExpiry:     {},
	tableLater:      {},
	tableLaterAt:    {},
	tableSetting:    {},
	tableHidden:     {},
	tableRelation:   {},
	tableTally:      {},
	tableBars:       {},
	tableProfile:    {},
	tableFound:      {},
	tableOutbox:     {},
	tablePush:       {},
	tablePushedTo:   {},
	tableTerm:       {},
	tableMedia:      {},
	tableSignIn:     {},
	tableDeletion:   {},
	tableMeta:       {},
	tableInboxFloor: {},
	tableConvFloor:  {},
	tableSentFloor:  {},
}

// Tables returns the first bytes of their keys.
func Tables() []byte { return slices.Collect(maps.Keys(tables)) }

// TestTables has every table of keys.go be one of them.
func TestTables(t *testing.T) {
	source, err := os.ReadFile("keys.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range regexp.MustCompile(`(?m)^\ttable\w+ += ('.'|0x00)$`).FindAll(source, -1) {
		letter := byte(0)
		if i := bytes.IndexByte(name, '\''); i > 0 {
			letter = name[i+1]
		}
		if _, known := tables[letter]; !known {
			t.Errorf("%s is not among the tables here", name)
		}
	}
}

// TestKeysSort checks that keys of a table sort as their numbers do.
func TestKeysSort(t *testing.T) {
	numbers := []uint64{0, 1, 255, 256, 1 << 32, math.MaxUint64 - 1, math.MaxUint64}
	for name, key := range map[string]func(a, b uint64) []byte{
		"message": func(a, b uint64) []byte { return appendMessageKey(nil, msgdef.Pair(a, math.MaxUint64), b) },
		"inbox":   func(a, b uint64) []byte { return appendInboxKey(nil, a, b) },
		"sent":    func(a, b uint64) []byte { return appendSentKey(nil, 7, a, b) },
		"device":  func(a, b uint64) []byte { return appendDeviceKey(nil, a, b) },
		"family":  func(a, b uint64) []byte { return appendFamilyOfKey(nil, a, b) },
		"push":    func(a, b uint64) []byte { return appendPushKey(nil, a, b) },
		"hidden": func(a, b uint64) []byte {
			return appendHiddenKey(nil, store.TalkName{UID: a, Conv: msgdef.Pair(a, 1)}, b)
		},
	} {
		var keys [][]byte
		for _, a := range numbers {
			for _, b := range numbers {
				keys = append(keys, key(a, b))
			}
		}
		if !slices.IsSortedFunc(keys, bytes.Compare) {
			t.Errorf("%s keys are not in the order of their numbers", name)
		}
	}
}

func TestKeySizes(t *testing.T) {
	var conv msgdef.Conversation
	var hash [32]byte
	for _, test := range []struct {
		key  []byte
		size int
	}{
		{appendMessageKey(nil, conv, 1), messageKeySize},
		{appendInboxKey(nil, 1, 2), inboxKeySize},
		{appendSentKey(nil, 1, 2, 3), sentKeySize},
		{appendReadKey(nil, 1, conv), readKeySize},
		{appendDeviceKey(nil, 1, 2), deviceKeySize},
		{appendAccountKey(nil, 1), accountKeySize},
		{appendFamilyKey(nil, hash), familyKeySize},
		{appendFamilyOfKey(nil, 1, 2), familyOfKeySize},
		{appendEvictionKey(nil, store.Eviction{UID: 1, Device: 2}), evictionKeySize},
		{appendTokenKey(nil, hash), tokenKeySize},
		{appendTokensOfKey(nil, 1, hash), tokensOfKeySize},
		{appendSettingKey(nil, store.TalkName{UID: 1}), settingKeySize},
		{appendHiddenKey(nil, store.TalkName{UID: 1}, 2), hiddenKeySize},
		{appendOutboxKey(nil, 1), outboxKeySize},
		{appendPushKey(nil, 1, 2), pushKeySize},
		{appendMediaKey(nil, mediaKnown, conv), mediaKeySize},
		{appendCarriedKey(nil, &store.CarriedRow{CSeq: 1}), carriedKeySize},
		{appendPushedToKey(nil, 1, []byte("token")), pushedToKeySize},
	} {
		if len(test.key) != test.size {
			t.Errorf("key %q has %d bytes, its constant says %d", test.key, len(test.key), test.size)
		}
	}
}

func TestAfterPrefix(t *testing.T) {
	for _, test := range []struct{ prefix, want string }{
		{"a", "b"}, {"a\x00", "a\x01"}, {"a\xff", "b"}, {"a\xff\xff", "b"}, {"a\xfeb", "a\xfec"},
	} {
		after := appendAfterPrefix(nil, []byte(test.prefix))
		if string(after) != test.want {
			t.Errorf("after %q comes %q, want %q", test.prefix, after, test.want)
		}
	}
}

// FuzzDecodeRows feeds arbitrary values to every decoder of a row.
func FuzzDecodeRows(f *testing.F) {
	f.Add([]byte{})
	f.Add(make([]byte, sentSize))
	f.Add([]byte{0, 0, 0, 0, 0, 0, 0, 1, 0xff, 0xff, 'n'})
	f.Fuzz(func(t *testing.T, value []byte) {
		if conv, cseq, ok := decodePointer(value); ok && !bytes.Equal(appendPointer(nil, conv, cseq), value) {
			t.Error("a pointer does not encode to what it was decoded from")
		}
		if row, ok := decodeDevice(value); ok && !bytes.Equal(appendDevice(nil, row), value) {
			t.Error("a device does not encode to what it was decoded from")
		}
		if a, ok := decodeAccount(value); ok && !bytes.Equal(appendAccount(nil, a), value) {
			t.Error("an account does not encode to what it was decoded from")
		}
		if row, ok := decodeOutbox(value); ok && !bytes.Equal(appendOutbox(nil, &row), value) {
			t.Error("an outbox row does not encode to what it was decoded from")
		}
		if f, ok := decodeFamily(value); ok {
			row := appendFamily(nil, f)
			again, ok := decodeFamily(row)
			if older := len(row) != len(value); !ok || !reflect.DeepEqual(again, f) || !older && !bytes.Equal(row, value) {
				t.Error("a family does not encode to what it was decoded from")
			}
		}
		if d, ok := decodeStanding(value); ok && !bytes.Equal(appendStanding(nil, d), value) {
			t.Error("a standing does not encode to what it was decoded from")
		}
		if e, ok := decodeEviction(value); ok && !bytes.Equal(appendEviction(nil, e), value) {
			t.Error("an eviction does not encode to what it was decoded from")
		}
		if token, ok := decodePush(value); ok && !bytes.Equal(appendPush(nil, token), value) {
			t.Error("a push token does not encode to what it was decoded from")
		}
		decodeSent(value)
	})
}
