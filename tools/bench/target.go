package bench

import (
	"strings"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/gate/transport"
	"github.com/sim-im/sim/gate/transport/tcp"
	"github.com/sim-im/sim/msgdef/secure"
)

// Target is the server under load.
type Target struct {
	Name    string   // what it is, for reports; empty means "server"
	Servers []string // HOST:PORT of its gates
	QUIC    bool     // over QUIC instead of TCP
	Roots   string   // file with its root keys
	HTTP    []string // HOST:PORT where its processes show their metrics, which are summed; empty when not known

	traffic *traffic // of the clients of this process, where it is counted
}

func (t *Target) name() string {
	if t.Name == "" {
		return "server"
	}
	return t.Name
}

// http names the addresses of the metrics for messages to people.
func (t *Target) http() string { return strings.Join(t.HTTP, ", ") }

// dialer is how its gates are reached, with what goes there counted. There is
// no way out of QUIC: numbers of another transport would be wrong ones.
func (t *Target) dialer(roots *secure.Roots) transport.Dialer { return t.counting(roots, nil) }

// counting is dialer for connections that write to be answered only.
func (t *Target) counting(roots *secure.Roots, beats *meter) *counting {
	d := &counting{Dialer: tcp.Dialer{}, traffic: t.traffic, beats: beats}
	if t.QUIC {
		d.Dialer = client.QUICOnly(roots)
	}
	return d
}
