package kitex

import (
	"context"
	"reflect"
	"testing"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

var request1 = &rpc.LookupRequest{Names: []string{"alice"}, UIDs: []uint64{7}}

func TestUnary(t *testing.T) {
	f := &fake{lookup: func(_ context.Context, in *rpc.LookupRequest) (*rpc.LookupReply, error) {
		if !reflect.DeepEqual(in, request1) {
			t.Errorf("the callee saw %+v", in)
		}
		return &rpc.LookupReply{Users: []msgdef.User{{UID: 7, Name: "alice"}}}, nil
	}}
	c := dialService(t, ClientOptions{Self: "r1"}, serve(t, ServerOptions{}, OfferService(f, nil, nil)))
	for range 3 {
		got, err := c.Lookup(within(t), request1)
		if err != nil || len(got.Users) != 1 || got.Users[0].Name != "alice" {
			t.Fatalf("%+v, %v", got, err)
		}
	}
}
