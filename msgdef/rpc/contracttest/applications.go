package contracttest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/msgdef/rpc/loopback"
)

// ApplicationsParts is a route without gates and claims, and how to attach one
// and to offer what claims.
type ApplicationsParts struct {
	RouteParts
	Applications rpc.Applications

	// Offer makes an instance of a business service reachable, and returns the
	// address to claim with.
	Offer func(impl rpc.Application) (addr string)
}

// ApplicationsFactory returns a route.
type ApplicationsFactory func(t testing.TB) ApplicationsParts

// Applications checks an implementation of rpc.Forwarder and rpc.Applications,
// and how it calls an rpc.Application.
func Applications(t *testing.T, open ApplicationsFactory) {
	for name, check := range map[string]func(*testing.T, appsTest){
		"batch sizes":     appsSizes,
		"ended context":   appsEnded,
		"claims":          appsClaims,
		"bad claims":      appsBadClaims,
		"forward":         appsForward,
		"forward to many": appsForwardMany,
		"failures":        appsFailures,
		"bad replies":     appsBadReplies,
		"tell":            appsTell,
		"tell strangers":  appsTellRefused,
	} {
		t.Run(name, func(t *testing.T) {
			p := open(t)
			a := appsTest{
				routeTest:    routeTest{RouteParts: p.RouteParts, east: newGateLog(), west: newGateLog()},
				Applications: p.Applications, Offer: p.Offer,
			}
			p.Attach("east", eastEpoch, a.east)
			p.Attach("west", westEpoch, a.west)
			check(t, a)
		})
	}
}

// appsTest is a route with two gates and no claims.
type appsTest struct {
	routeTest
	Applications rpc.Applications
	Offer        func(rpc.Application) (addr string)
}

// served is an instance that writes down what it is asked.
type served struct {
	answer func(*rpc.AppFrames) (*rpc.AppReplies, error)

	mu  sync.Mutex
	got []rpc.AppFrame // copies
}

// Handle implements rpc.Application.
func (s *served) Handle(_ context.Context, batch *rpc.AppFrames) (*rpc.AppReplies, error) {
	s.mu.Lock()
	for _, f := range batch.Items {
		f.Body = slices.Clone(f.Body)
		s.got = append(s.got, f)
	}
	s.mu.Unlock()
	return s.answer(batch)
}

// frames returns what has come so far.
func (s *served) frames() []rpc.AppFrame {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.got)
}

// echo answers every frame with its body and the next type.
func echo(batch *rpc.AppFrames) (*rpc.AppReplies, error) {
	out := new(rpc.AppReplies)
	for i, f := range batch.Items {
		out.Items = append(out.Items, rpc.AppReply{Item: uint32(i), Type: f.Type + 1, Body: slices.Clone(f.Body)})
	}
	return out, nil
}

// serve claims types for an instance with these answers.
func (a appsTest) serve(t testing.TB, service string, first, last uint16, answer func(*rpc.AppFrames) (*rpc.AppReplies, error)) *served {
	t.Helper()
	s := &served{answer: answer}
	addr := a.Offer(s)
	claim := &rpc.Claim{Service: service, Instance: addr, Addr: addr, First: first, Last: last}
	reply := must[rpc.ClaimReply](t)(a.Applications.Claim(within(t), claim))
	loopback.Poison(claim)
	if reply.TTL == 0 {
		t.Errorf("a claim that holds for no time: %+v", reply)
	}
	return s
}

// appFrame is a frame of a user.
func appFrame(uid uint64, kind uint16, body string) rpc.AppFrame {
	return rpc.AppFrame{Conn: uid * 10, UID: uid, Device: uid + 1, Type: kind, Codec: 1, Body: []byte(body)}
}

// forward brings frames and returns the answers as texts, after spoiling the
// batch.
func (a appsTest) forward(t testing.TB, frames ...rpc.AppFrame) []string {
	t.Helper()
	batch := &rpc.AppFrames{Gate: "east", Items: frames}
	replies := must[rpc.AppReplies](t)(a.Route.Forward(within(t), batch))
	loopback.Poison(batch)
	texts := make([]string, len(replies.Items))
	for i, r := range replies.Items {
		if texts[i] = fmt.Sprintf("%d: %04x %s", r.Item, r.Type, r.Body); r.Code != msgdef.CodeOK {
			texts[i] = fmt.Sprintf("%d: %v", r.Item, r.Code)
		}
	}
	return texts
}

