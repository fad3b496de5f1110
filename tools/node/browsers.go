package node

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/sim-im/sim/gate/transport/websocket"
	"github.com/sim-im/sim/tools/ops"
)

// WebSocket says where browsers connect to a gate. Without Cert and Key it is in
// plaintext, for this machine only.
type WebSocket struct {
	Listen    string   // HOST:PORT; "" for nowhere
	Cert, Key string   // files, PEM: the certificate that browsers trust, and its key
	Origins   []string // sites whose pages may connect, see websocket.Options
}

// validate lists everything that is wrong, in the names of flags.
func (w WebSocket) validate() []error {
	errs := []error{}
	if err := (websocket.Options{Origins: w.Origins}).Validate(); err != nil {
		errs = append(errs, fmt.Errorf("--ws-origin: %w", err))
	}
	if (w.Cert == "") != (w.Key == "") {
		errs = append(errs, errors.New("--ws-cert and --ws-key: give both of them or none"))
	}
	host, _, err := net.SplitHostPort(w.Listen)
	switch {
	case w.Listen == "" && (w.Cert != "" || w.Key != "" || len(w.Origins) > 0):
		errs = append(errs, errors.New("--ws: is needed for --ws-cert, --ws-key and --ws-origin to be of use"))
	case w.Listen == "":
	case err != nil:
		errs = append(errs, fmt.Errorf("--ws: %q is not HOST:PORT", w.Listen))
	case w.Cert == "" && w.Key == "" && !loopback(host):
		errs = append(errs, fmt.Errorf("--ws: %s is reached from other machines: give --ws-cert and --ws-key, or an address like 127.0.0.1:7104 and a proxy there that ends TLS", w.Listen))
	}
	return errs
}

// openBrowsers takes the address for browsers.
func (g *Gate) openBrowsers() error {
	w := g.options.WS
	if w.Listen == "" {
		return nil
	}
	o := websocket.Options{Origins: w.Origins, Admits: g.admits, Wasted: g.wasted}
	if w.Cert != "" {
		g.web = &certificate{cert: w.Cert, key: w.Key, now: g.common.Now}
		if _, err := g.web.get(nil); err != nil {
			return &OptionsError{err}
		}
		o.TLS = &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: g.web.get}
	}
	l, err := websocket.Listen(w.Listen, o)
	if err != nil {
		return fmt.Errorf("--ws: %w", err)
	}
	g.browsers = l
	g.metrics = append(g.metrics, ops.BrowserMetrics(func() (int, uint64, map[websocket.Reason]uint64) {
		s := l.Stats()
		return s.Pending, s.Accepted, s.Failed
	}))
	g.add(l)
	return nil
}

// WSURL returns the address that browsers connect to, "" when there is none; the
// name in their certificate is another matter.
func (g *Gate) WSURL() string {
	if g.browsers == nil {
		return ""
	}
	return g.browsers.URL()
}

// certificateFor is how long a certificate is used before its files are read
// anew: replacing them is enough, and strangers do not make a gate read files.
const certificateFor = time.Minute

// certificate is what browsers see, from files.
type certificate struct {
	now func() time.Time

	mu        sync.Mutex
	cert, key string
	pair      *tls.Certificate
	read      time.Time
}

// prepare reads the files that w names. commit has browsers see what they hold.
// c is nil in a gate that was started without any, and stays so.
func (c *certificate) prepare(w WebSocket) (commit func(), err error) {
	switch {
	case c == nil && w.Cert == "":
		return func() {}, nil
	case c == nil, w.Cert == "":
		return nil, errors.New("--ws-cert, --ws-key: whether browsers connect over TLS changes with the next start only")
	}
	pair, err := tls.LoadX509KeyPair(w.Cert, w.Key)
	if err != nil {
		return nil, fmt.Errorf("--ws-cert, --ws-key: %w", err)
	}
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.cert, c.key, c.pair, c.read = w.Cert, w.Key, &pair, c.now()
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
	pair, err := tls.LoadX509KeyPair(c.cert, c.key)
	if err != nil && c.pair == nil {
		return nil, fmt.Errorf("--ws-cert, --ws-key: %w", err)
	}
	if err == nil {
		c.pair = &pair
	}
	c.read = c.now()
	return c.pair, nil
}
