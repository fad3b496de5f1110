package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/sim-im/sim/msgdef"
)

// Target is where a download goes.
type Target struct {
	To   io.Writer
	From int64 // bytes that are there already, of an earlier Download of the same; To gets what follows

	// Progress hears how much is there; nil means that nobody asks. It is called on
	// the goroutine of Download.
	Progress func(done, total int64)
}

// Download writes media that a message carries, or that this user has uploaded. It
// returns how much is there, From included: when the connection is cut it goes on
// there, as long as ctx lasts, and a later Download may.
//
// The error is To's, a *MediaError, or one of History; one that says that this user
// may not read them is an *Error.
func (c *Client) Download(ctx context.Context, ref msgdef.MediaRef, t Target) (int64, error) {
	if t.To == nil || t.From < 0 {
		return t.From, checkArgument(errors.New("a download goes somewhere, from a byte on"))
	}
	ctx, done := c.during(ctx)
	defer done()
	d := &download{c: c, ref: ref, target: t, done: t.From}
	err := c.persist(ctx, func() (bool, error) {
		before := d.done
		err := d.run(ctx)
		return d.done > before, err
	})
	return d.done, err
}

// download is one under way.
type download struct {
	c      *Client
	ref    msgdef.MediaRef
	target Target
	done   int64
	total  int64
}

// run asks for a link, and for what is not there yet.
func (d *download) run(ctx context.Context) error {
	links, err := d.c.MediaLinks(ctx, d.ref)
	if err != nil {
		return err
	}
	link := links.List[0]
	if link.Code != msgdef.CodeOK {
		return newError(link.Code, 0, "")
	}
	d.total = int64(link.Bytes)
	switch {
	case d.done > d.total:
		return checkArgument(fmt.Errorf("from byte %d of %d", d.done, d.total))
	case d.done == d.total:
		return nil
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, link.URL, nil)
	if err != nil {
		return protocolError("a link that is none")
	}
	request.Header.Set("Range", fmt.Sprintf("bytes=%d-", d.done))
	r, err := d.c.fetch(request)
	if err != nil {
		return err
	}
	defer r.Body.Close()
	if r.StatusCode != http.StatusPartialContent {
		return fmt.Errorf("%w: status %d in answer to a range", ErrMedia, r.StatusCode)
	}
	return d.copy(r.Body)
}

// copy writes what arrives, and no more than there is to be.
func (d *download) copy(from io.Reader) error {
	buf := make([]byte, 64<<10)
	for d.done < d.total {
		n, err := from.Read(buf[:min(int64(len(buf)), d.total-d.done)])
		if n > 0 {
			written, errWrite := d.target.To.Write(buf[:n])
			d.done += int64(written)
			if errWrite != nil {
				return errWrite
			}
			if d.target.Progress != nil {
				d.target.Progress(d.done, d.total)
			}
		}
		if err != nil && d.done < d.total {
			return cut{fmt.Errorf("%w: %w", ErrMedia, err)}
		}
	}
	return nil
}
