package bench

import (
	"strings"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/gate/transport"
	"github.com/sim-im/sim/msgdef/secure"
)

// Target is the server under load.
type Target struct {
	Name    string   // what it is, for reports; empty means "server"
	Servers []string // HOST:PORT of its gates
	QUIC    bool     // over QUIC instead of TCP
	Roots   string   // file with its root keys
	HTTP    []string // HOST:PORT where its processes show their metrics, which are summed; empty when not known
}

func (t *Target) name() string {
	if t.Name == "" {
		return "server"
	}
	return t.Name
}

// http names the addresses of the metrics for messages to people.
func (t *Target) http() string { return strings.Join(t.HTTP, ", ") }

// dialer is how its gates are reached. There is no way out of QUIC: numbers of
// another transport would be wrong ones.
func (t *Target) dialer(roots *secure.Roots) transport.Dialer {
	if t.QUIC {
		return client.QUICOnly(roots)
	}
	return nil
}
