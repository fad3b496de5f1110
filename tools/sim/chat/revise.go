package chat

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/msgdef"
)

// revise is an event about a message: :edit, :recall, :react, :pin.
type revise struct {
	to   string
	cseq uint64
	kind msgdef.ContentKind
	text string // the new text, or the emoji
	off  bool
}

// numbered reads the number of a message.
func numbered(word string) (cseq uint64, why string) {
	cseq, err := strconv.ParseUint(strings.TrimPrefix(word, groupMark), 10, 64)
	if err != nil || cseq == 0 {
		return 0, fmt.Sprintf("%q is not the number of a message, as :history shows it", word)
	}
	return cseq, ""
}

// behind returns what stands behind two words of a line.
func behind(rest string, args []string) string {
	rest = strings.TrimSpace(strings.TrimPrefix(rest, args[0]))
	return strings.TrimSpace(strings.TrimPrefix(rest, args[1]))
}

func readReply(args []string, rest string) (command, string) {
	cseq, why := numbered(args[1])
	return reply{args[0], cseq, behind(rest, args)}, why
}

func readRevise(kind msgdef.ContentKind, off bool) func([]string, string) (command, string) {
	return func(args []string, rest string) (command, string) {
		cseq, why := numbered(args[1])
		return revise{args[0], cseq, kind, behind(rest, args), off}, why
	}
}

// run sends the event.
func (r revise) run(ctx context.Context, s *session) error {
	ctx, cancel := s.timeout(ctx)
	defer cancel()
	conv, err := s.conversation(ctx, r.to)
	if err != nil {
		return err
	}
	to := s.with(ctx, conv)
	sent, says, err := r.send(ctx, s.client, conv)
	if err != nil {
		return unsent(to, err)
	}
	c := revision(r.kind, says)
	s.memory.about(conv, s.client.Account(), &c)
	s.screen.show(sentEvent{
		Event: "sent", Conversation: conversation(conv), To: to, content: c,
		CSeq: sent.CSeq, USeq: sent.USeq, At: sent.At,
	})
	return nil
}

// send sends it, and returns what it says.
func (r revise) send(ctx context.Context, c *client.Client, conv msgdef.Conversation) (sent client.Sent, says any, err error) {
	switch r.kind {
	case msgdef.ContentEdit:
		sent, err = c.Edit(ctx, conv, r.cseq, msgdef.ContentText, []byte(r.text))
		return sent, &msgdef.Edit{CSeq: r.cseq, Kind: msgdef.ContentText, Body: []byte(r.text)}, err
	case msgdef.ContentRecall:
		sent, err = c.Recall(ctx, conv, r.cseq)
		return sent, &msgdef.Recall{CSeq: r.cseq}, err
	case msgdef.ContentReaction:
		sent, err = c.React(ctx, conv, r.cseq, r.text, r.off)
		return sent, &msgdef.Reaction{CSeq: r.cseq, Emoji: r.text, Off: r.off}, err
	}
	sent, err = c.Pin(ctx, conv, r.cseq, r.off)
	return sent, &msgdef.Pin{CSeq: r.cseq, Off: r.off}, err
}
