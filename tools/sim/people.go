package main

import (
	"fmt"
	"time"

	"github.com/sim-im/sim/imservice"
)

// peopleFlags say what users who do not know each other may.
type peopleFlags struct {
	Strangers  string        `default:"allow" enum:"allow,friends" env:"SIM_STRANGERS" help:"Who may write to somebody: ${enum}, where allow is anybody whom they do not block, and friends are those whose request they have accepted. Groups are for whoever is in them."`
	FindPeople string        `default:"prefix" enum:"prefix,name,off" env:"SIM_FIND_PEOPLE" help:"How users find others whose account they do not know: ${enum}, where prefix is by the beginning of a name, and name by the whole of it. Nobody finds who does not want to be, or who blocks them."`
	AskAgain   time.Duration `default:"24h" env:"SIM_ASK_AGAIN" placeholder:"DURATION" help:"For how long somebody who has asked to be friends in vain may not ask the same user again."`
}

// mostAskAgain bounds --ask-again.
const mostAskAgain = 365 * 24 * time.Hour

// validate lists everything that is wrong, in the names of flags.
func (f peopleFlags) validate() error {
	if f.AskAgain < 0 || f.AskAgain > mostAskAgain {
		return fmt.Errorf("--ask-again: is %s; want 0s to %s", f.AskAgain, mostAskAgain)
	}
	return nil
}

func (f peopleFlags) friendsOnly() bool { return f.Strangers == "friends" }

// findPeople is what the flag says; the parser has checked it.
func (f peopleFlags) findPeople() imservice.PeopleSearch {
	return map[string]imservice.PeopleSearch{
		"prefix": imservice.FindByPrefix, "name": imservice.FindByName, "off": imservice.FindNobody,
	}[f.FindPeople]
}

// within adds to the limits of the message service what the flags say. There 0 is
// its own choice.
func (f peopleFlags) within(l imservice.Limits) imservice.Limits {
	l.AskAgain = max(f.AskAgain, 1)
	return l
}