// wantTexts compares answers.
func wantTexts(t testing.TB, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: %q, want %q", what, got, want)
	}
}

func appsSizes(t *testing.T, a appsTest) {
	a.serve(t, "echo", 0x8000, 0x8001, echo)
	batchCall{"Forward", maxFrames, func(ctx context.Context, n int) (int, error) {
		items := repeat(n, func(i int) rpc.AppFrame { return appFrame(uint64(i), 0x8000, "") })
		r, err := a.Route.Forward(ctx, &rpc.AppFrames{Items: items})
		return count(r, err, func(r *rpc.AppReplies) int { return len(r.Items) })
	}}.sizes(t)
	batchCall{"Tell", 256, func(ctx context.Context, n int) (int, error) {
		items := repeat(n, func(i int) rpc.AppNotice { return rpc.AppNotice{UIDs: []uint64{7}, Type: 0x8000} })
		_, err := a.Applications.Tell(ctx, &rpc.AppNotices{Service: "echo", Items: items})
		return n, err
	}}.sizes(t)
}

func appsEnded(t *testing.T, a appsTest) {
	_, err := a.Route.Forward(cancelled(), new(rpc.AppFrames))
	refused(t, "Forward with a context that has ended", err, msgdef.CodeTimeout)
	_, err = a.Applications.Tell(cancelled(), new(rpc.AppNotices))
	refused(t, "Tell with a context that has ended", err, msgdef.CodeTimeout)
	_, err = a.Applications.Claim(cancelled(), &rpc.Claim{Service: "echo", Instance: "1", Addr: "127.0.0.1:1", First: 0x8000, Last: 0x8000})
	refused(t, "Claim with a context that has ended", err, msgdef.CodeTimeout)
}

// appsClaims takes ranges once, and gives them back.
func appsClaims(t *testing.T, a appsTest) {
	wantTexts(t, "nobody", a.forward(t, appFrame(7, 0x8000, "x")), "0: unknown_type")
	a.serve(t, "echo", 0x8000, 0x80ff, echo)
	a.serve(t, "echo", 0x8080, 0x81ff, echo) // its own may overlap
	for _, r := range [][2]uint16{{0x8000, 0x8000}, {0x81ff, 0x81ff}, {0x8000, 0xffff}, {0x8010, 0x8020}} {
		_, err := a.Applications.Claim(within(t), &rpc.Claim{Service: "other", Instance: "1", Addr: "127.0.0.1:1", First: r[0], Last: r[1]})
		refused(t, fmt.Sprintf("%04x", r), err, msgdef.CodeForbidden)
		if !strings.Contains(fmt.Sprint(err), `"echo"`) {
			t.Errorf("it does not say who has them: %v", err)
		}
	}
	a.serve(t, "other", 0x8200, 0x82ff, echo)
	wantTexts(t, "two services", a.forward(t, appFrame(7, 0x81fe, "x"), appFrame(7, 0x8200, "y")), "0: 81ff x", "1: 8201 y")
}

func appsBadClaims(t *testing.T, a appsTest) {
	good := rpc.Claim{Service: "echo", Instance: "1", Addr: "127.0.0.1:1", First: 0x8000, Last: 0x8000}
	for what, change := range map[string]func(*rpc.Claim){
		"no service":      func(c *rpc.Claim) { c.Service = "" },
		"no instance":     func(c *rpc.Claim) { c.Instance = "" },
		"a type of sim":   func(c *rpc.Claim) { c.First = 0x7fff },
		"upside down":     func(c *rpc.Claim) { c.First = 0x8001 },
		"no address":      func(c *rpc.Claim) { c.Addr = "" },
		"a host only":     func(c *rpc.Claim) { c.Addr = "127.0.0.1" },
		"port 0":          func(c *rpc.Claim) { c.Addr = "127.0.0.1:0" },
		"a long name":     func(c *rpc.Claim) { c.Service = string(make([]byte, 65)) },
		"a long instance": func(c *rpc.Claim) { c.Instance = string(make([]byte, 65)) },
	} {
		claim := good
		change(&claim)
		_, err := a.Applications.Claim(within(t), &claim)
		refused(t, what, err, msgdef.CodeBadArgument)
	}
	release := rpc.Claim{Service: "nobody", Instance: "1", Release: true}
	if _, err := a.Applications.Claim(within(t), &release); err != nil {
		t.Errorf("a release of nothing: %v", err)
	}
}

