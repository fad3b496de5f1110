package client

import (
	"context"
	"sync"
	"time"

	"github.com/sim-im/sim/msgdef"
)

// Client is one device of a user. Its methods may be called from any
// goroutine, but see Options for what callbacks may call.
type Client struct {
	opts Options // completed, never changed
	edge edge    // of opts.Codec

	outbox  Outbox   // opts.State, if it is one
	earlier []uint64 // counters of messages that an earlier run kept, ascending

	// The life of the client. life ends with Close.
	life      context.Context
	end       context.CancelFunc
	lifecycle sync.Mutex    // serialises Connect and the end of Close
	running   chan struct{} // closed when run has returned; nil before the first run; guarded by lifecycle
	web       web
	work      sync.WaitGroup // ticks and late callbacks; grows only under mu while not closed
	closing   sync.Once
	closeErr  error

	// The goroutine that runs the connection owns these (Connect hands them to
	// run).
	inbox       inbox
	credentials credentials
	failures    int       // to connect, in a row
	lost        time.Time // a connection, and no kick was put down to it yet
	gates       rotation

	// saving is held over State.Save and taken before mu.
	saving sync.Mutex

	mu      sync.Mutex // guards the rest; never held over I/O or a callback
	closed  bool
	status  Status
	link    *link    // of the session; nil when there is none
	saved   Snapshot // as State last got it
	user    user
	wallet  wallet
	leaving bool          // DeleteAccount was called, and not refused
	wiped   bool          // the account was deleted by it: nothing of it is saved any more
	feed    chan *Message // of Messages; nil without
	empty   chan struct{} // closed for Flush; nil when nobody waits
	born    time.Time
	clock   time.Time // of the last read, flush or tick: good enough for timeouts

	kept       map[uint64]*Handle // pending, and in outbox, by counter
	place      place              // of the inbox, as other goroutines may know it
	acks       acks
	pull       pull
	topics     topics
	beat       beat
	rhythms    rhythms
	contacts   contacts
	network    string        // kind of the one that is used
	background bool          // nobody looks at the app
	nudged     chan struct{} // has room for one
	sends      inflight
	pace       pace
	told       uint64 // frames of applications put on links
	repeats    int    // times that unanswered messages were sent again on this link
	reserved   uint64 // counters up to here may be used
	calls      calls
	reads      reads
	expiring   expiring
	typing     typing
	names      names
	moveAt     time.Time // when GoAway is followed; zero without
	saveAt     time.Time // when the state is saved; zero when it is
	alarm      alarm
	frames     scratch
}

// user is who the client is, from the newest login.
type user struct {
	uid     uint64
	account string
	token   []byte
	expires time.Time
	maxBody int // bytes of a message body
	device  uint64
}

// scratch is memory for frames that are encoded under mu, so that encoding
// allocates nothing.
type scratch struct {
	send msgdef.Send
	ack  msgdef.Ack
}

// New checks options, takes the state, and returns a client that is not yet
// connected; messages may be queued already. The error is an *OptionsError,
// one of State, or wraps ErrStateMismatch. The caller closes the client.
func New(options Options) (*Client, error) {
	o := options.withDefaults()
	if err := o.validate(); err != nil {
		return nil, err
	}
	saved, err := o.State.Load()
	if err != nil {
		return nil, err
	}
	c, err := assemble(o, saved)
	if err != nil {
		o.State.Close()
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wakeAt(c.nextDue()) // what an earlier run kept may expire
	return c, nil
}

func assemble(o Options, saved Snapshot) (*Client, error) {
	fresh, err := adopt(o, &saved)
	if err != nil {
		return nil, err
	}
	if fresh {
		if err := o.State.Save(saved); err != nil {
			return nil, err
		}
	}
	c := &Client{opts: o, edge: edgeOf(o.Codec), saved: saved, born: o.Now()}
	c.life, c.end = context.WithCancel(context.Background())
	c.clock = c.born
	c.user = user{
		uid: saved.UID, account: saved.Account, device: saved.Device, maxBody: msgdef.MaxBody,
		token: saved.Token, expires: saved.TokenExpires,
	}
	c.wallet = walletOf(o, saved)
	c.inbox = inbox{
		cursor: saved.Cursor, head: saved.Cursor, epoch: saved.StoreEpoch,
		known: saved.UID != 0, last: mark{saved: saved.Fingerprint},
	}
	c.place = placeOf(&c.inbox)
	c.topics = newTopics(&saved)
	c.rhythms, c.network, c.nudged = newRhythms(saved.Rhythms), o.Network, make(chan struct{}, 1)
	c.kept = make(map[uint64]*Handle)
	c.outbox, _ = o.State.(Outbox)
	c.sends = newInflight(saved.Counter+1, o.Queue)
	if err := c.restore(&saved); err != nil {
		return nil, err
	}
	c.reserved = saved.Counter
	c.pace = newPace(o.Window)
	c.calls = newCalls(o.Requests)
	c.reads = newReads()
	c.names = newNames()
	c.gates = newRotation(o.Addresses)
	if c.credentials = newCredentials(o, saved); len(c.credentials.list) == 0 {
		return nil, &OptionsError{[]string{"Password: is missing, and there is no Token, in Options or in State"}}
	}
	return c, nil
}

// UID returns the user's id, 0 before the first login.
func (c *Client) UID() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.user.uid
}

// Account returns the user's name as the server writes it; before the first
// login that of the state, or "".
func (c *Client) Account() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.user.account
}

// Device returns the device's id. It never changes.
func (c *Client) Device() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.user.device
}

// Cursor returns the useq up to which messages were handed over.
func (c *Client) Cursor() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.place.cursor
}

// since returns a time as the list of sends keeps it.
func (c *Client) since(t time.Time) time.Duration { return t.Sub(c.born) }
