package client

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/sim-im/sim/msgdef"
)

// File is what is uploaded.
type File struct {
	Name    string        // as the receivers see it; its folders are left out
	Content io.ReadSeeker // from its beginning; it does not change meanwhile

	// Progress hears how much has arrived, at first and after each part; nil means
	// that nobody asks. It is called on the goroutine of Upload.
	Progress func(done, total int64)
}

// Upload brings a file to the server of media, and returns what a message says of
// it: for Send, of the kind that KindOf tells, by this user. Nobody else can read it
// before.
//
// When the connection is cut it goes on where it was, as long as ctx lasts. So
// does an Upload of the same content after this process has ended, within a day.
//
// The error is a *MediaError, or one of History.
func (c *Client) Upload(ctx context.Context, f File) (*msgdef.Media, error) {
	ctx, done := c.during(ctx)
	defer done()
	u := &upload{c: c, file: f}
	if err := u.measure(); err != nil {
		return nil, err
	}
	var m *msgdef.Media
	err := c.persist(ctx, func() (goes bool, err error) {
		before := u.done
		if err = u.run(ctx); err == nil {
			m, err = u.described(ctx)
		}
		if err != nil {
			u.at, u.token = "", nil // the server may be elsewhere now; it knows the file by its content
		}
		return u.done > before, err
	})
	return m, err
}

// KindOf tells of which kind a message is that carries media of a type.
func KindOf(m *msgdef.Media) msgdef.ContentKind {
	class, _, _ := strings.Cut(m.Type, "/")
	switch class {
	case "image":
		return msgdef.ContentImage
	case "audio":
		return msgdef.ContentAudio
	case "video":
		return msgdef.ContentVideo
	}
	return msgdef.ContentFile
}

// upload is one under way.
type upload struct {
	c    *Client
	file File
	size int64
	hash string // SHA-256, hexadecimal

	token *msgdef.MediaToken
	at    string // URL of the upload
	done  int64
}

// measure finds out what the server is told before.
func (u *upload) measure() error {
	if u.file.Content == nil {
		return checkArgument(errors.New("a file without content"))
	}
	if _, err := u.file.Content.Seek(0, io.SeekStart); err != nil {
		return err
	}
	hash := sha256.New()
	n, err := io.Copy(hash, u.file.Content)
	if err != nil {
		return err
	}
	if n == 0 {
		return checkArgument(errors.New("an empty file"))
	}
	u.size, u.hash = n, hex.EncodeToString(hash.Sum(nil))
	return nil
}

// run goes on until the file is there, or something is in the way.
func (u *upload) run(ctx context.Context) error {
	if err := u.authorize(ctx); err != nil {
		return err
	}
	if err := u.create(ctx); err != nil {
		return err
	}
	done, err := u.offset(ctx)
	if err != nil {
		return err
	}
	u.progress(done)
	for u.done < u.size {
		if err := u.patch(ctx); err != nil {
			return err
		}
	}
	return nil
}

// tokenSlack is how long before its end a token is taken for over.
const tokenSlack = time.Minute

// authorize gets a token unless there is a good one.
func (u *upload) authorize(ctx context.Context) (err error) {
	if u.token != nil && u.c.opts.Now().Add(tokenSlack).Before(time.UnixMilli(u.token.Expires)) {
		return nil
	}
	if u.token, err = u.c.mediaToken(ctx); err != nil {
		return err
	}
	if u.size > int64(u.token.Most) {
		return &MediaError{http.StatusRequestEntityTooLarge, fmt.Sprintf("a file of %d bytes; %d at most", u.size, u.token.Most)}
	}
	return nil
}

func (u *upload) progress(done int64) {
	u.done = done
	if u.file.Progress != nil {
		u.file.Progress(done, u.size)
	}
}

// create begins an upload, or finds the one that was begun before.
func (u *upload) create(ctx context.Context) error {
	h, err := u.ask(ctx, http.MethodPost, u.token.URL, nil, http.Header{
		"Upload-Length":   {strconv.FormatInt(u.size, 10)},
		"Upload-Metadata": {"sha256 " + base64.StdEncoding.EncodeToString([]byte(u.hash))},
	})
	if err != nil {
		return err
	}
	if u.at = h.Get("Location"); u.at == "" {
		return protocolError("an upload that is nowhere")
	}
	return nil
}

// offset asks how much is there.
func (u *upload) offset(ctx context.Context) (int64, error) {
	h, err := u.ask(ctx, http.MethodHead, u.at, nil, nil)
	if err != nil {
		return 0, err
	}
	return u.offsetIn(h)
}

