package gate_test

import (
	"fmt"
	"testing"

	"github.com/sim-im/sim/msgdef/rpc/contracttest"
	"github.com/sim-im/sim/msgdef/rpc/kitex/kitextest"
)

// TestContractKitex checks what routes in other processes rely on.
func TestContractKitex(t *testing.T) {
	contracttest.Gate(t, func(t testing.TB) contracttest.GateParts {
		w := newWorld(t)
		w.login("first", 1) // the gate serves by then, also for checks without clients
		far := kitextest.Gate(t, w.gate)
		users := 0
		return contracttest.GateParts{
			Gate:  far,
			Epoch: w.gate.Epoch(),
			Login: func(testing.TB) contracttest.GateClient {
				users++
				return w.contractClient(fmt.Sprint("user", users))
			},
			Settle: func() { kitextest.Flush(t, far) },
		}
	})
}
