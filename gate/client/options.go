package client

import (
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/sim-im/sim/gate/transport"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/codec"
	"github.com/sim-im/sim/msgdef/secure"
)

// Options say where to connect, who to be, and whom to tell. Address or
// Addresses, Roots, and one of Password, Token, TokenSource or a State with a token are
// needed.
//
// Callbacks run one at a time on a goroutine that reads the connection, and
// hold up everything that comes after: they return soon, and may call Queue,
// SendFunc, MarkRead, Typing and Tell, but nothing that waits for the server (Send, Flush,
// History, Lookup, Names, Online, Close). Frames that callbacks send leave
// together, when all that has arrived is handled.
type Options struct {
	Address   string           // of a gate; host:port for TCP and QUIC
	Addresses []string         // of more gates, which are tried by turns from a random one on
	Dialer    transport.Dialer // nil means QUIC(Roots) of its own; see TCPOnly
	Roots     *secure.Roots    // that certify gates
	Suite     secure.Suite     // 0 means HybridAESGCM; inside QUIC it chooses the cipher only
	Codec     codec.ID         // how bodies are encoded; 0 means codec.Binary

	Account  string // 1 to 64 bytes; may be empty with a token
	Password string // used when there is no token, or it is refused
	Token    []byte // of an earlier login; a token in State is tried first

	// TokenSource gives a token of an issuer outside, at most 2048 bytes, before
	// each login that needs one, and bears being asked often. It stands for
	// Password and Token. An error is worth another try, which has ErrToken.
	TokenSource func(context.Context) ([]byte, error)

	Device   uint64 // 0 means the one in State, or a new random one
	Platform msgdef.Platform
	App      string // name and version, at most 64 bytes
	State    State  // nil means a new MemoryState
	NoResume bool   // every login proves the account: no tickets are asked for or used

	OnMessage   func(*Message)               // each message once, by useq; without it, and without Messages, they are dropped
	OnRead      func(msgdef.ReadBy)          // somebody has read
	OnDelivered func(msgdef.DeliveredTo)     // a device of the other one of a pair has it; the greatest CSeq counts
	OnTyping    func(msgdef.TypingBy)        // somebody is writing, for 6 s unless it comes again, or is no more
	OnPresence  func([]msgdef.PresenceState) // users of WatchPresence came, went or changed devices, came into a window, or are not for the user to know any more
	OnState     func(Status)                 // the connection changed; called on the goroutine that runs it
	OnResync    func(Resync)                 // the place in the inbox was lost
	OnLeft      func(Left)                   // a big group's messages come no more
	OnExpired   func(Expired)                // nobody can read a message any more that this run has shown; on any goroutine
	OnOutcome   func(*Handle)                // a message that Queue kept is done, of an earlier run perhaps; on any goroutine
	OnFrame     func(Frame)                  // of an application: an answer to Tell, or told by a service
	OnRefused   func(Refused)                // a frame of Tell was not served

	Queue      int           // most messages not yet acknowledged; 0 means 4096
	Window     int           // most of them on the wire at once; 0 means 1024
	Requests   int           // most requests waiting for an answer; 0 means 256
	SendExpiry time.Duration // a message not acknowledged by then fails; 0 means 72 h, at most 6 days
	Timeouts   Timeouts
	Backoff    Backoff
	Heartbeat  time.Duration // most between pings while somebody looks, 30 s to 9 min in whole seconds; 0 means 3 min
	Network    string        // kind of network the machine is on, at most 32 bytes; see SetNetwork

	HTTP *http.Client // for Upload and Download; nil means one of its own

	Logger  *slog.Logger     // nil means none
	Now     func() time.Time // nil means time.Now
	Rand    io.Reader        // for keys and ids; nil means crypto/rand
	Buffers *transport.Pool  // read buffers, which many clients may share; nil means one of its own
}

// Timeouts are how long a client waits for what should come soon. Zero values
// mean the defaults.
type Timeouts struct {
	Handshake time.Duration // dial, handshake and login together; 20 s, for a gate waits 15 s for a login
	Pong      time.Duration // an answer to a ping; 10 s
	Write     time.Duration // the connection to take bytes; 15 s
	Ack       time.Duration // a SendAck, before the message is sent again; 10 s
	Page      time.Duration // the next frame of a pull; 10 s
	Gap       time.Duration // a message out of order, before pulling; 50 ms
	Lazy      time.Duration // a cursor with no send to ride on; 1 s
	Save      time.Duration // a change of state before it is saved; 2 s
}

func (t Timeouts) withDefaults() Timeouts {
	or(&t.Handshake, 20*time.Second)
	or(&t.Pong, 10*time.Second)
	or(&t.Write, 15*time.Second)
	or(&t.Ack, 10*time.Second)
	or(&t.Page, 10*time.Second)
	or(&t.Gap, 50*time.Millisecond)
	or(&t.Lazy, time.Second)
	or(&t.Save, 2*time.Second)
	return t
}

func (o Options) withDefaults() Options {
	if o.Dialer == nil && o.Roots != nil {
		o.Dialer = QUIC(o.Roots)
	}
	if o.Address != "" && !slices.Contains(o.Addresses, o.Address) {
		o.Addresses = append([]string{o.Address}, o.Addresses...)
	}
	or(&o.Suite, secure.HybridAESGCM)
	or(&o.Codec, codec.Binary)
	if o.State == nil {
		o.State = new(MemoryState)
	}
	or(&o.Queue, 4096)
	or(&o.Window, 1024)
	or(&o.Requests, 256)
	or(&o.SendExpiry, 72*time.Hour)
	or(&o.Heartbeat, 3*time.Minute)
	o.Timeouts = o.Timeouts.withDefaults()
	o.Backoff = o.Backoff.withDefaults()
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Rand == nil {
		o.Rand = rand.Reader
	}
	if o.Buffers == nil {
		o.Buffers = new(transport.Pool)
	}
	return o
}

// or gives an unset field its default.
func or[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}
