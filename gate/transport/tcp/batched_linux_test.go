//go:build linux && (amd64 || arm64)

package tcp_test

import (
	"testing"

	"github.com/sim-im/sim/gate/transport/transporttest"
)

// TestBatched runs what only connections do that are written to together.
func TestBatched(t *testing.T) { transporttest.Batched(t, listenEvents) }
