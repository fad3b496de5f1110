package gate

import (
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/codec"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/msgdef/secure"
)

// Options is what a Server is made of. ID, Route and Key are mandatory.
type Options struct {
	ID    string // of the gate in its cluster, 1 to 64 bytes
	Epoch uint64 // of this process; 0 means the start time in nanoseconds, so that it grows
	Route rpc.Route
	Key   *secure.GateKey

	// TicketKeys seal what lets sessions be resumed; all gates of a region have
	// the same. Nil has the gate draw its own, so that its tickets hold here only,
	// and until it ends.
	TicketKeys *secure.TicketKeys

	Suites         []secure.Suite // admitted; empty means the hybrid ones
	Codecs         []codec.ID     // admitted; empty means all
	MinApps        []MinApp       // oldest versions served; apps that are not named are served in any
	PublicPresence bool           // lets anybody ask for everyone who is online

	Logger *slog.Logger     // nil is silence
	Now    func() time.Time // nil is time.Now; deadlines come from it too, so it must run like time.Now

	Limits Limits
	Times  Times
}

// Limits bound what strangers and users can make a gate hold or do. A zero
// field takes the value in its comment. A negative rate means no limit; users
// whom the message service exempts have none on sends, requests, refusals and what is on its way.
type Limits struct {
	Connections int // open at once: 200,000
	Handshakes  int // not yet logged in, of all addresses: 4,096

	AddressConnections int     // open at once, of one address: 32,768; negative: no bound
	AddressHandshakes  int     // not yet logged in, of one address; carriers put thousands behind one: 512
	AddressRate        float64 // handshakes per second of one address: 500
	AddressBurst       int     // handshakes of one address at once: 2,000
	Addresses          int     // remembered at once, besides those with connections: 65,536

	UserSessions int     // of a user at this gate at once: 64
	SendRate     float64 // messages per second of a user, all devices at this gate together: 20
	SendBurst    int     // messages at once: 60
	TicketRate   float64 // tickets per second of a user; each is kept for a day: 0.05
	TicketBurst  int     // of those at once: 200
	RequestRate  float64 // other frames that want an answer, and those of applications, per second of a connection: 50
	RequestBurst int     // of those at once: 200
	RefusalRate  float64 // refused frames per second of a connection before it is closed as a flood: 20
	RefusalBurst int     // of those at once; twice what the SDK has on the wire: 2,048

	TypingRate  float64 // per second of a user, all devices at this gate together, that others hear of their writing: 1
	TypingBurst int     // of those at once: 10

	WaitingFrames int // notifies that wait behind a blocked connection before they collapse: 256
	WaitingBytes  int // that wait for any connection, before notifies collapse: 1 MiB; requests wait above half of it
	StuckBytes    int // that wait for all blocked connections together, before those keep next to nothing: 256 MiB
	Flushers      int // goroutines that write: one for two cores, at most 16; while one writes, more gathers for its next round

	AppBytes     int // of applications' frames on their way to services, each counted with 1 KiB more: 64 MiB
	AppUserBytes int // of those of one user, all devices at this gate together: 256 KiB
}

// Times bound how long things take. A zero field takes the value in its
// comment.
type Times struct {
	FirstByte time.Duration // from accept to the first byte: 2 s
	Login     time.Duration // from accept to the last byte of Login: 5 s
	Record    time.Duration // from the first byte of a record to its last: 10 s
	Stuck     time.Duration // for 16 KiB to leave when the peer does not read: 10 s
	Linger    time.Duration // for the peer to close after a last frame: 1 s

	LoginCall time.Duration // for the route to check a password, queueing included: 15 s
	Call      time.Duration // for the route to answer anything else: 5 s
	TakeCall  time.Duration // for the route to find a ticket, before the client is asked for a full handshake: 1 s
	Retry     time.Duration // told to a client whose request failed for now: 500 ms

	Ticket time.Duration // that a ticket holds: 24 h
	Proof  time.Duration // after a login with a proof until the next one has to be: 7 days

	MinHeartbeat time.Duration // what a client may announce: 30 s
	MaxHeartbeat time.Duration // 9 min
	Sweep        time.Duration // between looks at all connections: 1 s
	Cursors      time.Duration // between saves of the cursors that moved: 1 s; a push waits 3 s for what was read
	SignIns      time.Duration // between calls that tell who signed in: 250 ms
	Topics       time.Duration // between looks whether messages of big groups were missed: 30 s
	Deserted     time.Duration // for which the messages of a group that nobody watches any more still come: 10 s
	Park         time.Duration // between reads, above which ciphers are dropped after use: 20 s
	GoAway       time.Duration // for clients to move away at Shutdown: 3 s; negative: none
}

