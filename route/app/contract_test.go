package app_test

import (
	"testing"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/msgdef/rpc/contracttest"
	"github.com/sim-im/sim/msgdef/rpc/kitex/kitextest"
	"github.com/sim-im/sim/msgdef/rpc/loopback"
	"github.com/sim-im/sim/route/app"
)

// anything is a message of any type and body.
type anything struct {
	kind uint16
	body []byte
}

func (a *anything) Type() uint16             { return a.kind }
func (a *anything) Append(dst []byte) []byte { return append(dst, a.body...) }
func (a *anything) Validate() error          { return nil }

func TestContract(t *testing.T) {
	for name, view := range map[string]func(testing.TB, rpc.Application) rpc.Application{
		"direct":   func(_ testing.TB, a rpc.Application) rpc.Application { return a },
		"loopback": func(_ testing.TB, a rpc.Application) rpc.Application { return loopback.Application(a) },
		"kitex":    func(t testing.TB, a rpc.Application) rpc.Application { return kitextest.Application(t, a) },
	} {
		t.Run(name, func(t *testing.T) {
			contracttest.Application(t, func(t testing.TB) rpc.Application {
				o := options(openDesk(t, "").addr)
				o.Pending = 5000
				return view(t, start(t, o, func(c *app.Call) error { return app.Reply(c, &anything{c.Type, c.Body}) }))
			})
		})
	}
}

// TestOptions refuses to start with what cannot work.
func TestOptions(t *testing.T) {
	for what, change := range map[string]func(*app.Options){
		"no name":         func(o *app.Options) { o.Service = "" },
		"a type of sim":   func(o *app.Options) { o.First = 0x7fff },
		"upside down":     func(o *app.Options) { o.Last = 0x7fff },
		"no route":        func(o *app.Options) { o.Routes = nil },
		"a bad route":     func(o *app.Options) { o.Routes = []string{"here"} },
		"plain, outside":  func(o *app.Options) { o.Listen = "192.0.2.1:0" },
		"anywhere":        func(o *app.Options) { o.Listen = ":0" },
		"no address":      func(o *app.Options) { o.Listen = "here" },
		"a long instance": func(o *app.Options) { o.Instance = string(make([]byte, 65)) },
		"a bound below 0": func(o *app.Options) { o.Pending = -1 },
	} {
		o := options("127.0.0.1:1")
		change(&o)
		if s, err := app.Start(o, nothing); err == nil {
			t.Errorf("%s: started", what)
			_ = s.Close(within(t))
		}
	}
	if _, err := app.Start(options("127.0.0.1:1"), nil); err == nil {
		t.Error("no handler: started")
	}
}

// TestRefuse checks what clients are told of errors.
func TestRefuse(t *testing.T) {
	d := openDesk(t, "")
	for _, test := range []struct {
		err  error
		want msgdef.ErrorCode
		text string
	}{
		{app.Refuse(msgdef.CodeForbidden, "room %d is taken", 7), msgdef.CodeForbidden, "room 7 is taken"},
		{app.Refuse(msgdef.CodeBanned, "ends sessions"), msgdef.CodeUnavailable, "the service failed"},
		{errSecret, msgdef.CodeUnavailable, "the service failed"},
	} {
		s := start(t, options(d.addr), func(*app.Call) error { return test.err })
		replies, err := s.Handle(within(t), &rpc.AppFrames{Items: []rpc.AppFrame{{UID: 1, Type: 0x8000}}})
		if err != nil || len(replies.Items) != 1 || replies.Items[0].Code != test.want || replies.Items[0].Detail != test.text {
			t.Errorf("%v: %+v, %v", test.err, replies, err)
		}
	}
}

var errSecret = &secret{}

// secret is an error that is not for clients.
type secret struct{}

func (*secret) Error() string { return "password of the database" }
