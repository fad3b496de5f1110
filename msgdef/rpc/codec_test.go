package rpc

import (
	"reflect"
	"testing"

	"github.com/sim-im/sim/msgdef/wire/wiretest"
)

// each runs a test for every struct with a codec.
func each(t *testing.T, test func(t *testing.T, m wiretest.Message)) {
	for _, m := range samples() {
		t.Run(reflect.TypeOf(m).Elem().Name(), func(t *testing.T) { test(t, m) })
	}
}

func TestRoundTrip(t *testing.T) {
	each(t, func(t *testing.T, m wiretest.Message) {
		wiretest.RoundTrip(t, m, &wiretest.Steady{})
		wiretest.RoundTrip(t, m, &wiretest.Crowd{Depth: 1})
	})
}

func TestBoundedMemory(t *testing.T) { each(t, wiretest.Bounded) }

func TestNoAllocations(t *testing.T) { each(t, wiretest.NoAllocations) }
