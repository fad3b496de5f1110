package chat

import (
	"encoding/json"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/sim-im/sim/gate/client"
)

// screen writes events, from any goroutine.
type screen interface {
	show(event any)
}

// jsonScreen writes each event as an object on a line of its own.
type jsonScreen struct {
	mu  sync.Mutex
	out io.Writer
}

func (s *jsonScreen) show(event any) {
	if _, isText := event.(note); isText {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	line := json.NewEncoder(s.out)
	line.SetEscapeHTML(false)
	_ = line.Encode(event) // whoever read it has left
}

// note is a line for people only.
type note string

// textScreen writes events for people: messages and answers to out, what went
// wrong to diagnostics. On a terminal both are the same.
type textScreen struct {
	mu          sync.Mutex
	out         io.Writer
	diagnostics io.Writer
	now         func() time.Time
	quiet       bool   // no lines about the connection: a script's stdout and stderr stay clean
	offline     bool   // the loss of the connection was told
	draw        drawer // nil where pictures are not drawn
}

func (s *textScreen) show(event any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch e := event.(type) {
	case note:
		fmt.Fprint(s.out, string(e))
	case errorEvent:
		fmt.Fprintf(s.diagnostics, "error: %s\n", printable(e.Message))
	case stateEvent:
		s.state(e)
	case messageEvent:
		s.message(e.At, people(e), e.content)
	case sentEvent:
		s.sent(e)
	case readEvent:
		fmt.Fprintf(s.out, "-- %s has read up to #%d%s\n", printable(e.By), e.CSeq, in(e.Group))
	case deliveredEvent:
		fmt.Fprintf(s.out, "-- %s has got all up to #%d\n", printable(e.To), e.CSeq)
	case searchEvent:
		s.search(e)
	case typingEvent:
		if !e.Off {
			fmt.Fprintf(s.out, "-- %s is writing%s\n", printable(e.By), in(e.Group))
		}
	case expiredEvent:
		fmt.Fprintf(s.out, "-- #%d with %s has expired\n", e.CSeq, printable(e.With))
	case resyncEvent:
		fmt.Fprintln(s.out, "-- the server was restored: messages may be missing, :history shows what there is")
	case presenceEvent:
		s.presence(e)
	case pushEvent:
		fmt.Fprintln(s.out, e)
	case historyEvent:
		s.history(e)
	case savedEvent:
		fmt.Fprintf(s.out, "-- %s has %s\n", printable(e.File), size(uint64(e.Bytes)))
	case pinsEvent:
		s.pins(e)
	case watchEvent:
		s.watched(e)
	case countEvent:
		s.counted(e)
	case signInsEvent:
		s.signIns(e)
	case exportEvent:
		s.export(e)
	case deletedEvent:
		s.deleted(e)
	default:
		s.group(event)
	}
}

// people names who wrote, and to whom when that was the user, or where.
func people(e messageEvent) string {
	switch {
	case e.Change != nil && e.Group != "":
		return fmt.Sprintf("-- %s: %s", printable(e.Group), printable(e.From))
	case e.Change != nil:
		return "-- " + printable(e.From)
	case e.To != "":
		return "you → " + printable(e.To)
	}
	return printable(e.From) + in(e.Group)
}

// in names a group behind what happens in it.
func in(group string) string {
	if group == "" {
		return ""
	}
	return " in " + printable(group)
}

func (s *textScreen) message(at int64, who string, c content) {
	if c.Change != nil {
		fmt.Fprintf(s.out, "%s %s %s\n", s.clock(at), who, c.did(s.clock))
		return
	}
	fmt.Fprintf(s.out, "%s %s%s: %v\n", s.clock(at), who, c.notes(), c)
	if s.draw != nil && c.Media != nil && len(c.Media.thumbnail) > 0 {
		fmt.Fprint(s.out, s.draw(c.Media.thumbnail))
	}
}

func (s *textScreen) sent(e sentEvent) {
	if e.Change != nil {
		fmt.Fprintf(s.out, "%s -- %s: you %s (#%d)\n", s.clock(e.At), printable(e.To), e.did(s.clock), e.CSeq)
		return
	}
	fmt.Fprintf(s.out, "%s sent to %s (#%d)\n", s.clock(e.At), printable(e.To), e.CSeq)
}

// clock returns the time of today's events and the date of earlier ones.
func (s *textScreen) clock(at int64) string {
	t, now := time.UnixMilli(at), s.now()
	if t.YearDay() == now.YearDay() && t.Year() == now.Year() {
		return t.Format("15:04:05")
	}
	return t.Format("2006-01-02 15:04:05")
}

// state tells a loss once, however many attempts follow.
func (s *textScreen) state(e stateEvent) {
	switch {
	case s.quiet:
	case e.State == client.Online.String():
		s.offline = false
		fmt.Fprintln(s.diagnostics, "-- online")
	case e.State == client.Waiting.String() && !s.offline:
		s.offline = true
		fmt.Fprintln(s.diagnostics, "-- connection lost; trying again until it is back")
	}
}

func (s *textScreen) presence(e presenceEvent) {
	fmt.Fprintf(s.out, "-- %d online\n", e.Total)
	for _, u := range e.Users {
		devices := ""
		if u.Devices > 1 {
			devices = fmt.Sprintf(", %d devices", u.Devices)
		}
		fmt.Fprintf(s.out, "   %s (since %s%s)\n", printable(u.User), s.clock(u.Since), devices)
	}
	if more := e.Total - len(e.Users); more > 0 {
		fmt.Fprintf(s.out, "   and %d more\n", more)
	}
}

func (s *textScreen) history(e historyEvent) {
	with := printable(e.With)
	switch {
	case len(e.Messages) == 0:
		fmt.Fprintf(s.out, "-- nothing older with %s\n", with)
		return
	case e.More:
		fmt.Fprintf(s.out, "-- history with %s; the same again shows older messages\n", with)
	default:
		fmt.Fprintf(s.out, "-- history with %s from its beginning\n", with)
	}
	for _, m := range e.Messages {
		s.message(m.At, fmt.Sprintf("#%d %s", m.CSeq, m.author()), m.content)
	}
	for _, r := range e.Reads {
		fmt.Fprintf(s.out, "-- %s has read up to #%d\n", printable(r.User), r.CSeq)
	}
}
