package bench

import (
	"cmp"
	"errors"
	"fmt"
	"time"

	"github.com/sim-im/sim/msgdef"
)

// Plan is what a run does. It crosses the pipe to worker processes as JSON.
// What a mode does not use stays zero.
type Plan struct {
	Mode     string // Pairs, Mixed …
	Target   Target
	Clients  int           // connections at once
	InFlight int           // operations each client has under way, in a closed loop
	Rate     float64       // operations per second of all clients together, in an open loop; 0 is a closed loop
	Size     int           // bytes of a body, at least 16; of modes that send
	Warmup   time.Duration // before the measured time
	Duration time.Duration // the measured time
	Procs    int           // processes the clients are spread over
	Run      string        // makes the names of this run's accounts its own; "" is a new one
	First    int           // number of the first client in this process
	Patience time.Duration // at most, for what is still on the way after the measured time; 0 means 20 s

	Senders int                 // group, fanout: who write, apart from the clients, who read
	Conv    msgdef.Conversation // group, fanout: the group; Run makes it
	Authors int                 // group, fanout: the senders of all processes; Run sets it

	Messages  int  // sync: messages that wait for each client that comes back
	Resume    bool // login: with tickets, which take turns with tokens
	Passwords bool // login: prove the account by password each time, not by token
}

// The modes of Plan.
const (
	Pairs = "pairs" // clients write to each other two by two
	Mixed = "mixed" // as pairs, and meanwhile clients come, go and read history
	Login = "login" // clients log in and out
	Sync  = "sync"  // clients catch up after an absence
	Idle  = "idle"  // connections that only stay

	Group  = "group"  // few write to a big group, all of whose members are online
	Fanout = "fanout" // broadcasts, one by one, to all who are online
)

// Validate returns every mistake at once.
func (p Plan) Validate() error {
	m, err := modeOf(p.Mode)
	if err != nil {
		return err
	}
	var l mistakes
	l.unless(p.Warmup >= 0, "warmup is %v; want 0 or a positive time", p.Warmup)
	l.unless(p.Duration > 0, "duration is %v; want a positive time", p.Duration)
	l.unless(p.Patience >= 0, "patience is %v; want 0 or a positive time", p.Patience)
	l.unless(p.Rate == 0 || p.Rate >= leastRate && p.Rate <= mostRate, "rate is %g; want %g to %g, or 0 for a closed loop", p.Rate, leastRate, float64(mostRate))
	l.unless(p.Procs >= 1 && p.Procs <= maxProcs, "procs is %d; want 1 to %d", p.Procs, maxProcs)
	least := m.unit * min(max(p.Procs, 1), maxProcs)
	l.unless(p.Clients >= least && p.Clients%m.unit == 0, "%s is %d; %s in %d processes needs at least %d, and a multiple of %d", m.clients, p.Clients, p.Mode, p.Procs, least, m.unit)
	m.check(p, &l)
	return errors.Join(l...)
}

// Rates whose timetables are not too much for arithmetic.
const (
	leastRate = 1e-3
	mostRate  = 1e8
)

// maxProcs bounds the processes of a run.
const maxProcs = 64

// mistakes is what is wrong with a plan.
type mistakes []error

func (l *mistakes) unless(ok bool, format string, args ...any) {
	if !ok {
		*l = append(*l, fmt.Errorf(format, args...))
	}
}

// inFlight checks the depth of a closed loop.
func (l *mistakes) inFlight(p Plan) {
	l.unless(p.InFlight >= 1 && p.InFlight <= 1024, "inflight is %d; want 1 to 1024", p.InFlight)
}

// size checks the length of bodies.
func (l *mistakes) size(p Plan) {
	l.unless(p.Size >= minBody && p.Size <= msgdef.MaxBody, "size is %d; want %d to %d bytes", p.Size, minBody, msgdef.MaxBody)
}

// shares divides the clients, and the rate with them, into one part a process;
// no unit of clients is torn apart.
func (p Plan) shares(unit int) []Plan {
	parts := make([]Plan, p.Procs)
	units, first := p.Clients/unit, p.First
	for i := range parts {
		n := unit * (units*(i+1)/p.Procs - units*i/p.Procs)
		parts[i] = p
		parts[i].Procs, parts[i].Clients, parts[i].First = 1, n, first
		parts[i].Rate = p.Rate * float64(n) / float64(p.Clients)
		if p.Senders > 0 {
			parts[i].Senders = p.Senders*(i+1)/p.Procs - p.Senders*i/p.Procs
			parts[i].Rate = p.Rate * float64(parts[i].Senders) / float64(p.Senders)
		}
		first += n
	}
	return parts
}

// account returns the name of client number's account.
func (p Plan) account(number int) string { return fmt.Sprintf("bench-%s-%d", p.Run, number) }

// settleWithin is the patience of a plan that says none.
const settleWithin = 20 * time.Second

func (p Plan) patience() time.Duration { return cmp.Or(p.Patience, settleWithin) }
