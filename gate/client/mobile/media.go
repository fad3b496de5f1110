package mobile

import (
	"errors"
	"io"
	"os"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/msgdef"
)

// Media is a picture, a sound, a video or a file, as a message says of it.
type Media struct {
	Name            string
	Type            string // MIME
	Size            int64  // bytes
	Width           int    // pixels
	Height          int
	Thumbnail       []byte // JPEG; may be empty
	Caption         string
	DurationSeconds float64

	id  [16]byte
	ref msgdef.MediaRef // of the message that carries it, or of one's own
}

func mediaOf(m *msgdef.Media, ref msgdef.MediaRef) *Media {
	return &Media{
		Name: m.Name, Type: m.Type, Size: int64(m.Bytes), Width: int(m.Width), Height: int(m.Height),
		Thumbnail: append([]byte(nil), m.Thumbnail...), Caption: m.Caption, DurationSeconds: float64(m.Duration) / 1000,
		id: m.ID, ref: ref,
	}
}

// Draft returns a message that carries the media, for QueueDraft.
func (m *Media) Draft() *Draft {
	said := msgdef.Media{
		ID: m.id, Name: m.Name, Type: m.Type, Bytes: uint64(m.Size), Width: uint32(m.Width), Height: uint32(m.Height),
		Thumbnail: m.Thumbnail, Caption: m.Caption, Duration: uint32(m.DurationSeconds * 1000),
	}
	return &Draft{Kind: int(client.KindOf(&said)), Body: said.Append(nil)}
}

// Media returns what a message says of the media that it carries, nil when it
// carries none.
func (m *Message) Media() *Media {
	if m.m == nil {
		return nil
	}
	in := client.MediaOf(m.m)
	if in == nil {
		return nil
	}
	return mediaOf(in, client.RefOf(m.m))
}

// Progress hears how a file comes along. It is called on the thread that waits.
type Progress interface {
	OnProgress(done, total int64)
}

// report returns how a Progress is told; nil for nobody.
func report(p Progress) func(done, total int64) {
	if p == nil {
		return nil
	}
	return p.OnProgress
}

// Upload brings a file to the server, where nobody else sees it before a Draft of
// it is sent. When it is cut short, by the end of the app too, the next Upload of
// the file goes on where it was.
func (c *Client) Upload(path string, progress Progress, call *Call) (*Media, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	ctx, cancel := call.context()
	defer cancel()
	m, err := c.c.Upload(ctx, client.File{Name: path, Content: file, Progress: report(progress)})
	if err != nil {
		return nil, err
	}
	return mediaOf(m, msgdef.MediaRef{ID: m.ID}), nil
}

// Download writes media to a file. What the file has already is taken for the
// beginning, so that a Download that was cut short goes on.
func (c *Client) Download(m *Media, path string, progress Progress, call *Call) error {
	if m == nil {
		return errors.New("mobile: no media")
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	from, err := file.Seek(0, io.SeekEnd)
	if err != nil {
		return errors.Join(err, file.Close())
	}
	ctx, cancel := call.context()
	defer cancel()
	_, err = c.c.Download(ctx, m.ref, client.Target{To: file, From: from, Progress: report(progress)})
	return errors.Join(err, file.Close())
}

// MediaLink returns a URL that shows media for some minutes, or its larger
// thumbnail, which is empty when there is none.
func (c *Client) MediaLink(m *Media, thumbnail bool, call *Call) (string, error) {
	if m == nil {
		return "", errors.New("mobile: no media")
	}
	ctx, cancel := call.context()
	defer cancel()
	links, err := c.c.MediaLinks(ctx, m.ref)
	if err != nil {
		return "", err
	}
	link := links.List[0]
	switch {
	case link.Code != msgdef.CodeOK:
		return "", &client.Error{Code: link.Code}
	case thumbnail:
		return link.Thumbnail, nil
	}
	return link.URL, nil
}
