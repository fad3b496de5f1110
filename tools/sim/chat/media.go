package chat

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/msgdef"
)

type (
	attach struct{ to, file string } // :send to file
	save   struct {                  // :save with number file
		with string
		cseq uint64
		file string
	}
)

// transferMost bounds one file.
const transferMost = time.Hour

func readAttach(args []string, rest string) (command, string) {
	return attach{args[0], strings.TrimSpace(strings.TrimPrefix(rest, args[0]))}, ""
}

func readSave(args []string, rest string) (command, string) {
	cseq, why := numbered(args[1])
	return save{args[0], cseq, behind(rest, args)}, why
}

// mediaShown is what is said of media.
type mediaShown struct {
	Name    string `json:"name,omitempty"`
	Type    string `json:"type"`
	Bytes   uint64 `json:"bytes"`
	Width   uint32 `json:"width,omitempty"`
	Height  uint32 `json:"height,omitempty"`
	Caption string `json:"caption,omitempty"`
	Link    string `json:"link,omitempty"` // holds for minutes

	thumbnail []byte
}

func shownMedia(m *msgdef.Media) *mediaShown {
	return &mediaShown{
		Name: m.Name, Type: m.Type, Bytes: m.Bytes, Width: m.Width, Height: m.Height, Caption: m.Caption, thumbnail: m.Thumbnail,
	}
}

// media returns what a message says of its media, with a link if there is one to
// be had; nil when it carries none.
func (s *session) media(ctx context.Context, m *client.Message) *mediaShown {
	in := client.MediaOf(m)
	if in == nil || len(m.Body) == 0 {
		return nil
	}
	shown := shownMedia(in)
	if in.ID != [16]byte{} {
		if links, err := s.client.MediaLinks(ctx, client.RefOf(m)); err == nil {
			shown.Link = links.List[0].URL
		}
	}
	return shown
}

// String is the media for people, on one line.
func (m *mediaShown) String() string {
	what := m.Type
	if m.Name != "" {
		what = m.Name + ", " + m.Type
	}
	text := fmt.Sprintf("[%s, %s", what, size(m.Bytes))
	if m.Width > 0 {
		text += fmt.Sprintf(", %d x %d", m.Width, m.Height)
	}
	text += "]"
	if m.Caption != "" {
		text += " " + m.Caption
	}
	if m.Link != "" {
		text += " " + m.Link
	}
	return printable(text)
}

// size is a number of bytes for people.
func size(n uint64) string {
	switch {
	case n >= 1<<20:
		return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
	case n >= 1<<10:
		return fmt.Sprintf("%.1f KiB", float64(n)/(1<<10))
	}
	return fmt.Sprintf("%d bytes", n)
}

// run uploads a file and sends it.
func (a attach) run(parent context.Context, s *session) error {
	ctx, cancel := s.timeout(parent)
	defer cancel()
	conv, err := s.conversation(ctx, a.to)
	if err != nil {
		return err
	}
	file, err := os.Open(a.file)
	if err != nil {
		return err
	}
	defer file.Close()
	uploading, cancelUpload := context.WithTimeout(parent, transferMost)
	defer cancelUpload()
	m, err := s.client.Upload(uploading, client.File{Name: a.file, Content: file})
	if err != nil {
		return fmt.Errorf("%s: %w", a.file, err)
	}
	draft := &client.Draft{Conv: conv, Kind: client.KindOf(m), Body: m.Append(nil)}
	shown := content{Kind: draft.Kind.String(), Media: shownMedia(m)}
	sending, cancelSend := s.timeout(parent)
	defer cancelSend()
	sent, err := s.client.SendDraft(sending, draft)
	return s.sent(s.with(sending, conv), shown, sent, err)
}

// savedEvent says that media are in a file.
type savedEvent struct {
	Event string `json:"event"` // saved
	File  string `json:"file"`
	Bytes int64  `json:"bytes"`
}

// run writes the media of a message to a file, which goes on where an earlier try
// ended.
func (c save) run(parent context.Context, s *session) error {
	ctx, cancel := s.timeout(parent)
	defer cancel()
	conv, err := s.conversation(ctx, c.with)
	if err != nil {
		return err
	}
	page, err := s.client.History(ctx, conv, c.cseq+1, 1)
	if err != nil {
		return unanswered("history with "+c.with, err)
	}
	if len(page.Messages) != 1 || page.Messages[0].CSeq != c.cseq || client.MediaOf(page.Messages[0]) == nil {
		return fmt.Errorf("#%d with %s carries no media", c.cseq, c.with)
	}
	n, err := s.fetch(parent, client.RefOf(page.Messages[0]), c.file)
	if err != nil {
		return fmt.Errorf("%s: %w", c.file, err)
	}
	s.screen.show(savedEvent{Event: "saved", File: c.file, Bytes: n})
	return nil
}

// partial is what the name of a file ends with that is not whole.
const partial = ".part"

// fetch brings media into a file, by way of one that is not whole.
func (s *session) fetch(parent context.Context, ref msgdef.MediaRef, path string) (int64, error) {
	file, err := os.OpenFile(path+partial, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, err
	}
	ctx, cancel := context.WithTimeout(parent, transferMost)
	defer cancel()
	from, err := file.Seek(0, io.SeekEnd)
	n := from
	if err == nil {
		n, err = s.client.Download(ctx, ref, client.Target{To: file, From: from})
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return n, err
	}
	return n, os.Rename(path+partial, path)
}
