package route_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/route"
)

// TestLearn tells clients of a route that has just started to come again, and
// only later that nobody serves a type.
func TestLearn(t *testing.T) {
	d := newDesk(t, route.Options{Learn: 3 * time.Second})
	if got := d.ask(1); !slices.Equal(got, []string{"unavailable"}) {
		t.Errorf("at the start: %q", got)
	}
	d.claim("kinds", "a", naming("a"))
	if got := d.ask(1); !slices.Equal(got, []string{"a"}) {
		t.Errorf("with a service: %q", got)
	}
	d.pass(20 * time.Second)
	if got := d.ask(1); !slices.Equal(got, []string{"unknown_type"}) {
		t.Errorf("later: %q", got)
	}
}

// TestUnreadableClaims refuses names that would do harm in a log.
func TestUnreadableClaims(t *testing.T) {
	d := newDesk(t, route.Options{})
	good := rpc.Claim{Service: "kinds", Instance: "a", Addr: "127.0.0.1:1", First: 0x8000, Last: 0x80ff}
	for _, name := range []string{"", "a\nb", "\x1b[2J", "a\x00", "\xff", "\u202e", strings.Repeat("x", 65)} {
		for _, change := range []func(*rpc.Claim){
			func(c *rpc.Claim) { c.Service = name },
			func(c *rpc.Claim) { c.Instance = name },
			func(c *rpc.Claim) { c.Addr = name + ":1" },
		} {
			c := good
			change(&c)
			if len(name) > 64 && c.Addr != good.Addr {
				continue // a host may be longer
			}
			_, err := d.Claim(t.Context(), &c)
			if rpc.CodeOf(err) != msgdef.CodeBadArgument {
				t.Errorf("%+v: %v", c, err)
			} else if strings.ContainsFunc(err.Error(), func(r rune) bool { return r < ' ' }) {
				t.Errorf("the refusal has it, too: %q", err)
			}
		}
	}
	if n := d.Stats().Claims; n != 0 {
		t.Errorf("%d claims", n)
	}
}

// TestClaimMoves lets an instance change its range, which frees what it had, and
// its address, of which the one before is let go.
func TestClaimMoves(t *testing.T) {
	d := newDesk(t, route.Options{})
	c := d.claim("kinds", "a", naming("a"))
	rival := rpc.Claim{Service: "rival", Instance: "r", Addr: d.book.offer(naming("r")), First: 0x8000, Last: 0x80ff}
	if _, err := d.Claim(t.Context(), &rival); rpc.CodeOf(err) != msgdef.CodeForbidden {
		t.Fatalf("a range that is taken: %v", err)
	}
	c.First, c.Last = 0x9000, 0x90ff
	d.renew(c)
	if got := d.ask(1); !slices.Equal(got, []string{"unknown_type"}) {
		t.Errorf("what it left: %q", got)
	}
	d.renew(rival)
	if got := d.ask(1); !slices.Equal(got, []string{"r"}) {
		t.Errorf("who came instead: %q", got)
	}
	c.First, c.Last = 0x8080, 0x90ff
	if _, err := d.Claim(t.Context(), &c); rpc.CodeOf(err) != msgdef.CodeForbidden {
		t.Errorf("back: %v", err)
	}
	c.First, c.Addr = 0x9000, d.book.offer(naming("moved"))
	d.renew(c)
	if got := d.ended(); !slices.Equal(got, []string{"a"}) || d.Stats().Claims != 2 {
		t.Errorf("another address: ended %q, %d claims", got, d.Stats().Claims)
	}
}

// TestClaimFlood has many claim at once: none gets beyond the bound, what was
// there goes on, and all that was dialed is let go.
func TestClaimFlood(t *testing.T) {
	d := newDesk(t, route.Options{})
	first := d.claim("kinds", "a", naming("a"))
	addr := d.book.offer(naming("flood"))
	var flood sync.WaitGroup
	for i := range 8 {
		flood.Go(func() {
			for j := range 1000 {
				c := rpc.Claim{Service: "flood", Instance: fmt.Sprint(i, ".", j), Addr: addr, First: 0x9000, Last: 0x9000}
				if _, err := d.Claim(context.Background(), &c); err != nil && rpc.CodeOf(err) != msgdef.CodeBusy {
					t.Error(err)
				}
			}
		})
	}
	flood.Wait()
	d.renew(first)
	if got := d.ask(1); !slices.Equal(got, []string{"a"}) || d.Stats().Claims != 1024 {
		t.Errorf("%q with %d claims", got, d.Stats().Claims)
	}
	d.pass(5 * time.Second)
	d.renew(first)
	d.pass(2 * time.Second)
	if n := d.Stats().Claims; n != 1 || len(d.ended()) != 1023 {
		t.Errorf("after the flood: %d claims, %d let go", n, len(d.ended()))
	}
}

// TestRivals has two services come first at a route each. Both routes stay with
// whom they have, until that one ends.
func TestRivals(t *testing.T) {
	east, west := newDesk(t, route.Options{}), newDesk(t, route.Options{})
	a, b := east.claim("a", "a", naming("a")), west.claim("b", "b", naming("b"))
	for range 3 {
		for d, c := range map[*desk]rpc.Claim{east: b, west: a} {
			_, err := d.Claim(t.Context(), &c)
			if rpc.CodeOf(err) != msgdef.CodeForbidden || !strings.Contains(err.Error(), `"a"`) || !strings.Contains(err.Error(), `"b"`) {
				t.Errorf("%v", err)
			}
		}
	}
	if got := append(east.ask(1), west.ask(1)...); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("%q", got)
	}
	if n := east.Stats().ClaimsRefused; n != 3 {
		t.Errorf("%d refused claims were counted", n)
	}
	a.Release = true
	east.renew(a)
	b.Addr = east.book.offer(naming("b"))
	east.renew(b)
	if got := append(east.ask(1), west.ask(1)...); !slices.Equal(got, []string{"b", "b"}) {
		t.Errorf("after one ended: %q", got)
	}
}
