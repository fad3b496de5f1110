package bench

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sim-im/sim/gate/client"
)

// kind is a kind of turn. With tickets they alternate, each a step of the
// timeline, so that what else happens on the machine happens to all:
//
//	│ tickets │ tokens │ connections │ tickets │ …
type kind int

const (
	byTicket kind = iota // a login with one ticket, for another
	byToken              // a login as of a client that has no ticket, for two
	bare                 // a connection that is closed without a word
	kinds                // how many
)

// String returns the name of the kind's Measure.
func (k kind) String() string { return [kinds]string{"resumed", "full", "connections"}[k] }

// kindAt returns whose turn it is.
func kindAt(s span, at time.Time) kind { return kind(max(0, s.stepOf(at))) % kinds }

// barePause is how long each client rests after a bare connection, times the
// clients: the machine has some 28,000 ports, and keeps each for a minute.
const barePause = time.Millisecond

// bare connects and closes: what every login costs before it says anything.
func (f *logins) bare(ctx context.Context, i int, due time.Time) error {
	servers := f.plan.Target.Servers
	conn, err := f.plan.Target.dialer(f.roots).Dial(ctx, servers[i%len(servers)])
	if err != nil {
		f.refused.Add(1)
		return because(ctx, nil)
	}
	now := time.Now()
	f.kinds[bare].shard(i).record(now, now.Sub(due))
	if err := conn.Close(); err != nil {
		return err
	}
	return sleepUntil(ctx, now.Add(time.Duration(len(f.accounts))*barePause))
}

// pocket is the state of a device that logs in over and over.
type pocket struct {
	client.MemoryState
	filled chan struct{} // when there are two tickets
}

// ticketsWithin is how long tickets may take to come after a login.
const ticketsWithin = 10 * time.Second

// errNoTickets is a server that gives out none.
var errNoTickets = errors.New("bench: the server gave no tickets; it needs ticket keys and a registry, see sim help gate")

// Save implements client.State.
func (p *pocket) Save(s client.Snapshot) error {
	if len(s.Tickets) == 2 {
		select {
		case p.filled <- struct{}{}:
		default:
		}
	}
	return p.MemoryState.Save(s)
}

// prepare makes the pocket ready for a login of a kind. No client has it.
func (p *pocket) prepare(k kind) {
	select {
	case <-p.filled:
	default:
	}
	if k == byTicket {
		return
	}
	s, _ := p.Load() // nobody has it
	s.Tickets = nil
	_ = p.MemoryState.Save(s)
	_ = p.Close()
}

// await waits until there are two tickets.
func (p *pocket) await(ctx context.Context) error {
	timer := time.NewTimer(ticketsWithin)
	defer timer.Stop()
	select {
	case <-p.filled:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return errNoTickets
	}
}

// Resume is what a login with a ticket cost the server, and what a login with a
// token and a bare connection did that took turns with it.
type Resume struct {
	Resumed Cost    `json:"resumed"`
	Full    Cost    `json:"full"`
	Bare    Cost    `json:"bare_connection"`
	Ratio   float64 `json:"cpu_resumed_divided_by_full"`
	Beyond  float64 `json:"cpu_resumed_divided_by_full_beyond_connection"` // both without what a bare connection costs
}

// newResume divides what the server used in the steps of a kind by the logins of
// that kind. It is nil when that is not known.
func newResume(p Plan, r Report, server samples) *Resume {
	var used [kinds]spending
	span := p.span(time.Time{})
	for i := range len(server) - 1 {
		k := kindAt(span, span.From.Add(time.Duration(i)*span.step()))
		used[k].add(server[i+1].spending.since(server[i].spending))
	}
	cost := func(k kind) Cost { return used[k].per(r.Measure(k.String()).Count) }
	c := &Resume{Resumed: cost(byTicket), Full: cost(byToken), Bare: cost(bare)}
	if c.Resumed.CPUMicros == 0 || c.Full.CPUMicros == 0 || c.Bare.CPUMicros == 0 {
		return nil
	}
	c.Ratio = ratio(c.Resumed.CPUMicros, c.Full.CPUMicros)
	c.Beyond = ratio(c.Resumed.CPUMicros-c.Bare.CPUMicros, c.Full.CPUMicros-c.Bare.CPUMicros)
	return c
}

// String says it for people.
func (c *Resume) String() string {
	return fmt.Sprintf("server CPU: %.1f µs for a login with a ticket, %.1f µs with a token: ratio %.2f\n"+
		"of each %.1f µs are the connection: ratio %.2f without; allocations %.0f and %.0f",
		c.Resumed.CPUMicros, c.Full.CPUMicros, c.Ratio, c.Bare.CPUMicros, c.Beyond, c.Resumed.Allocs, c.Full.Allocs)
}
