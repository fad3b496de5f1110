package route_test

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/route"
)

// journal keeps what a route reports of presence.
type journal struct {
	mu    sync.Mutex
	lines []string
	calls int
}

// take is a hook for Options.OnPresence.
func (j *journal) take(changes []route.Change) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.calls++
	slices.SortFunc(changes, func(a, b route.Change) int { return cmp.Compare(a.Device, b.Device) })
	for _, c := range changes {
		j.lines = append(j.lines, fmt.Sprintf("%d/%d %v %s", c.UID, c.Device, c.Online, c.Reason))
	}
}

// told checks what was reported since the last time.
func (j *journal) told(t *testing.T, want ...string) {
	t.Helper()
	time.Sleep(2 * time.Second)
	synctest.Wait()
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.lines)+len(want) > 0 && !reflect.DeepEqual(j.lines, want) {
		t.Errorf("reported %q, want %q", j.lines, want)
	}
	j.lines = nil
}

// TestPresenceReports has devices come and go: each is reported once, by the
// master, and those who came and went in between are not.
func TestPresenceReports(t *testing.T) {
	newRegion(t, nil, func(t *testing.T, r *region) {
		var a, b journal
		r.start(t, "a", route.Options{OnPresence: a.take})
		synctest.Wait()
		r.start(t, "b", route.Options{OnPresence: b.take})
		time.Sleep(time.Millisecond)
		r.update(t, "g", []rpc.Session{login(1, 10, 10), login(2, 11, 11), login(3, 12, 12)}, nil)
		r.update(t, "g", nil, []rpc.Session{login(3, 12, 0)})
		r.update(t, "h", []rpc.Session{login(1, 20, 20)}, nil)
		a.told(t, "1/1 true login", "1/2 true login")
		r.update(t, "g", nil, []rpc.Session{login(1, 10, 0)}) // displaced: the device stays online
		r.update(t, "g", nil, []rpc.Session{login(2, 11, 0)})
		a.told(t, "1/2 false ended")
		r.routes["a"].DetachGate("h", 1)
		a.told(t, "1/1 false gate gone")
		a.told(t)
		b.told(t)
		if a.calls != 3 {
			t.Errorf("%d reports", a.calls)
		}
	})
}

// TestPresenceLog reports to the log when nobody else wants to know, at once
// where there is one process.
func TestPresenceLog(t *testing.T) {
	var log strings.Builder
	s := newRoute(t, route.Options{
		Devices: 1,
		Logger:  slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	s.AttachGate("g", 1, new(countingGate))
	for _, batch := range []*rpc.SessionBatch{sessions(login(1, 10, 10)), sessions(login(2, 11, 11))} {
		if err := s.Register(context.Background(), batch); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []string{"uid=1 device=1 online=true", "device=2 online=true", `device=1 online=false`, `reason="gave way"`} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("no %q in\n%s", want, log.String())
		}
	}
}
