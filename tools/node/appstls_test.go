package node

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/route/app"
)

// TestServiceTLS has a service and a cluster certify one another. Who is
// certified by somebody else, or not at all, or calls in plain, is refused in
// both directions, and told so in words.
func TestServiceTLS(t *testing.T) {
	w := newWorld(t)
	own, others := newAuthority(t), newAuthority(t)
	w.certifies = own
	c := w.roles()
	for _, role := range c.all() {
		w.ready(role)
	}
	ours, theirs := w.load(own.certify(t, PeerName)), w.load(others.certify(t, PeerName))
	anonymous, misnamed := ours, w.load(own.certify(t, "somebody"))
	anonymous.client = ours.client.Clone()
	anonymous.client.GetClientCertificate = nil
	g := w.guest("alice", c.g1.Addr())

	for name, strange := range map[string]struct {
		peers
		words string
	}{
		"plain":        {peers{}, "does only one of the two have certificates?"},
		"no-cert":      {anonymous, "certificate required"},
		"other-ca":     {theirs, "unknown authority"},
		"their-client": {peers{ours.server, theirs.client}, "unknown authority"},
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := w.secured(name, strange.peers, c)
			w.await(strange.words, func() bool {
				err := s.Health()
				return err != nil && strings.Count(err.Error(), strange.words) == 2 // of either route
			})
			w.close(s)
		})
	}
	if n := c.r1.Stats().Claims + c.r2.Stats().Claims; n != 0 {
		t.Fatalf("%d claims got through", n)
	}
	for name, strange := range map[string]struct {
		peers
		words string
	}{
		"plain-server": {peers{nil, ours.client}, "does only one of the two have certificates?"},
		"their-server": {peers{theirs.server, ours.client}, "unknown authority"},
		"misnamed":     {peers{misnamed.server, ours.client}, "not " + PeerName},
	} {
		t.Run(name, func(t *testing.T) {
			s, served := w.secured(name, strange.peers, c)
			w.await("claims", func() bool { return s.Health() == nil })
			before := len(w.log.String())
			g.ask(name)
			if got := g.refused[len(g.refused)-1]; got != msgdef.CodeUnavailable || len(g.got) > 0 {
				t.Errorf("refused with %v, answered %q", got, g.got)
			}
			if text := w.log.String()[before:]; !strings.Contains(text, strange.words) {
				t.Errorf("the route does not say %q", strange.words)
			}
			w.close(s)
			if *served {
				t.Error("a frame got through")
			}
		})
	}
	s, _ := w.secured("right", ours, c)
	w.await("claims", func() bool { return s.Health() == nil })
	g.ask("x")
	if len(g.got) != 1 {
		t.Errorf("with the right certificates: %q, %v", g.got, g.refused)
	}
	if told, err := app.Tell(w.within(), s, &note{0x8002, "hello"}, g.UID()); err != nil || told.Sessions != 1 {
		t.Errorf("told %+v, %v", told, err)
	}
	w.close(s)
}

// load reads credentials.
func (w *world) load(c Credentials) peers {
	w.t.Helper()
	p, err := c.load()
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

// secured starts a business service with credentials; served tells whether a
// frame came.
func (w *world) secured(name string, p peers, c roles) (s *app.Service, served *bool) {
	w.t.Helper()
	served = new(bool)
	s, err := app.Start(app.Options{
		Service: name, First: 0x8000, Last: 0x80ff, Routes: []string{c.r1.RPCAddr(), c.r2.RPCAddr()},
		Renew: 50 * time.Millisecond, ServerTLS: p.server, ClientTLS: p.client,
		Logger: slog.New(slog.NewTextHandler(w.log, nil)),
	}, func(c *app.Call) error {
		*served = true
		return app.Reply(c, &note{0x8001, string(c.Body)})
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return s, served
}
