package chat

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/msgdef"
)

type (
	laters   struct{}            // :later
	unlater  struct{ id uint64 } // :later cancel n
	laterFor struct {            // :later user|#group when text
		to    string
		after time.Duration // from now; 0 when a time of the day is given
		clock time.Duration // since midnight
		text  string
	}
)

// laterEvent is what becomes of a message that is to be sent later.
type laterEvent struct {
	Event string `json:"event"` // later
	State string `json:"state"` // waiting, cancelled, sent, refused
	laterShown
	CSeq uint64 `json:"cseq,omitempty"` // of the message that was sent
	Code string `json:"code,omitempty"` // why it was not
}

// latersEvent answers :later.
type latersEvent struct {
	Event string       `json:"event"` // laters
	List  []laterShown `json:"list"`
}

// laterShown is a message that is to be sent later.
type laterShown struct {
	ID           uint64 `json:"id"`
	At           int64  `json:"at,omitempty"` // when
	Conversation string `json:"conversation,omitempty"`
	With         string `json:"with,omitempty"`
	Body         string `json:"body,omitempty"`
}

// laterLines returns the command for messages that are sent later, by its name.
func laterLines() map[string]groupLine {
	return map[string]groupLine{
		":later": {":later [user|#group 10m|18:30 text] or :later cancel number", 0, math.MaxInt, readLater},
	}
}

func readLater(args []string, rest string) (command, string) {
	switch {
	case len(args) == 0:
		return laters{}, ""
	case len(args) == 2 && args[0] == "cancel":
		id, why := numbered(args[1])
		return unlater{id}, why
	case len(args) < 3:
		return nil, "is " + laterLines()[":later"].usage
	}
	l := laterFor{to: args[0], text: behind(rest, args)}
	if after, err := time.ParseDuration(args[1]); err == nil && after > 0 {
		l.after = after
	} else if at, err := time.Parse("15:04", args[1]); err == nil {
		l.clock = at.Sub(at.Truncate(24 * time.Hour))
	} else {
		return nil, fmt.Sprintf("%q is no time: 90s, 10m and 36h are from now, 18:30 is today or tomorrow", args[1])
	}
	return l, ""
}

// at returns when, as of now.
func (l laterFor) at(now time.Time) time.Time {
	if l.after > 0 {
		return now.Add(l.after)
	}
	hour, minute := int(l.clock/time.Hour), int(l.clock%time.Hour/time.Minute)
	at := time.Date(now.Year(), now.Month(), now.Day(), hour, minute, 0, 0, now.Location())
	if !at.After(now) {
		at = time.Date(now.Year(), now.Month(), now.Day()+1, hour, minute, 0, 0, now.Location())
	}
	return at
}

// run has the server send it.
func (l laterFor) run(ctx context.Context, s *session) error {
	ctx, cancel := s.timeout(ctx)
	defer cancel()
	conv, err := s.conversation(ctx, l.to)
	if err != nil {
		return err
	}
	draft := &client.Draft{
		Conv: conv, Kind: msgdef.ContentText, Body: []byte(l.text), Extra: s.beside(ctx, conv, l.text, msgdef.Extra{}),
	}
	at := l.at(s.opts.Now())
	sent, err := s.client.QueueLater(draft, at).Wait(ctx)
	if err != nil {
		return unsent(l.to, err)
	}
	s.screen.show(laterEvent{Event: "later", State: "waiting", laterShown: laterShown{
		ID: sent.CSeq, At: at.UnixMilli(), Conversation: conversation(conv), With: s.with(ctx, conv), Body: l.text,
	}})
	return nil
}

// run takes one back.
func (u unlater) run(ctx context.Context, s *session) error {
	ctx, cancel := s.timeout(ctx)
	defer cancel()
	if _, err := s.client.CancelLater(u.id).Wait(ctx); err != nil {
		return unanswered(fmt.Sprintf("whether #%d is taken back", u.id), err)
	}
	s.screen.show(laterEvent{Event: "later", State: "cancelled", laterShown: laterShown{ID: u.id}})
	return nil
}

// run lists what waits.
func (laters) run(ctx context.Context, s *session) error {
	ctx, cancel := s.timeout(ctx)
	defer cancel()
	list, err := s.client.Laters(ctx)
	if err != nil {
		return unanswered("what is to be sent later", err)
	}
	e := latersEvent{Event: "laters", List: []laterShown{}}
	for i := range list {
		l := &list[i]
		e.List = append(e.List, laterShown{
			ID: l.ID, At: l.At.UnixMilli(), Conversation: conversation(l.Conv), With: s.with(ctx, l.Conv), Body: newContent(l.Kind, l.Body).Body,
		})
	}
	s.screen.show(e)
	return nil
}

// later returns what a message of the user's own stream tells of one that is to be sent
// later.
func (s *session) later(ctx context.Context, m *client.Message) (e laterEvent, ok bool) {
	says, _ := m.Event()
	e.Event = "later"
	switch l := says.(type) {
	case *msgdef.Later:
		if len(l.Body) == 0 && len(m.State) > 0 {
			return e, false // what became of it is behind it
		}
		e.State = "waiting"
		e.laterShown = laterShown{ID: m.CSeq, At: l.At, Conversation: conversation(l.Conv), With: s.with(ctx, l.Conv), Body: newContent(l.Kind, l.Body).Body}
	case *msgdef.LaterOff:
		e.State, e.ID = "cancelled", l.CSeq
	case *msgdef.LaterDone:
		e.State, e.laterShown = "sent", laterShown{ID: l.CSeq, Conversation: conversation(l.Conv), With: s.with(ctx, l.Conv)}
		if e.CSeq = l.Sent; l.Code != msgdef.CodeOK {
			e.State, e.Code = "refused", l.Code.String()
		}
	default:
		return e, false
	}
	return e, true
}

// later shows it to people.
func (s *textScreen) later(e laterEvent) {
	switch e.State {
	case "waiting":
		fmt.Fprintf(s.out, "-- %s will get at %s: %s (:later cancel %d)\n", printable(e.With), s.clock(e.At), printable(e.Body), e.ID)
	case "cancelled":
		fmt.Fprintf(s.out, "-- what waited as #%d is not sent\n", e.ID)
	case "sent":
		fmt.Fprintf(s.out, "-- what waited as #%d was sent to %s (#%d)\n", e.ID, printable(e.With), e.CSeq)
	default:
		fmt.Fprintf(s.out, "-- what waited as #%d was not sent to %s: %s\n", e.ID, printable(e.With), e.Code)
	}
}

func (s *textScreen) laters(e latersEvent) {
	if len(e.List) == 0 {
		fmt.Fprintln(s.out, "-- nothing waits to be sent")
	}
	for _, l := range e.List {
		fmt.Fprintf(s.out, "-- #%d, %s to %s: %s\n", l.ID, s.clock(l.At), printable(l.With), printable(l.Body))
	}
}