// appsForward hands a service what the gate knows of the sender.
func appsForward(t *testing.T, a appsTest) {
	s := a.serve(t, "echo", 0x8000, 0x80ff, echo)
	sent := []rpc.AppFrame{appFrame(7, 0x8000, "one"), appFrame(8, 0x8002, "two"), appFrame(7, 0x8000, "three")}
	want := repeat(len(sent), func(i int) rpc.AppFrame { return appFrame(sent[i].UID, sent[i].Type, string(sent[i].Body)) })
	wantTexts(t, "answers", a.forward(t, sent...), "0: 8001 one", "1: 8003 two", "2: 8001 three")
	if got := s.frames(); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("it got %v, want %v", got, want)
	}
}

// appsForwardMany splits a batch among services, and puts the answers together,
// of which a frame may have none or several.
func appsForwardMany(t *testing.T, a appsTest) {
	a.serve(t, "twice", 0x8000, 0x8001, func(batch *rpc.AppFrames) (*rpc.AppReplies, error) {
		one, _ := echo(batch)
		var out rpc.AppReplies
		for _, r := range one.Items {
			out.Items = append(out.Items, r, rpc.AppReply{Item: r.Item, Code: msgdef.CodeForbidden, Detail: "twice"})
		}
		return &out, nil
	})
	a.serve(t, "silent", 0x9000, 0x9000, func(*rpc.AppFrames) (*rpc.AppReplies, error) { return new(rpc.AppReplies), nil })
	got := a.forward(t, appFrame(1, 0x8000, "a"), appFrame(1, 0x9000, "b"), appFrame(2, 0xa000, "c"), appFrame(2, 0x8000, "d"))
	wantTexts(t, "answers", got, "0: 8001 a", "0: forbidden", "2: unknown_type", "3: 8001 d", "3: forbidden")
}

// appsFailures tells of a service that fails its error, and nothing that ends a
// session.
func appsFailures(t *testing.T, a appsTest) {
	for i, code := range []msgdef.ErrorCode{msgdef.CodeForbidden, msgdef.CodeBusy, msgdef.CodeTimeout, msgdef.CodeUnavailable, msgdef.CodeMalformed} {
		kind := uint16(0x8000 + i)
		a.serve(t, fmt.Sprint("fails ", i), kind, kind, func(*rpc.AppFrames) (*rpc.AppReplies, error) { return nil, rpc.Errorf(code, "it failed") })
		want := code
		if code < msgdef.CodeUnknownUser {
			want = msgdef.CodeUnavailable
		}
		wantTexts(t, "refused", a.forward(t, appFrame(1, kind, "a"), appFrame(2, kind, "b")), "0: "+want.String(), "1: "+want.String())
	}
}

