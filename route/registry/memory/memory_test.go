package memory_test

import (
	"errors"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/sim-im/sim/route/registry"
	"github.com/sim-im/sim/route/registry/memory"
	"github.com/sim-im/sim/route/registry/registrytest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world gives every process a registry with the same content.
type world struct{ first *memory.Registry }

func (w world) Open() registry.Registry { return w.first.Join() }
func (w world) Lose()                   { w.first.Lose() }
func (w world) Away()                   { w.first.Fail(errors.New("away")) }
func (w world) Back()                   { w.first.Fail(nil) }

func TestContract(t *testing.T) {
	registrytest.Run(t, func(_ testing.TB, lease time.Duration) registrytest.World {
		return world{memory.NewTTL(lease)}
	})
}
