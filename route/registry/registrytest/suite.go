package registrytest

import (
	"testing"
	"time"

	"github.com/sim-im/sim/route/registry"
)

// Calm is what processes of one test share, and is there all the time.
type Calm interface {
	// Open returns the registry of another process. The suite closes it.
	Open() registry.Registry
}

// World is a Calm in which there can be trouble.
type World interface {
	Calm

	// Lose forgets everything, as a server that is killed and started again. It
	// returns when it can be reached.
	Lose()

	// Away makes it unreachable until Back.
	Away()
	Back()
}

// How long leases last: patient ones do not end within a test by themselves;
// brief ones do, and are renewed often enough for a busy machine.
const (
	patient = time.Minute
	brief   = 1500 * time.Millisecond
)

// Place makes a world, empty at first, whose leases last as long as it says.
// Each test gets one of its own.
type Place[W Calm] func(t testing.TB, lease time.Duration) W

// part is the tests of one subject.
type part[W Calm] struct {
	name  string
	tests map[string]func(*testing.T, Place[W])
}

func (p part[W]) run(t *testing.T, place Place[W]) {
	t.Run(p.name, func(t *testing.T) {
		for name, test := range p.tests {
			t.Run(name, func(t *testing.T) { test(t, place) })
		}
	})
}

// Run runs the suite.
func Run(t *testing.T, place Place[World]) {
	RunCalm(t, func(t testing.TB, lease time.Duration) Calm { return place(t, lease) })
	part[World]{"trouble", map[string]func(*testing.T, Place[World]){
		"lost":            lost,
		"away":            away,
		"absent at start": absent,
		"image lost":      imageLost,
		"image away":      imageAway,
		"tickets":         ticketTrouble,
	}}.run(t, place)
}

// RunCalm runs what needs no trouble.
func RunCalm(t *testing.T, place Place[Calm]) {
	for _, p := range []part[Calm]{
		{"listing", map[string]func(*testing.T, Place[Calm]){
			"announce":    announce,
			"withdraw":    withdraw,
			"changed":     changed,
			"crash":       crash,
			"epochs":      epochs,
			"invalid":     invalid,
			"after close": afterClose,
		}},
		{"image", map[string]func(*testing.T, Place[Calm]){
			"wants":      wants,
			"parts":      parts,
			"replaces":   replaces,
			"repeats":    repeats,
			"refuses":    refuses,
			"superseded": superseded,
			"large":      large,
		}},
		{"online", map[string]func(*testing.T, Place[Calm]){
			"devices":   devices,
			"bounds":    bounds,
			"dead gate": deadGate,
		}},
		{"sweep", map[string]func(*testing.T, Place[Calm]){
			"dead gate": sweepDead,
			"replaced":  sweepReplaced,
			"regions":   sweepRegions,
			"terms":     terms,
			"arguments": sweepArguments,
		}},
		{"tickets", map[string]func(*testing.T, Place[Calm]){
			"contract": ticketContract,
			"regions":  ticketRegions,
			"expire":   ticketsExpire,
		}},
	} {
		p.run(t, place)
	}
}
