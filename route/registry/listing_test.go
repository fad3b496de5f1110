package registry_test

import (
	"slices"
	"sync"
	"testing"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/route/registry"
)

func TestListing(t *testing.T) {
	var l registry.Listing
	a, b := registry.Instance{Region: "a", ID: "2"}, registry.Instance{Region: "b", ID: "1"}
	changed := l.Changed()
	if l.Set(nil) || !l.Set([]registry.Instance{b, a}) {
		t.Error("Set tells the wrong thing")
	}
	<-changed
	if got := l.Instances(); !slices.Equal(got, []registry.Instance{a, b}) {
		t.Errorf("listed %v", got)
	}
	changed = l.Changed()
	if l.Set([]registry.Instance{a, b}) {
		t.Error("the same in another order is a change")
	}
	select {
	case <-changed:
		t.Error("woken by nothing")
	default:
	}
}

// TestListingWakes has readers wait for the last of many changes.
func TestListingWakes(t *testing.T) {
	var l registry.Listing
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for {
				changed := l.Changed()
				if i := l.Instances(); len(i) == 1 && i[0].Epoch == 500 {
					return
				}
				<-changed
			}
		})
	}
	for n := range uint64(501) {
		l.Set([]registry.Instance{{ID: "i", Epoch: n}})
	}
	readers.Wait()
}

func TestPresence(t *testing.T) {
	var p registry.Presence
	if got := p.AppendTo(nil, 1); got != nil {
		t.Errorf("without a session: %v", got)
	}
	p.Add(5, 30)
	p.Add(6, 10)
	p.Add(5, 20)
	if got := p.AppendTo(nil, 1); !slices.Equal(got, []msgdef.Online{{UID: 1, Devices: 2, Since: 10}}) {
		t.Errorf("with three sessions of two devices: %v", got)
	}
}
