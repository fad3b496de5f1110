package gate_test

import (
	"fmt"
	"testing"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/msgdef/rpc/contracttest"
	"github.com/sim-im/sim/msgdef/rpc/loopback"
)

// TestContract checks what routes rely on, called directly and through bytes.
func TestContract(t *testing.T) {
	for name, view := range map[string]func(rpc.Gate) rpc.Gate{
		"direct":   func(g rpc.Gate) rpc.Gate { return g },
		"loopback": loopback.Gate,
	} {
		t.Run(name, func(t *testing.T) {
			contracttest.Gate(t, func(t testing.TB) contracttest.GateParts {
				w := newWorld(t)
				w.login("first", 1) // the gate serves by then, also for checks without clients
				users := 0
				return contracttest.GateParts{
					Gate:  view(w.gate),
					Epoch: w.gate.Epoch(),
					Login: func(testing.TB) contracttest.GateClient {
						users++
						return w.contractClient(fmt.Sprint("user", users))
					},
				}
			})
		})
	}
}

// contractClient logs in and finds out which connection that is to the gate.
func (w *world) contractClient(name string) contracttest.GateClient {
	w.t.Helper()
	c := w.login(name, 1)
	receive := func() (msgdef.Type, []byte, error) {
		f, err := c.next()
		return f.Type, f.Body, err
	}
	w.far.mu.Lock()
	defer w.far.mu.Unlock()
	for conn, s := range w.far.sessions {
		if s.UID == c.welcome.UID {
			return contracttest.GateClient{Conn: conn, Receive: receive}
		}
	}
	w.t.Fatalf("%s logged in and is not registered", name)
	return contracttest.GateClient{}
}
