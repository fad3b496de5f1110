package tcp_test

import (
	"testing"

	"github.com/sim-im/sim/gate/transport/transporttest"
)

// TestEventful runs what only connections do that nobody waits at.
func TestEventful(t *testing.T) { transporttest.Eventful(t, listenEvents) }