func (o Options) withDefaults() Options {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if len(o.Codecs) == 0 {
		o.Codecs = codec.All()
	}
	or(&o.Epoch, uint64(max(o.Now().UnixNano(), 1)))
	o.Limits.fill()
	o.Times.fill()
	return o
}

func (l *Limits) fill() {
	or(&l.Connections, 200_000)
	or(&l.Handshakes, 4096)
	or(&l.AddressConnections, 32<<10)
	or(&l.AddressHandshakes, 512)
	or(&l.AddressRate, 500)
	or(&l.AddressBurst, 2000)
	or(&l.Addresses, 64<<10)
	or(&l.UserSessions, 64)
	or(&l.SendRate, 20)
	or(&l.SendBurst, 60)
	or(&l.RequestRate, 50)
	or(&l.RequestBurst, 200)
	or(&l.RefusalRate, 20)
	or(&l.RefusalBurst, 2048)
	or(&l.TicketRate, 0.05)
	or(&l.TicketBurst, 200)
	or(&l.TypingRate, 1)
	or(&l.TypingBurst, 10)
	or(&l.WaitingFrames, 256)
	or(&l.WaitingBytes, 1<<20)
	or(&l.StuckBytes, 256<<20)
	or(&l.Flushers, min(max(runtime.GOMAXPROCS(0)/2, 1), 16))
	or(&l.AppBytes, 64<<20)
	or(&l.AppUserBytes, 256<<10)
}

func (t *Times) fill() {
	or(&t.FirstByte, 2*time.Second)
	or(&t.Login, 5*time.Second)
	or(&t.Record, 10*time.Second)
	or(&t.Stuck, 10*time.Second)
	or(&t.Linger, time.Second)
	or(&t.LoginCall, 15*time.Second)
	or(&t.Call, 5*time.Second)
	or(&t.TakeCall, time.Second)
	or(&t.Ticket, 24*time.Hour)
	or(&t.Proof, 7*24*time.Hour)
	or(&t.Retry, 500*time.Millisecond)
	or(&t.MinHeartbeat, 30*time.Second)
	or(&t.MaxHeartbeat, 9*time.Minute)
	or(&t.Sweep, time.Second)
	or(&t.Cursors, time.Second)
	or(&t.SignIns, 250*time.Millisecond)
	or(&t.Topics, 30*time.Second)
	or(&t.Deserted, 10*time.Second)
	or(&t.Park, 20*time.Second)
	or(&t.GoAway, 3*time.Second)
}

// validate lists everything that is wrong with o, after withDefaults.
func (o *Options) validate() error {
	var errs []error
	if o.ID == "" || len(o.ID) > 64 {
		errs = append(errs, fmt.Errorf("gate: id of %d bytes, want 1 to 64", len(o.ID)))
	}
	if o.Route == nil {
		errs = append(errs, errors.New("gate: no route"))
	}
	for _, id := range o.Codecs {
		if _, ok := codec.For(id); !ok {
			errs = append(errs, fmt.Errorf("gate: unknown %v", id))
		}
	}
	return errors.Join(append(errs, o.Limits.validate(), o.Times.validate())...)
}

func (l *Limits) validate() error {
	var errs []error
	for _, n := range []int{
		l.Connections, l.Handshakes, l.AddressHandshakes, l.AddressBurst, l.Addresses,
		l.UserSessions, l.SendBurst, l.TicketBurst, l.TypingBurst, l.RequestBurst, l.RefusalBurst, l.WaitingFrames, l.WaitingBytes, l.StuckBytes, l.Flushers,
		l.AppBytes, l.AppUserBytes,
	} {
		if n < 0 {
			errs = append(errs, errors.New("gate: a field of Limits that is no rate is negative"))
			break
		}
	}
	if l.WaitingBytes < 2*msgdef.MaxStored {
		errs = append(errs, fmt.Errorf("gate: waiting bytes %d, want at least %d", l.WaitingBytes, 2*msgdef.MaxStored))
	}
	return errors.Join(errs...)
}

func (t *Times) validate() error {
	for _, d := range []time.Duration{
		t.FirstByte, t.Login, t.Record, t.Stuck, t.Linger, t.LoginCall, t.Call, t.TakeCall, t.Retry, t.Ticket, t.Proof,
		t.MinHeartbeat, t.MaxHeartbeat, t.Sweep, t.Cursors, t.SignIns, t.Topics, t.Deserted, t.Park,
	} {
		if d < 0 {
			return errors.New("gate: a field of Options.Times other than GoAway is negative")
		}
	}
	if t.MinHeartbeat > t.MaxHeartbeat {
		return fmt.Errorf("gate: heartbeats from %v to %v", t.MinHeartbeat, t.MaxHeartbeat)
	}
	return nil
}

// or sets *v to what stands for its zero value.
func or[T comparable](v *T, standard T) {
	var zero T
	if *v == zero {
		*v = standard
	}
}
