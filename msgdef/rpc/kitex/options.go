package kitex

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/sim-im/sim/msgdef/rpc"
)

// MaxFrame is the default bound of a call or an answer, in bytes. The largest
// batch that the schema allows, of messages of full size, is about 50 MiB.
const MaxFrame = 64 << 20

// Default timeouts.
const (
	callTimeout  = 5 * time.Second
	loginTimeout = 15 * time.Second // passwords are costly, and logins queue up
	laneTimeout  = 2 * time.Second  // what waits behind gets old
)

// ClientOptions is what a caller is made of. Endpoints are needed, unless the
// constructor takes one.
type ClientOptions struct {
	// Self is the caller's id. It orders endpoints, so that callers spread over
	// them and each stays with its own, and names the caller in errors.
	Self string

	// Endpoints tells whom to call.
	Endpoints Endpoints

	// TLS secures connections; nil leaves them plain. Without a ServerName each
	// endpoint's host is verified.
	TLS *tls.Config

	// Timeout bounds every call whose context allows more; 0 means 5 s, and 15 s
	// for logins.
	Timeout time.Duration

	// MaxFrame bounds a call or an answer in bytes; 0 means MaxFrame.
	MaxFrame int

	// Logger gets what operators should know; nil is silence.
	Logger *slog.Logger

	version uint16 // 0 means rpc.Version
}

// withDefaults fills in what was left out.
func (o ClientOptions) withDefaults() ClientOptions {
	if o.MaxFrame == 0 {
		o.MaxFrame = MaxFrame
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.version == 0 {
		o.version = rpc.Version
	}
	return o
}

// validate returns why no caller can be made of o.
func (o ClientOptions) validate() error {
	switch {
	case o.Endpoints == nil:
		return errors.New("kitex: no endpoints")
	case o.Timeout < 0:
		return fmt.Errorf("kitex: timeout of %v", o.Timeout)
	case o.MaxFrame < 0:
		return fmt.Errorf("kitex: frames of %d bytes", o.MaxFrame)
	case len(o.Self) > maxCaller/2:
		return fmt.Errorf("kitex: an id of %d bytes, at most %d", len(o.Self), maxCaller/2)
	}
	return nil
}

// timeoutOf returns what bounds a method's calls.
func (o ClientOptions) timeoutOf(method string) time.Duration {
	switch {
	case o.Timeout > 0:
		return o.Timeout
	case method == methodLogin, method == methodChangePassword, method == methodDeleteAccount, method == methodSetPassword:
		return loginTimeout
	}
	return callTimeout
}

// only makes o a caller of one endpoint.
func (o ClientOptions) only(e Endpoint) ClientOptions {
	o.Endpoints = static{e}
	return o
}

// open returns a caller of a service.
func (o ClientOptions) open(s service) (*caller, error) {
	o = o.withDefaults()
	if err := o.validate(); err != nil {
		return nil, err
	}
	l, err := newLink(s, o)
	if err != nil {
		return nil, err
	}
	return newCaller(l, o.Self, o.Endpoints), nil
}
