package mobile

import (
	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/msgdef"
)

// Listener is told what happens. See client.Options for when; its methods must
// return soon, and must not call what waits.
type Listener interface {
	OnMessage(m *Message)                      // each message once, in order
	OnState(s *State)                          // the connection changed
	OnOutcome(p *Pending)                      // a queued message was sent or has failed
	OnRead(r *Read)                            // somebody has read
	OnTyping(conv []byte, uid int64, off bool) // somebody is writing, for 6 s unless it comes again, or is no more
	OnExpired(conv []byte, cseq int64)         // nobody can read a message any more that was shown
	OnResync(from, head int64)                 // the place in the inbox was lost: show conversations from History
	OnLeft(l *Left)                            // a big group's messages come no more
}

// Receipts is told how far what was written has come, see Config.Receipts.
type Receipts interface {
	OnDelivered(conv []byte, cseq int64) // a device of the other one of a pair has all up to there; the greatest counts
}

// receive has Receipts told.
func receive(o *client.Options, r Receipts) {
	o.OnDelivered = func(d msgdef.DeliveredTo) { r.OnDelivered(append([]byte(nil), d.Conv[:]...), int64(d.CSeq)) }
}

// listen has a Listener told.
func listen(o *client.Options, l Listener) {
	o.OnMessage = func(m *client.Message) { l.OnMessage(messageOf(m.Clone())) }
	o.OnState = func(s client.Status) { l.OnState(stateOf(s)) }
	o.OnOutcome = func(h *client.Handle) { l.OnOutcome(&Pending{h}) }
	o.OnRead = func(r msgdef.ReadBy) {
		l.OnRead(&Read{Conv: append([]byte(nil), r.Conv[:]...), UID: int64(r.UID), CSeq: int64(r.CSeq)})
	}
	o.OnTyping = func(m msgdef.TypingBy) { l.OnTyping(append([]byte(nil), m.Conv[:]...), int64(m.UID), m.Off) }
	o.OnExpired = func(m client.Expired) { l.OnExpired(append([]byte(nil), m.Conv[:]...), int64(m.CSeq)) }
	o.OnResync = func(r client.Resync) { l.OnResync(int64(r.Floor), int64(r.Head)) }
	o.OnLeft = func(left client.Left) {
		l.OnLeft(&Left{Conv: append([]byte(nil), left.Conv[:]...), Dissolved: left.Code == msgdef.CodeUnknownConversation})
	}
}

// Left is a big group that the user is in no more.
type Left struct {
	Conv      []byte
	Dissolved bool
}

// Read is how far somebody has read a conversation.
type Read struct {
	Conv []byte
	UID  int64
	CSeq int64
}

// Phases of a State, as client.Phase numbers them.
const (
	PhaseIdle       = 0
	PhaseConnecting = 1
	PhaseOnline     = 2
	PhaseWaiting    = 3
	PhaseStopped    = 4
)

// State is the state of the connection.
type State struct {
	Phase       int
	DelayMillis int64   // until the next try, when waiting
	Reason      *Reason // why it is idle, waiting or stopped; nil otherwise
}

func stateOf(s client.Status) *State {
	state := &State{Phase: int(s.Phase), DelayMillis: s.Delay.Milliseconds()}
	if s.Err != nil {
		state.Reason = ReasonOf(s.Err)
	}
	return state
}
