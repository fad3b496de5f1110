package gate_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// farSignIns is the part of a far end that keeps who signed in.
type farSignIns struct {
	keeping sync.Mutex
	kept    []rpc.SignedIn
	life    uint64
	refuse  bool
}

func (f *farSignIns) KeepSignIns(_ context.Context, batch *rpc.SignInBatch) error {
	f.keeping.Lock()
	defer f.keeping.Unlock()
	if f.refuse {
		return rpc.Errorf(msgdef.CodeUnavailable, "not now")
	}
	f.life = max(f.life, batch.Life)
	f.kept = append(f.kept, batch.Items...)
	return nil
}

// refuses has it take nothing, or everything.
func (f *farSignIns) refuses(refuse bool) {
	f.keeping.Lock()
	defer f.keeping.Unlock()
	f.refuse = refuse
}

// told returns what was kept, and the newest life.
func (f *farSignIns) told() ([]rpc.SignedIn, uint64) {
	f.keeping.Lock()
	defer f.keeping.Unlock()
	return slices.Clone(f.kept), f.life
}

func (f *farSignIns) SignIns(_ context.Context, q *rpc.SignInsQuery) (*rpc.SignInsReply, error) {
	if q.Account != "" || q.UID == 0 {
		return nil, rpc.Errorf(msgdef.CodeForbidden, "somebody else's")
	}
	reply := &rpc.SignInsReply{UID: q.UID, More: true}
	for i := range uint64(q.Limit) {
		reply.List = append(reply.List, msgdef.SignIn{Device: q.UID, Conn: q.Conn - i, Began: q.Before, Gate: q.Gate})
	}
	return reply, nil
}

// TestSignIns tells of a session when it begins and when it ends, with why, also
// when nobody takes it for a while.
func TestSignIns(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		c := w.login("alice", 7)
		time.Sleep(time.Second)
		told, life := w.far.told()
		if len(told) != 1 || life != w.gate.Epoch() {
			t.Fatalf("%+v in life %d, want one", told, life)
		}
		began := told[0]
		if began.UID != c.welcome.UID || began.Device != 7 || began.Began == 0 || began.Ended != 0 || began.Life != life {
			t.Errorf("%+v", began)
		}
		w.far.refuses(true)
		c.conn.Close()
		time.Sleep(5 * time.Second)
		w.far.refuses(false)
		time.Sleep(time.Second)
		told, _ = w.far.told()
		want := began
		want.End = msgdef.EndClient
		want.Ended = told[len(told)-1].Ended
		if len(told) != 2 || told[1] != want || want.Ended < began.Began {
			t.Errorf("%+v, want %+v", told, want)
		}
	})
}

// TestSignInsAgain has nobody take the end of a session for so long that it is
// dropped: the log begins another life, in which those that last are told of once
// more.
func TestSignInsAgain(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		gone, stays := w.login("alice", 1), w.login("bob", 2)
		time.Sleep(time.Second)
		before, first := w.far.told()
		w.far.refuses(true)
		gone.conn.Close()
		for range 4 { // a try takes a pause of half a second, and there are 60
			time.Sleep(10 * time.Second)
			stays.send(&msgdef.Ping{Nonce: 1})
			synctest.Wait()
		}
		w.far.refuses(false)
		time.Sleep(time.Minute / 2)
		stays.send(&msgdef.Ping{Nonce: 2})
		time.Sleep(10 * time.Second)
		told, life := w.far.told()
		told = told[len(before):]
		if life <= first || len(told) != 1 || told[0].UID != stays.welcome.UID || told[0].Life != life || told[0].Ended != 0 {
			t.Errorf("life %d after %d: %+v", life, first, told)
		}
		if lost := w.gate.Stats().SignInsLost; lost != 1 {
			t.Errorf("%d are counted, want 1", lost)
		}
	})
}

// TestGetSignIns asks for one's own only, and gets pages of any size.
func TestGetSignIns(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		c := w.login("alice", 1)
		c.send(&msgdef.GetSignIns{Req: 5, Before: 9, Conn: 200, Limit: 100, Gate: "g7"}, &msgdef.Ping{Nonce: 1})
		n := 0
		for last := false; !last; {
			m := new(msgdef.SignIns)
			c.expect(m)
			n += len(m.List)
			if last = m.Last; m.Req != 5 || !m.More || m.List[0].Device != c.welcome.UID || m.List[0].Gate != "g7" {
				t.Fatalf("%+v", m)
			}
		}
		if n != 100 {
			t.Errorf("%d, want 100", n)
		}
	})
}