// appsBadReplies lets no service answer with what it may not: other types,
// more than a frame holds, other frames' numbers, floods.
func appsBadReplies(t *testing.T, a appsTest) {
	bad := map[string]rpc.AppReply{
		"of sim":  {Type: uint16(msgdef.TypeKicked)},
		"foreign": {Type: 0x9000},
		"large":   {Type: 0x8000, Body: make([]byte, 16384)},
		"ending":  {Code: msgdef.CodeReplaced},
	}
	kind := uint16(0x8000)
	for what, r := range bad {
		a.serve(t, what, kind, kind, func(*rpc.AppFrames) (*rpc.AppReplies, error) {
			return &rpc.AppReplies{Items: []rpc.AppReply{r}}, nil
		})
		wantTexts(t, what, a.forward(t, appFrame(1, kind, "a")), "0: unavailable")
		kind++
	}
	a.serve(t, "stray", 0x9000, 0x9000, func(*rpc.AppFrames) (*rpc.AppReplies, error) {
		return &rpc.AppReplies{Items: []rpc.AppReply{{Item: 1, Type: 0x9000}, {Item: 0, Type: 0x9000}, {Item: 2, Type: 0x9000}}}, nil
	})
	wantTexts(t, "stray", a.forward(t, appFrame(1, 0x9000, "a"), appFrame(1, 0x9000, "b")), "1: 9000 ")
	a.serve(t, "flood", 0xa000, 0xa000, func(*rpc.AppFrames) (*rpc.AppReplies, error) {
		return &rpc.AppReplies{Items: repeat(4096, func(int) rpc.AppReply { return rpc.AppReply{Type: 0xa000} })}, nil
	})
	if got := a.forward(t, appFrame(1, 0xa000, "a")); len(got) != rpc.MaxReplies {
		t.Errorf("a flood: %d answers, want %d", len(got), rpc.MaxReplies)
	}
}

// appsTell brings frames to users at two gates, and to nobody else.
func appsTell(t *testing.T, a appsTest) {
	a.serve(t, "bell", 0x8000, 0x80ff, echo)
	a.register(t, at("east", session(7, 1, 100), session(8, 1, 101)))
	a.register(t, at("west", session(7, 2, 200), session(9, 1, 201)))
	batch := &rpc.AppNotices{Service: "bell", Items: []rpc.AppNotice{
		{UIDs: []uint64{7, 9, 99}, Type: 0x8001, Body: []byte("all"), JSON: []byte(`"all"`)},
		{UIDs: []uint64{7}, Device: 2, Type: 0x8002, Body: []byte("one")},
	}}
	told := must[rpc.AppTold](t)(a.Applications.Tell(within(t), batch))
	loopback.Poison(batch)
	if told.Sessions != 4 || told.Partial {
		t.Errorf("told %+v, want 4 sessions", told)
	}
	want := func(gate *gateLog, epoch uint64, events ...event) {
		t.Helper()
		for i := range events {
			events[i].epoch = epoch
		}
		if got := gate.await(t, len(events)); !slices.Equal(got, events) {
			t.Errorf("%v, want %v", got, events)
		}
	}
	want(a.east, eastEpoch, event{conn: 100, kind: 0x8001, body: "all", json: `"all"`})
	want(a.west, westEpoch, event{conn: 200, kind: 0x8001, body: "all", json: `"all"`},
		event{conn: 201, kind: 0x8001, body: "all", json: `"all"`}, event{conn: 200, kind: 0x8002, body: "one"})
}

func appsTellRefused(t *testing.T, a appsTest) {
	a.serve(t, "bell", 0x8000, 0x80ff, echo)
	a.register(t, at("east", session(7, 1, 100)))
	for what, n := range map[string]rpc.AppNotices{
		"another service": {Service: "other", Items: []rpc.AppNotice{{UIDs: []uint64{7}, Type: 0x8000}}},
		"a foreign type":  {Service: "bell", Items: []rpc.AppNotice{{UIDs: []uint64{7}, Type: 0x8000}, {UIDs: []uint64{7}, Type: 0x8100}}},
		"a type of sim":   {Service: "bell", Items: []rpc.AppNotice{{UIDs: []uint64{7}, Type: uint16(msgdef.TypeKicked)}}},
	} {
		_, err := a.Applications.Tell(within(t), &n)
		refused(t, what, err, msgdef.CodeForbidden)
	}
	_, err := a.Applications.Tell(within(t), &rpc.AppNotices{Service: "bell", Items: []rpc.AppNotice{{Type: 0x8000, Body: make([]byte, 16384)}}})
	refused(t, "a body that no frame holds", err, msgdef.CodeBadArgument)
	a.settle()
	if got := a.east.all(); len(got) != 0 {
		t.Errorf("what was refused came: %v", got)
	}
}
