package contracttest

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/msgdef/rpc/loopback"
)

// OutboxParts is an empty message service that is running, what it wants to be
// pushed, and its clock. The first login with a name creates its account.
type OutboxParts struct {
	Service rpc.Service
	Outbox  rpc.Outbox
	Pass    func(time.Duration) // lets time pass for the service
}

// OutboxFactory returns a message service.
type OutboxFactory func(t testing.TB) OutboxParts

// Outbox checks an implementation of rpc.Outbox.
func Outbox(t *testing.T, open OutboxFactory) {
	for name, check := range map[string]func(*testing.T, outboxTest){
		"whose":          outboxWhose,
		"order":          outboxOrder,
		"hold":           outboxHold,
		"share":          outboxShare,
		"wait":           outboxWait,
		"wait in vain":   outboxWaitInVain,
		"targets":        outboxTargets,
		"obsolete":       outboxObsolete,
		"confirm":        outboxConfirm,
		"dead tokens":    outboxDeadTokens,
		"batch sizes":    outboxSizes,
		"ended context":  outboxEnded,
		"nothing shared": outboxOwnership,
	} {
		t.Run(name, func(t *testing.T) {
			parts := open(t)
			o := outboxTest{serviceTest: serviceTest{Service: parts.Service}, Outbox: parts.Outbox, Pass: parts.Pass}
			o.alice, o.bob = o.login(t, "alice"), o.login(t, "bob")
			o.register(t, pushOf(o.bob, testDevice, "bob's"))
			check(t, o)
		})
	}
}

// outboxTest is a service with two users, one of whom can be reached by push.
type outboxTest struct {
	serviceTest
	Outbox rpc.Outbox
	Pass   func(time.Duration)
}

// due takes rows that are there.
func (o outboxTest) due(t testing.TB, limit int) []rpc.PushRow {
	t.Helper()
	req := &rpc.DueRequest{Limit: uint16(limit), Hold: holdMillis}
	reply := must[rpc.DueReply](t)(o.Outbox.Due(within(t), req))
	loopback.Poison(req)
	rows := slices.Clone(reply.Items)
	loopback.Poison(reply)
	return rows
}

const holdMillis = 10_000 // of everybody in the suite

// want checks which messages of bob's inbox rows are for, on his one device.
func (o outboxTest) want(t testing.TB, what string, rows []rpc.PushRow, useqs ...uint64) {
	t.Helper()
	var got []uint64
	for i, row := range rows {
		got = append(got, row.USeq)
		if row.UID != o.bob || row.Device != testDevice || row.At == 0 || i > 0 && row.ID <= rows[i-1].ID {
			t.Errorf("%s: row %d of %+v", what, i, rows)
		}
	}
	if !slices.Equal(got, useqs) {
		t.Errorf("%s: messages %v, want %v", what, got, useqs)
	}
}

// outboxWhose has messages for people with and without tokens.
func outboxWhose(t *testing.T, o outboxTest) {
	to := newSink()
	other := o.from(3, 1) // bob's own devices are told nothing of what bob sends
	other.UID = o.bob
	self := o.from(3, 2)
	self.UID, self.Conv = o.bob, msgdef.Pair(o.bob, o.bob)
	o.send(t, to, other, self)
	to.await(t, 2)
	o.want(t, "of bob's own", o.due(t, 0))
	o.register(t, pushOf(o.bob, testDevice+1, "bob's second"))
	o.store(t, 1)
	rows := o.due(t, 0)
	devices := []uint64{}
	for _, row := range rows {
		devices = append(devices, row.Device)
		if row.UID != o.bob || row.USeq != 3 {
			t.Errorf("row %+v", row)
		}
	}
	if slices.Sort(devices); !slices.Equal(devices, []uint64{testDevice, testDevice + 1}) {
		t.Errorf("devices %v", devices)
	}
	o.register(t, pushOf(o.bob, testDevice, ""))
	o.register(t, pushOf(o.alice, 1, "bob's second")) // who has the phone now
	to = newSink()
	o.send(t, to, o.from(1, 2))
	to.await(t, 1)
	if rows := o.due(t, 0); len(rows) != 0 {
		t.Errorf("without tokens: %+v", rows)
	}
}

// outboxOrder takes rows oldest first, so many at a time.
func outboxOrder(t *testing.T, o outboxTest) {
	o.store(t, 5)
	o.want(t, "the first two", o.due(t, 2), 1, 2)
	o.want(t, "the next two", o.due(t, 2), 3, 4)
	o.want(t, "the rest", o.due(t, 0), 5)
	o.want(t, "nothing more", o.due(t, 0))
}

