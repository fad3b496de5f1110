package route_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/route"
)

// on is a login of user 1's device of a platform.
func on(p msgdef.Platform, device, conn uint64, since int64) rpc.Session {
	s := login(device, conn, since)
	s.Platform = p
	return s
}

// TestPolicies logs devices in one after another, and shows who has to go and
// what they are told.
func TestPolicies(t *testing.T) {
	const phone, tablet, other = msgdef.PlatformPhone, msgdef.PlatformTablet, msgdef.PlatformOther
	logins := []rpc.Session{
		on(phone, 1, 11, 1), on(tablet, 2, 12, 2), on(phone, 3, 13, 3), on(other, 4, 14, 4),
		on(phone, 3, 15, 5), on(tablet, 5, 16, 1), // the last one's news is late
	}
	for policy, want := range map[route.Policy][]string{
		route.AllDevices: {"13 replaced this device logged in again"},
		route.PerPlatform: {
			"11 other_device logged in on another device: phone, 1970-01-01 00:00:03 UTC",
			"13 replaced this device logged in again",
			"16 other_device logged in on another device: tablet, 1970-01-01 00:00:02 UTC",
		},
		route.OneDevice: {
			"11 other_device logged in on another device: tablet, 1970-01-01 00:00:02 UTC",
			"12 other_device logged in on another device: phone, 1970-01-01 00:00:03 UTC",
			"13 other_device logged in on another device: other, 1970-01-01 00:00:04 UTC",
			"14 other_device logged in on another device: phone, 1970-01-01 00:00:05 UTC",
			"16 other_device logged in on another device: phone, 1970-01-01 00:00:05 UTC",
		},
	} {
		t.Run(policy.String(), func(t *testing.T) {
			s := newRoute(t, route.Options{Policy: policy})
			var got []string
			s.AttachGate("g", 1, &countingGate{onKick: func(k *rpc.Kicks) {
				for _, item := range k.Items {
					got = append(got, strings.Join([]string{decimal(item.Conn), item.Code.String(), item.Detail}, " "))
				}
			}})
			for _, l := range logins {
				if err := s.Register(t.Context(), sessions(l)); err != nil {
					t.Fatal(err)
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("told:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
			displaced := uint64(0)
			for _, n := range s.Stats().Displaced {
				displaced += n
			}
			if displaced != uint64(len(want)) {
				t.Errorf("%d displaced", displaced)
			}
		})
	}
}

// TestOldGeneration registers a session late that was checked before the user's
// sessions were revoked: it takes no place from who has logged in anew.
func TestOldGeneration(t *testing.T) {
	s := newRoute(t, route.Options{Policy: route.OneDevice})
	var kicked []uint64
	s.AttachGate("g", 1, &countingGate{onKick: func(k *rpc.Kicks) { kicked = append(kicked, k.Items[0].Conn) }})
	anew, late := login(1, 10, 10), login(1, 11, 11)
	anew.Generation, late.Generation = 2, 1
	for _, l := range []rpc.Session{anew, late} {
		if err := s.Register(t.Context(), sessions(l)); err != nil {
			t.Fatal(err)
		}
	}
	if !slices.Equal(kicked, []uint64{11}) {
		t.Errorf("kicked %v", kicked)
	}
}

// TestPolicyNames are what flags call them, and no other words.
func TestPolicyNames(t *testing.T) {
	for _, p := range []route.Policy{route.AllDevices, route.PerPlatform, route.OneDevice} {
		if got, err := route.ParsePolicy(p.String()); got != p || err != nil {
			t.Errorf("%v: %v, %v", p, got, err)
		}
	}
	if _, err := route.ParsePolicy("two"); err == nil || !strings.Contains(err.Error(), "all, platform, one") {
		t.Errorf("%v", err)
	}
	if _, err := route.New(route.Options{Service: reader{}, Policy: 3}); err == nil {
		t.Error("a policy that there is not")
	}
}

// TestPoliciesAreOfARegion lets a user have a device in each of two regions, and
// one in each. What is decided about the account ends both.
func TestPoliciesAreOfARegion(t *testing.T) {
	kicked := make(map[string][]uint64)
	regions := make(map[string]*route.Server)
	for i, name := range []string{"east", "west"} {
		s := newRoute(t, route.Options{Policy: route.OneDevice, Region: name})
		s.AttachGate("g", 1, &countingGate{onKick: func(k *rpc.Kicks) {
			for _, item := range k.Items {
				kicked[name] = append(kicked[name], item.Conn)
			}
		}})
		for n := range uint64(2) { // the later login of a region has the place in it
			if err := s.Register(t.Context(), sessions(login(uint64(i+1)*10+n, n+1, int64(n+1)))); err != nil {
				t.Fatal(err)
			}
		}
		regions[name] = s
	}
	for name, s := range regions {
		if !slices.Equal(kicked[name], []uint64{1}) {
			t.Errorf("%s has kicked %v", name, kicked[name])
		}
		if err := s.Evict(t.Context(), banned()); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(kicked[name], []uint64{1, 2}) {
			t.Errorf("%s has kicked %v after a ban", name, kicked[name])
		}
	}
}
