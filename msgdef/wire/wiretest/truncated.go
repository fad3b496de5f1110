package wiretest

import (
	"errors"
	"testing"

	"github.com/sim-im/sim/msgdef/wire"
)

// Truncated cuts a message of T at every byte. Only a cut at one of the
// generation boundaries may decode; all others are wire.ErrShort.
func Truncated[T any, P Pointer[T]](t *testing.T, generations int) {
	t.Helper()
	filled := P(new(T))
	Fill(filled, &Steady{})
	whole := filled.Append(nil)
	accepted := 0
	for cut := range whole {
		err := P(new(T)).Decode(whole[:cut])
		switch {
		case err == nil:
			accepted++
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
