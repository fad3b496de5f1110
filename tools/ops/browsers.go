package ops

import (
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/sim-im/sim/gate/transport/websocket"
)

// WebSocket says where browsers connect to a gate. Without Cert and Key it is in
// plaintext, for this machine only.
type WebSocket struct {
	Listen    string   // HOST:PORT; "" for nowhere
	Cert, Key string   // files, PEM: the certificate that browsers trust, and its key
	Origins   []string // sites whose pages may connect, see websocket.Options
}

// Validate lists everything that is wrong, in the names of flags.
func (w WebSocket) Validate() error {
	var errs []error
	if err := (websocket.Options{Origins: w.Origins}).Validate(); err != nil {
		errs = append(errs, fmt.Errorf("--ws-origin: %w", err))
	}
	if w.Listen == "" && (w.Cert != "" || w.Key != "" || len(w.Origins) > 0) {
		errs = append(errs, errors.New("--ws: is needed for --ws-cert, --ws-key and --ws-origin to be of use"))
	}
	at := webAddress{flag: "--ws", files: "--ws", listen: w.Listen, cert: w.Cert, key: w.Key, port: 7104}
	return errors.Join(append(errs, at.mistakes()...)...)
}

// Browsers is the listener of a gate for browsers. Of a nil one there is neither
// an address nor anything to prepare.
type Browsers struct {
	*websocket.Listener
	certificate *certificate // nil in plaintext
}

// Open listens where w says; nil means nowhere. Admits and Wasted are those of
// websocket.Options. Errors: a *FileError, and that of the address.
func (w WebSocket) Open(admits func(netip.Addr) bool, wasted func(netip.Addr), now func() time.Time) (*Browsers, error) {
	if w.Listen == "" {
		return nil, nil
	}
	b := new(Browsers)
	var err error
	if w.Cert != "" {
		if b.certificate, err = newCertificate("--ws-cert, --ws-key", w.Cert, w.Key, now); err != nil {
			return nil, err
		}
	}
	o := websocket.Options{Origins: w.Origins, TLS: b.certificate.config(), Admits: admits, Wasted: wasted}
	if b.Listener, err = websocket.Listen(w.Listen, o); err != nil {
		return nil, fmt.Errorf("--ws: %w", err)
	}
	return b, nil
}

// URL returns the address that browsers connect to; the name in their certificate
// is another matter.
func (b *Browsers) URL() string {
	if b == nil {
		return ""
	}
	return b.Listener.URL()
}

// Metrics are those of BrowserMetrics.
func (b *Browsers) Metrics() Source {
	return BrowserMetrics(func() (int, uint64, map[websocket.Reason]uint64) {
		s := b.Stats()
		return s.Pending, s.Accepted, s.Failed
	})
}

// Prepare reads the files that w names. commit has browsers see what they hold.
// Whether there is TLS stays as it was at the start.
func (b *Browsers) Prepare(w WebSocket) (commit func(), err error) {
	inUse := b != nil && b.certificate != nil
	switch {
	case inUse != (w.Cert != ""):
		return nil, errors.New("--ws-cert, --ws-key: whether browsers connect over TLS changes with the next start only")
	case !inUse:
		return func() {}, nil
	}
	return b.certificate.prepare(w.Cert, w.Key)
}
