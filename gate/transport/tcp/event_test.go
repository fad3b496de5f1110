package tcp_test

import (
	"testing"

	"github.com/sim-im/sim/gate/transport"
	"github.com/sim-im/sim/gate/transport/tcp"
	"github.com/sim-im/sim/gate/transport/transporttest"
)

// listenEvents is the suite's factory for connections that nobody waits at.
func listenEvents(t testing.TB) (transport.Listener, transport.Dialer) {
	l, err := tcp.ListenEvents("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l, tcp.Dialer{}
}

func TestEventsContract(t *testing.T) { transporttest.Run(t, listenEvents) }
