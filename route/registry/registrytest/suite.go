package registrytest

import (
	"testing"
	"time"

	"github.com/sim-im/sim/route/registry"
)

// World is what processes of one test share.
type World interface {
	// Open returns the registry of another process. The suite closes it.
	Open() registry.Registry

	// Lose forgets everything, as a server that is killed and started again. It
	// returns when it can be reached.
	Lose()

	// Away makes it unreachable until Back.
	Away()
	Back()
}

// Place makes a World, empty at first, whose leases last as long as it says.
type Place func(t testing.TB, lease time.Duration) World

// How long leases last: patient ones do not end within a test by themselves;
// brief ones do, and are renewed often enough for a busy machine.
const (
	patient = time.Minute
	brief   = 1500 * time.Millisecond
)

// Run runs the suite. Each test gets a world of its own.
func Run(t *testing.T, place Place) {
	for _, part := range []struct {
		name  string
		tests map[string]func(t *testing.T, place Place)
	}{
		{"listing", map[string]func(*testing.T, Place){
			"announce":    announce,
			"withdraw":    withdraw,
			"changed":     changed,
			"crash":       crash,
			"epochs":      epochs,
			"invalid":     invalid,
			"after close": afterClose,
		}},
		{"trouble", map[string]func(*testing.T, Place){
			"lost":            lost,
			"away":            away,
			"absent at start": absent,
			"image lost":      imageLost,
			"image away":      imageAway,
		}},
		{"image", map[string]func(*testing.T, Place){
			"wants":      wants,
			"parts":      parts,
			"replaces":   replaces,
			"repeats":    repeats,
			"refuses":    refuses,
			"superseded": superseded,
			"large":      large,
		}},
		{"online", map[string]func(*testing.T, Place){
			"devices":   devices,
			"bounds":    bounds,
			"dead gate": deadGate,
		}},
		{"sweep", map[string]func(*testing.T, Place){
			"dead gate": sweepDead,
			"replaced":  sweepReplaced,
			"regions":   sweepRegions,
			"terms":     terms,
			"arguments": sweepArguments,
		}},
	} {
		t.Run(part.name, func(t *testing.T) {
			for name, test := range part.tests {
				t.Run(name, func(t *testing.T) { test(t, place) })
			}
		})
	}
}
