package chat

import (
	"context"
	"fmt"

	"github.com/sim-im/sim/msgdef"
)

// search is :search user|#group|everywhere text.
type search struct {
	where string // empty: everywhere
	text  string
}

const (
	everywhere = "everywhere"
	mostFound  = 50 // of :search
)

func readSearch(args []string, rest string) (command, string) {
	s := search{args[0], behind(rest, []string{args[0], ""})}
	if s.where == everywhere {
		s.where = ""
	}
	return s, ""
}

// run shows what is found, up to a number.
func (f search) run(ctx context.Context, s *session) error {
	ctx, cancel := s.timeout(ctx)
	defer cancel()
	var conv msgdef.Conversation
	if f.where != "" {
		var err error
		if conv, err = s.conversation(ctx, f.where); err != nil {
			return err
		}
	}
	e := searchEvent{Event: "search", Text: f.text, Messages: []searchShown{}}
	for m, err := range s.client.Search(ctx, f.text, conv) {
		if err != nil {
			return unanswered(":search "+f.text, err)
		}
		if e.More = len(e.Messages) == mostFound; e.More {
			break
		}
		e.Messages = append(e.Messages, searchShown{
			Conversation: conversation(m.Conv), With: s.with(ctx, m.Conv),
			pastMessage: pastMessage{From: s.names(ctx, m.From)[m.From], content: s.content(ctx, m), CSeq: m.CSeq, At: m.At},
		})
	}
	s.screen.show(e)
	return nil
}

func (s *textScreen) search(e searchEvent) {
	if len(e.Messages) == 0 {
		fmt.Fprintf(s.out, "-- nothing says %s\n", printable(e.Text))
	}
	for i, m := range e.Messages {
		if i == 0 || m.With != e.Messages[i-1].With {
			fmt.Fprintf(s.out, "-- with %s\n", printable(m.With))
		}
		s.message(m.At, fmt.Sprintf("#%d %s", m.CSeq, printable(m.From)), m.content)
	}
	if e.More {
		fmt.Fprintln(s.out, "   and more")
	}
}