// outboxHold takes rows again when nobody confirmed them in time.
func outboxHold(t *testing.T, o outboxTest) {
	o.store(t, 3)
	o.want(t, "all", o.due(t, 0), 1, 2, 3)
	o.Pass(holdMillis*time.Millisecond - 1)
	o.want(t, "too early", o.due(t, 0))
	o.Pass(1)
	rows := o.due(t, 2)
	o.want(t, "again, oldest first", rows, 1, 2)
	o.want(t, "the one that is left", o.due(t, 2), 3)
	o.confirm(t, done(rows[0]))
	o.Pass(holdMillis * time.Millisecond)
	o.want(t, "without the confirmed one", o.due(t, 0), 2, 3)
}

// outboxShare has several take rows at once: each row goes to one.
func outboxShare(t *testing.T, o outboxTest) {
	const rows, takers = 60, 4
	o.store(t, rows)
	taken := make(chan rpc.PushRow, 2*rows)
	finished := make(chan struct{}, takers)
	for range takers {
		go func() {
			defer func() { finished <- struct{}{} }()
			for {
				got, err := o.Outbox.Due(within(t), &rpc.DueRequest{Limit: 7, Hold: holdMillis})
				if err != nil {
					t.Errorf("due: %v", err)
					return
				}
				for _, row := range got.Items {
					taken <- row
				}
				if len(got.Items) == 0 {
					return
				}
			}
		}()
	}
	for range takers {
		<-finished
	}
	close(taken)
	seen := map[uint64]bool{}
	for row := range taken {
		if seen[row.USeq] {
			t.Errorf("message %d was handed out twice", row.USeq)
		}
		seen[row.USeq] = true
	}
	if len(seen) != rows {
		t.Errorf("%d of %d rows", len(seen), rows)
	}
}

// outboxWait has rows come while somebody waits.
func outboxWait(t *testing.T, o outboxTest) {
	got := make(chan *rpc.DueReply, 1)
	go func() {
		reply, err := o.Outbox.Due(within(t), &rpc.DueRequest{Wait: 60_000, Hold: holdMillis})
		if err != nil {
			t.Errorf("due: %v", err)
		}
		got <- reply
	}()
	o.store(t, 1)
	select {
	case reply := <-got:
		if reply != nil {
			o.want(t, "what came", reply.Items, 1)
		}
	case <-time.After(patience):
		t.Fatal("nobody was woken")
	}
}

// outboxWaitInVain ends when the wait is over, or the context.
func outboxWaitInVain(t *testing.T, o outboxTest) {
	reply := must[rpc.DueReply](t)(o.Outbox.Due(within(t), &rpc.DueRequest{Wait: 1}))
	if len(reply.Items) != 0 {
		t.Errorf("rows of nothing: %+v", reply.Items)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	_, err := o.Outbox.Due(ctx, &rpc.DueRequest{Wait: 60_000})
	refused(t, "Due whose context ends", err, msgdef.CodeTimeout)
}

// calls returns every call of the outbox that takes a batch.
func (o outboxTest) calls() []batchCall {
	return []batchCall{
		{"Resolve", maxPushes, func(ctx context.Context, n int) (int, error) {
			r, err := o.Outbox.Resolve(ctx, &rpc.PushRows{Items: repeat(n, func(i int) rpc.PushRow { return rpc.PushRow{ID: uint64(i)} })})
			return count(r, err, func(r *rpc.PushTargets) int { return len(r.Items) })
		}},
		{"Confirm", maxPushes, func(ctx context.Context, n int) (int, error) {
			return n, o.Outbox.Confirm(ctx, &rpc.PushOutcomes{Items: repeat(n, func(i int) rpc.PushOutcome { return rpc.PushOutcome{ID: uint64(i)} })})
		}},
	}
}

func outboxSizes(t *testing.T, o outboxTest) {
	for _, c := range o.calls() {
		c.sizes(t)
	}
	o.store(t, maxPushes)
	if rows := o.due(t, 1<<16-1); len(rows) != maxPushes {
		t.Errorf("%d rows, want %d", len(rows), maxPushes)
	}
}

func outboxEnded(t *testing.T, o outboxTest) {
	for _, c := range o.calls() {
		c.ended(t)
	}
	_, err := o.Outbox.Due(cancelled(), &rpc.DueRequest{})
	refused(t, "Due with a context that has ended", err, msgdef.CodeTimeout)
}
