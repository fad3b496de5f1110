package route_test

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/route"
)

// directory is a registry that knows who is online, or does not answer.
type directory struct {
	online []msgdef.Online
	err    error
	asked  [][]uint64
}

// Online implements route.Registry.
func (d *directory) Online(_ context.Context, uids []uint64) ([]msgdef.Online, error) {
	d.asked = append(d.asked, uids)
	return d.online, d.err
}

// Sweep implements route.Registry.
func (d *directory) Sweep(context.Context, string, uint64, int) (int, bool, error) {
	return 0, false, d.err
}

// TestCompleteness tells who calls Notify that there may be more sessions, and
// which gates are missing, after all was delivered that is known.
func TestCompleteness(t *testing.T) {
	now := time.Unix(0, 0)
	s := newRoute(t, route.Options{Registry: new(directory), Now: func() time.Time { return now }})
	g := new(countingGate)
	delivered := int64(0)
	notify := func(want string) {
		t.Helper()
		err := s.Notify(t.Context(), &rpc.Notices{Messages: [][]byte{{1}}, To: []rpc.Recipient{{UID: 1, USeq: 1}}})
		if (want == "") != (err == nil) || (err != nil && !strings.Contains(err.Error(), want)) {
			t.Errorf("%v, want %q", err, want)
		}
		if err != nil && rpc.CodeOf(err) != msgdef.CodeUnavailable {
			t.Errorf("%v", err)
		}
		if got := g.deliveries.Load(); got != delivered {
			t.Errorf("%d delivered, want %d", got, delivered)
		}
		if missing := s.Stats().Complete != (want == ""); missing {
			t.Errorf("complete: %v", !missing)
		}
	}
	notify("not known yet")
	s.Lives(nil)
	notify("")
	s.Lives([]string{"g", "h", "g"})
	notify("2 of 2 gates are not in sync: g, h")
	s.AttachGate("g", 1, g)
	wants(t, s, part(1, true, true, user(1)), 2)
	delivered++
	notify("1 of 2 gates are not in sync: h")
	s.Lives([]string{"g"})
	delivered++
	notify("")
	now = now.Add(6 * time.Second)
	delivered++
	notify("")
	now = now.Add(time.Nanosecond)
	delivered++
	notify("1 of 1")
	wants(t, s, update(1), 2)
	delivered++
	notify("")
	s.DetachGate("g", 1)
	notify("1 of 1")
	if stats := s.Stats(); stats.Expected != 1 || stats.InSync != 0 {
		t.Errorf("%+v", stats)
	}
}

// TestPresenceElsewhere asks the registry for those who have no session here,
// and calls nobody offline out of ignorance.
func TestPresenceElsewhere(t *testing.T) {
	two := msgdef.Online{UID: 2, Devices: 3, Since: 9}
	here := msgdef.Online{UID: 4, Devices: 1, Since: 4}
	away := errors.New("no route to host")
	for what, c := range map[string]struct {
		lives []string
		err   error
		asked []uint64
		want  []msgdef.Online
		code  msgdef.ErrorCode
	}{
		"complete":               {[]string{"g"}, nil, []uint64{4, 2, 9}, []msgdef.Online{two, here}, 0},
		"incomplete":             {[]string{"g", "h"}, nil, []uint64{4, 2, 9}, []msgdef.Online{two, here}, 0},
		"everybody":              {[]string{"g"}, nil, nil, []msgdef.Online{here}, 0},
		"registry away":          {[]string{"g"}, away, []uint64{4, 2, 9}, []msgdef.Online{here}, 0},
		"both":                   {[]string{"g", "h"}, away, []uint64{4, 2}, nil, msgdef.CodeUnavailable},
		"both, and all are here": {[]string{"g", "h"}, away, []uint64{4}, []msgdef.Online{here}, 0},
		"incomplete, everybody":  {[]string{"g", "h"}, nil, nil, nil, msgdef.CodeUnavailable},
	} {
		t.Run(what, func(t *testing.T) {
			d := &directory{online: []msgdef.Online{two}, err: c.err}
			s := newRoute(t, route.Options{Registry: d})
			s.AttachGate("g", 1, new(countingGate))
			s.Lives(c.lives)
			wants(t, s, part(1, true, true, user(4)), 2)
			reply, err := s.Presence(t.Context(), &rpc.PresenceRequest{UIDs: c.asked})
			if rpc.CodeOf(err) != c.code {
				t.Fatal(err)
			}
			if err == nil && (!reflect.DeepEqual(reply.Users, c.want) || int(reply.Total) != len(c.want)) {
				t.Errorf("%+v, want %+v", reply, c.want)
			}
			if len(c.asked) == 3 && !reflect.DeepEqual(d.asked, [][]uint64{{2, 9}}) {
				t.Errorf("asked for %v", d.asked)
			}
		})
	}
}
