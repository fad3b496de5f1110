package redis

import (
	"encoding/binary"
	"errors"
	"strings"
	"testing"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/route/registry"
)

func FuzzInstance(f *testing.F) {
	f.Add(`{"role":"gate","region":"default","id":"g1","epoch":7,"addr":"10.0.0.1:7200","rpc":1}`)
	f.Add(`{"role":"gate","id":"g1"}`)
	f.Add(`[]`)
	f.Fuzz(func(t *testing.T, s string) {
		i, err := decodeInstance(s)
		if err != nil {
			if !errors.Is(err, errMalformed) {
				t.Errorf("%v is no errMalformed", err)
			}
			return
		}
		again, err := encodeInstance(i)
		if err != nil {
			t.Fatal(err)
		}
		if j, err := decodeInstance(again); err != nil || j != i {
			t.Errorf("%+v came back as %+v, %v", i, j, err)
		}
	})
}

func FuzzRow(f *testing.F) {
	f.Add(rowField(1, 2), rowValue(rpc.Session{Device: 3, Since: 4, Platform: msgdef.PlatformWeb}, "g"))
	f.Add("", "")
	f.Fuzz(func(t *testing.T, field, value string) {
		w, err := decodeRow(field, value)
		if err != nil {
			if !errors.Is(err, errMalformed) {
				t.Errorf("%v is no errMalformed", err)
			}
			return
		}
		if got := rowValue(rpc.Session{Device: w.device, Since: w.since, Platform: w.platform}, w.gate); got != value {
			t.Errorf("value %q came back as %q", value, got)
		}
	})
}

// TestRowOfEarlierVersion reads a session as versions without platforms wrote
// it, and shows that those read the others.
func TestRowOfEarlierVersion(t *testing.T) {
	const since = 1_795_289_053_336
	old := string(binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, 7), since)) + "g1"
	w, err := decodeRow(rowField(1, 2), old)
	if want := (row{in: 1, device: 7, since: since, gate: "g1"}); err != nil || w != want {
		t.Errorf("%+v, %v, want %+v", w, err, want)
	}
	next := rowValue(rpc.Session{Device: 7, Since: since, Platform: msgdef.PlatformPhone}, "g1")
	if next[:8] != old[:8] || next[9:] != old[9:] || msgdef.Platform(next[8]) != msgdef.PlatformPhone {
		t.Errorf("%x", next)
	}
}

func FuzzNames(f *testing.F) {
	f.Add(entry(rpc.Session{UID: 1, Conn: 2}))
	f.Add(imageName(1, "gate"))
	f.Fuzz(func(t *testing.T, s string) {
		if uid, conn, err := decodeEntry(s); err == nil && entry(rpc.Session{UID: uid, Conn: conn}) != s {
			t.Errorf("entry %q came back otherwise", s)
		}
		if in, gate, err := decodeImageName(s); err == nil && imageName(in, gate) != s {
			t.Errorf("image name %q came back otherwise", s)
		}
	})
}

// TestOptions refuses what cannot work, before Redis is asked.
func TestOptions(t *testing.T) {
	here := []string{"127.0.0.1:6379"}
	for name, o := range map[string]Options{
		"no address":           {},
		"URL and address":      {URL: "redis://127.0.0.1:6379", Addrs: here},
		"URL of something":     {URL: "http://127.0.0.1:6379"},
		"sentinel and cluster": {Addrs: here, MasterName: "m", Cluster: true},
		"prefix":               {Addrs: here, Prefix: "a{b"},
		"renews too late":      {Addrs: here, TTL: 2, Renew: 3},
		"leases too short":     {Addrs: here, TTL: 2, Renew: 1},
		"polls never":          {Addrs: here, Poll: -1},
	} {
		if r, err := Open(o); err == nil {
			r.Close()
			t.Errorf("%s: no error", name)
		}
	}
	for _, wrong := range []string{"redis://u:deep@h:port/0", "redis://u:de%zzep@h", "redis://u:deep@h/x", "http://u:deep@h", "redis://u:de ep/@h:1"} {
		if err := (Options{URL: wrong}).Validate(); err == nil || strings.Contains(err.Error(), "deep") || strings.Contains(err.Error(), "de ep") {
			t.Errorf("%s: %v", wrong, err)
		}
	}
	o, err := Options{URL: "rediss://u:p@h:7/3"}.parsed()
	if err != nil || o.where() != "redis h:7" || o.Username != "u" || o.Password != "p" || o.DB != 3 || o.TLS == nil {
		t.Errorf("parsed %+v, %v", o, err)
	}
}

// TestDigits keeps the order of numbers.
func TestDigits(t *testing.T) {
	if a, b := digits(9), digits(1<<64-1); a >= b || len(a) != 20 || len(b) != 20 {
		t.Errorf("digits %q, %q", a, b)
	}
}

// TestIndexOf keeps what a script touches in one slot: the same hash tag.
func TestIndexOf(t *testing.T) {
	k := keys{"sim"}
	if got, want := k.lease(registry.Gate, "g"), "sim:lease:{gate/g}"; got != want {
		t.Errorf("lease %q, want %q", got, want)
	}
	if got, want := k.index("g", 255), "sim:index:{gate/g}:00000000000000ff"; got != want {
		t.Errorf("index %q, want %q", got, want)
	}
}
