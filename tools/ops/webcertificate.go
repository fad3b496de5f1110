package ops

import (
	"crypto/tls"
	"fmt"
	"sync"
	"time"
)

// FileError is a file of options that cannot be used.
type FileError struct{ Err error }

// Error says which flags name it, and what is wrong.
func (e *FileError) Error() string { return e.Err.Error() }

// Unwrap returns what reading it said.
func (e *FileError) Unwrap() error { return e.Err }

// certificateFor is how long a certificate is used before its files are read
// anew: replacing them is enough, and strangers do not make a server read files.
const certificateFor = time.Minute

// certificate is what a server shows its clients, from files.
type certificate struct {
	flags string // that name the files
	now   func() time.Time

	mu        sync.Mutex
	cert, key string
	pair      *tls.Certificate
	read      time.Time
}

// newCertificate reads the files for the first time. The error is a *FileError.
func newCertificate(flags, cert, key string, now func() time.Time) (*certificate, error) {
	c := &certificate{flags: flags, cert: cert, key: key, now: now}
	if _, err := c.get(nil); err != nil {
		return nil, &FileError{err}
	}
	return c, nil
}

// config is what a listener needs. c may be nil, for none.
func (c *certificate) config() *tls.Config {
	if c == nil {
		return nil
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: c.get}
}

// prepare reads other files. commit has clients see what they hold.
func (c *certificate) prepare(cert, key string) (commit func(), err error) {
	pair, err := c.load(cert, key)
	if err != nil {
		return nil, err
	}
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.cert, c.key, c.pair, c.read = cert, key, pair, c.now()
	}, nil
}

// get returns the certificate. Files that cannot be read any more leave the last
// one in use.
func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if age := c.now().Sub(c.read); c.pair != nil && age >= 0 && age < certificateFor {
		return c.pair, nil
	}
	pair, err := c.load(c.cert, c.key)
	if err != nil && c.pair == nil {
		return nil, err
	}
	if err == nil {
		c.pair = pair
	}
	c.read = c.now()
	return c.pair, nil
}

func (c *certificate) load(cert, key string) (*tls.Certificate, error) {
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.flags, err)
	}
	return &pair, nil
}
