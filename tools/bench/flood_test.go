package bench_test

import (
	"errors"
	"io"
	"runtime"
	"testing"
	"time"

	"github.com/sim-im/sim/gate"
	"github.com/sim-im/sim/tools/bench"
	"github.com/sim-im/sim/tools/dev"
	"github.com/sim-im/sim/tools/freeport"
)

// TestFlood attacks in every way: nothing gets in beyond what an address is
// allowed, and everybody else does. What it costs is not judged here.
func TestFlood(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the machine has one loopback address")
	}
	for _, kind := range bench.FloodKinds() {
		t.Run(kind, func(t *testing.T) {
			limits := gate.Limits{AddressRate: 1, AddressBurst: 20}
			if kind == bench.FloodLogin {
				limits = gate.Limits{AddressRate: -1}
			}
			o := dev.Options{GateLimits: limits}
			var err error
			if o.WS.Listen, err = freeport.Addr(); err != nil {
				t.Fatal(err)
			}
			if kind == bench.FloodWSS {
				if o.WS.Cert, o.WS.Key, err = bench.WriteCertificate(t.TempDir()); err != nil {
					t.Fatal(err)
				}
			}
			target := startServerWith(t, o)
			f, err := bench.RunFlood(t.Context(), bench.FloodPlan{
				Kind: kind, Attackers: 4, Duration: 200 * time.Millisecond, Target: target, Browsers: o.WS.Listen,
			}, io.Discard)
			if err != nil {
				t.Fatal(err)
			}
			if err := f.Err(); err != nil {
				t.Error(err)
			}
			if f.Attempts == 0 || f.Honest.Logins == 0 || f.GateCPU <= 0 || f.AttackerCPU <= 0 {
				t.Errorf("the report has no figures: %+v", f)
			}
		})
	}
}

// TestFloodThatGetsIn is a gate without limits, and one that refuses everybody.
func TestFloodThatGetsIn(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the machine has one loopback address")
	}
	target := startServerWith(t, dev.Options{GateLimits: gate.Limits{AddressRate: -1}})
	f, err := bench.RunFlood(t.Context(), bench.FloodPlan{
		Kind: bench.FloodGarbage, Attackers: 4, Duration: 500 * time.Millisecond, Target: target,
	}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if !errors.Is(f.Err(), bench.ErrIntegrity) {
		t.Errorf("of %d attempts %v were refused, and that is fine: %v", f.Attempts, f.Closes, f.Err())
	}
	if f.Honest.Failed = 1; !errors.Is(f.Err(), bench.ErrIntegrity) {
		t.Error("a failed honest login is fine")
	}
	for _, p := range []bench.FloodPlan{{}, {Kind: "rain", Attackers: 1, Duration: 1}, {Kind: bench.FloodHello, Attackers: 257, Duration: 1}} {
		if p.Validate() == nil {
			t.Errorf("%+v is no mistake", p)
		}
	}
}