func (u *upload) offsetIn(h http.Header) (int64, error) {
	n, err := strconv.ParseInt(h.Get("Upload-Offset"), 10, 64)
	if err != nil || n < 0 || n > u.size {
		return 0, protocolError("an upload of %d bytes at %q", u.size, h.Get("Upload-Offset"))
	}
	return n, nil
}

// partBytes is how much is sent at once: as often Progress hears, and the token is
// looked at.
const partBytes = 1 << 20

// partTimeout is how long a part may take. What of it has arrived by then stays.
const partTimeout = 2 * time.Minute

// patch sends the next part.
func (u *upload) patch(ctx context.Context) error {
	if err := u.authorize(ctx); err != nil {
		return err
	}
	if _, err := u.file.Content.Seek(u.done, io.SeekStart); err != nil {
		return err
	}
	part := make([]byte, min(partBytes, u.size-u.done))
	if _, err := io.ReadFull(u.file.Content, part); err != nil {
		return fmt.Errorf("client: the file changes: %w", errors.Join(ErrArgument, err))
	}
	h, err := u.ask(ctx, http.MethodPatch, u.at, part, http.Header{
		"Upload-Offset": {strconv.FormatInt(u.done, 10)}, "Content-Type": {"application/offset+octet-stream"},
	})
	if err != nil {
		return err
	}
	done, err := u.offsetIn(h)
	if err == nil && done <= u.done {
		err = protocolError("an upload that does not go on")
	}
	if err != nil {
		return err
	}
	u.progress(done)
	return nil
}

// ask makes a request with the token and returns the header of the answer.
func (u *upload) ask(ctx context.Context, method, url string, body []byte, h http.Header) (http.Header, error) {
	ctx, cancel := context.WithTimeout(ctx, partTimeout)
	defer cancel()
	r, err := u.request(ctx, method, url, body, h)
	if err != nil {
		return nil, err
	}
	return r.Header, r.Body.Close()
}

func (u *upload) request(ctx context.Context, method, url string, body []byte, h http.Header) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(body))
	if err != nil {
		return nil, protocolError("%w", err)
	}
	if h != nil {
		request.Header = h
	}
	request.Header.Set("Tus-Resumable", "1.0.0")
	request.Header.Set("Authorization", "Bearer "+string(u.token.Token))
	r, err := u.c.fetch(request)
	var refused *MediaError
	if errors.As(err, &refused) && (refused.Status == http.StatusUnauthorized || refused.Status == http.StatusNotFound) {
		return nil, &MediaError{http.StatusConflict, refused.Text} // another token, or the same upload anew, will do
	}
	return r, err
}

// described is what the server says of an upload that is whole, see PROTOCOL.md.
type described struct {
	ID        string `json:"id"`
	Type      string `json:"type"`
	Bytes     uint64 `json:"bytes"`
	Width     uint32 `json:"width"`
	Height    uint32 `json:"height"`
	Thumbnail []byte `json:"thumbnail"`
}

// maxDescription bounds a description, in bytes.
const maxDescription = 32 << 10

// described asks what was found out.
func (u *upload) described(ctx context.Context) (*msgdef.Media, error) {
	r, err := u.request(ctx, http.MethodGet, u.at, nil, nil)
	if err != nil {
		return nil, err
	}
	defer r.Body.Close()
	var is described
	if err := json.NewDecoder(io.LimitReader(r.Body, maxDescription)).Decode(&is); err != nil {
		return nil, fmt.Errorf("%w: what it says of an upload: %w", ErrMedia, err)
	}
	id, err := hex.DecodeString(is.ID)
	m := &msgdef.Media{
		Name: nameOf(u.file.Name), Type: is.Type, Bytes: is.Bytes, Width: is.Width, Height: is.Height, Thumbnail: is.Thumbnail,
	}
	if err != nil || copy(m.ID[:], id) != len(m.ID) || m.Validate() != nil {
		return nil, protocolError("a description of an upload that is none")
	}
	return m, nil
}

// nameOf is the name that goes into a message.
func nameOf(path string) string {
	name := filepath.Base(path)
	if name == "." || name == string(filepath.Separator) {
		return ""
	}
	for len(name) > maxFileName { // what it ends with says more
		_, first := utf8.DecodeRuneInString(name)
		name = name[first:]
	}
	return name
}

// maxFileName is how many bytes a name has at most, see msgdef.Media.
const maxFileName = 255
