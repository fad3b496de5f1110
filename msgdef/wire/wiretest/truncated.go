package wiretest

import (
	"errors"
	"testing"

	"github.com/sim-im/sim/msgdef/wire"
)

// Truncated cuts a message of T at every byte. Only a cut at one of the
// generation boundaries may decode, and leaves nothing of later generations that
// was in the message before; all others are wire.ErrShort.
func Truncated[T any, P Pointer[T]](t *testing.T, generations int) {
	t.Helper()
	filled := P(new(T))
	Fill(filled, &Steady{})
	whole := filled.Append(nil)
	accepted := 0
	for cut := range whole {
		fresh, used := P(new(T)), P(filled.Clone())
		err := fresh.Decode(whole[:cut])
		switch {
		case err == nil:
			accepted++
			if err := used.DecodeAlias(whole[:cut]); err != nil || !used.Equal(fresh) {
				t.Errorf("cut at %d, into a message used before: got %v, %v, want %v", cut, used, err, fresh)
			}
		case !errors.Is(err, wire.ErrShort):
			t.Errorf("cut at %d of %d: got %v, want a short message", cut, len(whole), err)
		}
	}
	if want := generations - 1; accepted != want {
		t.Errorf("%d cuts decode, want %d: one at each generation boundary", accepted, want)
	}
	if err := P(new(T)).Decode(whole); err != nil {
		t.Errorf("the whole message: %v", err)
	}
}
