package client

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// ErrMedia says that the server of media refused, or does not speak as it should.
var ErrMedia = errors.New("client: media")

// MediaError is a refusal of the server of media. It wraps ErrMedia.
type MediaError struct {
	Status int    // of HTTP: 413 is too large, 415 a type that is not taken, 422 a picture that cannot be used, 429 too much at once
	Text   string // for people
}

// Error implements error.
func (e *MediaError) Error() string { return fmt.Sprintf("client: media: %s (%d)", e.Text, e.Status) }

// Unwrap returns ErrMedia.
func (e *MediaError) Unwrap() error { return ErrMedia }

// cut is a request whose outcome is not known: the network failed.
type cut struct{ error }

// Unwrap returns why.
func (e cut) Unwrap() error { return e.error }

// failure is what became of a request without an answer. Who cannot prove to be the
// server of media will not be able to a moment later.
func failure(err error) error {
	wrapped := fmt.Errorf("%w: %w", ErrMedia, err)
	if errors.As(err, new(*tls.CertificateVerificationError)) {
		return wrapped
	}
	return cut{wrapped}
}

// interrupted begins what a server says when another request about the same upload
// was in the way.
const interrupted = "ERR_UPLOAD_INTERRUPTED"

// mayPass tells whether the same may succeed later.
func mayPass(err error) bool {
	var refused *MediaError
	if errors.As(err, &refused) {
		switch refused.Status {
		case http.StatusLocked, http.StatusConflict, http.StatusRequestTimeout, http.StatusTooManyRequests:
			return true
		}
		return refused.Status >= 500 || strings.HasPrefix(refused.Text, interrupted)
	}
	return errors.As(err, new(cut))
}

// persist tries something until it succeeds, fails for good, or ctx ends. step
// tells whether it has gone on.
func (c *Client) persist(ctx context.Context, step func() (goes bool, err error)) error {
	for failures := 1; ; failures++ {
		goes, err := step()
		if err == nil || !mayPass(err) {
			return err
		}
		if goes {
			failures = 1
		}
		timer := time.NewTimer(c.opts.Backoff.delay(failures, 0))
		select {
		case <-timer.C:
		case <-ctx.Done():
		}
		timer.Stop()
		if ctx.Err() != nil {
			return errors.Join(context.Cause(ctx), err)
		}
	}
}

// during returns a context that also ends with the client.
func (c *Client) during(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(c.life, func() { cancel(ErrClosed) })
	return ctx, func() {
		stop()
		cancel(nil)
	}
}

// headerTimeout is how long the server of media may think about an answer.
const headerTimeout = time.Minute

// web speaks HTTP.
type web struct {
	once sync.Once
	own  *http.Client // nil when Options has one
}

func (c *Client) httpClient() *http.Client {
	if c.opts.HTTP != nil {
		return c.opts.HTTP
	}
	c.web.once.Do(func() {
		t := &http.Transport{Proxy: http.ProxyFromEnvironment, ResponseHeaderTimeout: headerTimeout, IdleConnTimeout: headerTimeout, ForceAttemptHTTP2: true}
		c.web.own = &http.Client{Transport: t}
	})
	return c.web.own
}

// close ends connections that nobody uses.
func (w *web) close() {
	w.once.Do(func() {}) // none is made from now on
	if w.own != nil {
		w.own.CloseIdleConnections()
	}
}

// fetch makes a request. The error is a *MediaError, or of the network, and has no
// URL in it: that may be a secret.
func (c *Client) fetch(request *http.Request) (*http.Response, error) {
	client := c.httpClient()
	if client == nil {
		return nil, ErrClosed
	}
	r, err := client.Do(request)
	if err != nil {
		var with *url.Error
		if errors.As(err, &with) {
			err = with.Err
		}
		return nil, failure(err)
	}
	if r.StatusCode >= 200 && r.StatusCode < 300 {
		return r, nil
	}
	text, _ := io.ReadAll(io.LimitReader(r.Body, 256)) // what of it arrived
	_ = r.Body.Close()
	refusal := strings.Map(printable, string(bytes.TrimSpace(text)))
	if refusal == "" {
		refusal = http.StatusText(r.StatusCode)
	}
	return nil, &MediaError{r.StatusCode, refusal}
}
