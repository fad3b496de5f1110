package imservice

import (
	"testing"

	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/msgdef/rpc/contracttest"
	"github.com/sim-im/sim/msgdef/rpc/kitex/kitextest"
)

// TestContractKitex checks what callers in other processes rely on.
func TestContractKitex(t *testing.T) {
	contracttest.Service(t, func(t testing.TB) rpc.Service { return kitextest.Service(t, contractServer(t)) })
}
