package benchmark

import (
	"bytes"
	"testing"

	"github.com/sim-im/sim/msgdef/wire/wiretest"
)

// hand is the hand-written codec of a message.
type hand[T any] struct {
	encode        func(*T, []byte) []byte
	decode, alias func(*T, []byte) error
}

// TestHand proves that both codecs of each message do the same.
func TestHand(t *testing.T) {
	agree(t, new(chat()), hand[Chat]{handAppendChat, handDecodeChat, handAliasChat})
	agree(t, new(small()), hand[Small]{handAppendSmall, handDecodeSmall, handAliasSmall})
	agree(t, new(chats()), hand[Chats]{handAppendChats, handDecodeChats, handAliasChats})
}

func agree[T any, P wiretest.Pointer[T]](t *testing.T, sample P, by hand[T]) {
	t.Helper()
	encoded := sample.Append(nil)
	if got := by.encode(sample, nil); !bytes.Equal(got, encoded) {
		t.Fatalf("%T by hand is %x, generated %x", sample, got, encoded)
	}
	t.Logf("%T: %d bytes", sample, len(encoded))
	for _, decode := range []func(*T, []byte) error{by.decode, by.alias} {
		var out T
		if err := decode(&out, encoded); err != nil || !sample.Equal(&out) {
			t.Fatalf("by hand %+v, %v", out, err)
		}
		for cut := range encoded {
			if decode(&out, encoded[:cut]) == nil {
				t.Fatalf("%T cut to %d bytes is accepted by hand", sample, cut)
			}
		}
	}
}
