package storetest

import (
	"testing"

	"github.com/sim-im/sim/imservice/store"
)

// Opener is a place that holds one store, empty at first.
type Opener interface {
	// Open opens what is there. The suite closes it before it opens again,
	// unless it wants to see ErrInUse.
	Open() (store.Store, error)
}

// PowerCutter is an Opener whose power can be cut.
type PowerCutter interface {
	Opener

	// PowerCut returns what a power cut at this moment would leave: what was
	// synced, and of the rest what the seed chooses. The store that is open
	// goes on undisturbed on the old place.
	PowerCut(seed uint64) Opener
}

// Breaker is a PowerCutter whose disk can be broken.
type Breaker interface {
	PowerCutter

	// Break lets writes succeed skip more times and then makes all of them fail
	// with err.
	Break(err error, skip int)

	// Failed tells whether a write has failed.
	Failed() bool

	// Heal makes the disk work again, with all that reached it.
	Heal()
}

// Filler is an Opener whose disk can be filled. A store sees the change with
// its next call.
type Filler interface {
	Opener

	// Fill leaves too little room on the disk, or enough again.
	Fill(full bool)
}

// Sharer is an Opener of a store that several have open at once.
type Sharer interface {
	Opener

	// Shared marks it.
	Shared()
}

// Run runs the suite. Each test gets a place of its own from place. The parts
// on power cuts, broken and full disks run when places can do that.
func Run(t *testing.T, place func(t *testing.T) Opener) {
	for _, part := range []struct {
		name string
		run  func(t *testing.T, place func(t *testing.T) Opener)
	}{
		{"messages", testMessages},
		{"inbox", testInbox},
		{"groups", testGroups},
		{"settings", testSettings},
		{"relations", testRelations},
		{"profiles", testProfiles},
		{"devices", testDevices},
		{"accounts", testAccounts},
		{"families", testFamilies},
		{"verdicts", testVerdicts},
		{"outbox", testOutbox},
		{"push tokens", testPushTokens},
		{"media", testMedia},
		{"terms", testTerms},
		{"floors", testFloors},
		{"sign-ins", testSignIns},
		{"erase", testErase},
		{"commits", testCommits},
		{"life", testLife},
		{"concurrency", testConcurrency},
		{"powercut", testPowerCut},
		{"broken", testBroken},
		{"full", testFull},
	} {
		t.Run(part.name, func(t *testing.T) { part.run(t, place) })
	}
}

// cases runs subtests that each need an open store.
type cases map[string]func(t *testing.T, s store.Store)

func (c cases) run(t *testing.T, place func(t *testing.T) Opener) {
	for name, test := range c {
		t.Run(name, func(t *testing.T) { test(t, open(t, place(t))) })
	}
}
