package registrytest

import (
	"context"
	"testing"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/route/registry"
)

// devices adds up what gates of all regions have of a user.
func devices(t *testing.T, place Place[Calm]) {
	w := place(t, patient)
	abroad := instance(registry.Gate, "h")
	abroad.Region = "abroad"
	g, h := openGate(t, w, instance(registry.Gate, "g")), openGate(t, w, abroad)
	g.snapshot(t,
		rpc.Session{UID: 1, Device: 1 << 63, Conn: 1, Since: 100},
		rpc.Session{UID: 1, Device: 2, Conn: 2, Since: 90},
		rpc.Session{UID: 2, Device: 2, Conn: 3, Since: -5})
	h.snapshot(t,
		rpc.Session{UID: 1, Device: 3, Conn: 1, Since: 95},
		rpc.Session{UID: 1, Device: 2, Conn: 2, Since: 80}, // about to displace the one at g
		rpc.Session{UID: 1<<64 - 1, Device: 2, Conn: 3, Since: 7})
	all := []msgdef.Online{{UID: 1, Devices: 3, Since: 80}, {UID: 2, Devices: 1, Since: -5}, {UID: 1<<64 - 1, Devices: 1, Since: 7}}
	isOnline(t, g.registry, []uint64{1<<64 - 1, 2, 1, 2, 0, 1}, all...)
	isOnline(t, h.registry, []uint64{1<<64 - 1, 2, 1, 2, 0, 1}, all...)
	h.withdraw()
	isOnline(t, g.registry, []uint64{1, 2, 1<<64 - 1}, msgdef.Online{UID: 1, Devices: 2, Since: 90}, all[1])
}

// bounds are those of a call.
func bounds(t *testing.T, place Place[Calm]) {
	r := open(t, place(t, patient))
	isOnline(t, r, nil)
	isOnline(t, r, make([]uint64, registry.MaxUIDs))
	_, err := r.Online(context.Background(), make([]uint64, registry.MaxUIDs+1))
	code(t, err, msgdef.CodeBadArgument)
	ended, end := context.WithCancel(context.Background())
	end()
	_, err = r.Online(ended, []uint64{1})
	code(t, err, msgdef.CodeTimeout)
}

// deadGate loses all its sessions in the moment in which its lease ends.
func deadGate(t *testing.T, place Place[Calm]) {
	w := place(t, brief)
	g, h := openGate(t, w, instance(registry.Gate, "g")), openGate(t, w, instance(registry.Gate, "h"))
	keep := keepAlive(t, h, session(1, 10), session(2, 20))
	g.snapshot(t, session(1, 5), session(3, 5))
	closes(t, g.registry)
	keep(func() bool {
		online, err := h.registry.Online(context.Background(), []uint64{1, 2, 3})
		if err != nil {
			t.Fatal(err)
		}
		return len(online) == 2 && online[0] == on(1, 10) && online[1] == on(2, 20)
	})
}

// keepAlive has a gate with brief leases keep its image like a gate does, while
// it waits for a condition.
func keepAlive(t testing.TB, g *gate, all ...rpc.Session) (until func(come func() bool)) {
	g.snapshot(t, all...)
	return func(come func() bool) {
		t.Helper()
		untilKept(t, g, come, all...)
	}
}

func untilKept(t testing.TB, g *gate, come func() bool, all ...rpc.Session) {
	t.Helper()
	until(t, "what was expected while gate "+g.instance.ID+" lives", func() bool {
		if g.alive(t) == 0 {
			g.snapshot(t, all...)
		}
		return come()
	})
}
