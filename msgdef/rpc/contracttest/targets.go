package contracttest

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/msgdef/rpc/loopback"
)

// resolve returns the targets of rows.
func (o outboxTest) resolve(t testing.TB, rows ...rpc.PushRow) []rpc.PushTarget {
	t.Helper()
	targets := must[rpc.PushTargets](t)(o.Outbox.Resolve(within(t), &rpc.PushRows{Items: rows})).Items
	if len(targets) != len(rows) {
		t.Fatalf("%d targets for %d rows", len(targets), len(rows))
	}
	return targets
}

func (o outboxTest) confirm(t testing.TB, outcomes ...rpc.PushOutcome) {
	t.Helper()
	batch := &rpc.PushOutcomes{Items: outcomes}
	if err := o.Outbox.Confirm(within(t), batch); err != nil {
		t.Fatalf("confirm: %v", err)
	}
	loopback.Poison(batch)
}

// done is the end of a row.
func done(row rpc.PushRow) rpc.PushOutcome {
	return rpc.PushOutcome{ID: row.ID, UID: row.UID, Device: row.Device}
}

// outboxTargets tells what a push says.
func outboxTargets(t *testing.T, o outboxTest) {
	o.store(t, 3)
	rows := o.due(t, 0)
	slices.Reverse(rows)
	for i, target := range o.resolve(t, rows...) {
		if target.Obsolete || target.Provider != msgdef.PushLog || string(target.Token) != "bob's" || target.From != "alice" {
			t.Errorf("target %d: %+v", i, target)
		}
		if m := decode(t, target.Message); m.Counter != rows[i].USeq || m.From != o.alice || m.At != rows[i].At {
			t.Errorf("message %+v of row %+v", m, rows[i])
		}
	}
	changed := pushOf(o.bob, testDevice, "new")
	changed.Provider = msgdef.PushFCM
	o.register(t, changed)
	if got := o.resolve(t, rows[0])[0]; got.Provider != msgdef.PushFCM || string(got.Token) != "new" {
		t.Errorf("after a change: %+v", got)
	}
}

// outboxObsolete has no target for what the device has, or what is over.
func outboxObsolete(t *testing.T, o outboxTest) {
	o.store(t, 4)
	rows := o.due(t, 0)
	others := []rpc.PushRow{rows[3], rows[3], rows[3], rows[3]}
	others[0].ID += 1 << 30
	others[1].UID = o.alice
	others[2].Device++
	others[3].USeq++
	cursor := &rpc.Cursors{Items: []rpc.Cursor{
		{UID: o.bob, Device: testDevice, USeq: 2}, {UID: o.bob, Device: testDevice + 1, USeq: 4},
	}}
	if err := o.Service.SaveCursors(within(t), cursor); err != nil {
		t.Fatal(err)
	}
	for stop := time.Now().Add(patience); !o.resolve(t, rows[0])[0].Obsolete; time.Sleep(time.Millisecond) {
		if time.Now().After(stop) {
			t.Fatal("the cursor is not seen")
		}
	}
	o.confirm(t, done(rows[2]))
	want := []bool{true, true, true, false, true, true, true, true}
	o.wantObsolete(t, "with a cursor at 2 and 3 confirmed", append(rows, others...), want)
	o.register(t, pushOf(o.bob, testDevice, ""))
	o.wantObsolete(t, "without a token", rows[3:4], []bool{true})
}

func (o outboxTest) wantObsolete(t *testing.T, what string, rows []rpc.PushRow, want []bool) {
	t.Helper()
	var got []bool
	for _, target := range o.resolve(t, rows...) {
		got = append(got, target.Obsolete)
		if target.Obsolete && len(target.Token)+len(target.Message)+len(target.From) > 0 {
			t.Errorf("%s: an obsolete target tells %+v", what, target)
		}
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s: obsolete %v, want %v", what, got, want)
	}
}

// outboxConfirm ends rows, and no others.
func outboxConfirm(t *testing.T, o outboxTest) {
	o.store(t, 4)
	rows := o.due(t, 0)
	stranger := done(rows[2])
	stranger.UID = o.alice
	another := done(rows[3])
	another.Device++
	o.confirm(t, done(rows[1]), done(rows[1]), rpc.PushOutcome{ID: 1 << 62, UID: o.bob, Device: testDevice}, stranger, another)
	o.confirm(t, done(rows[1]))
	o.Pass(holdMillis * time.Millisecond)
	o.want(t, "the others", o.due(t, 0), 1, 3, 4)
}

// outboxDeadTokens drops a token that a provider does not know any more, but
// not the one that came in its place.
func outboxDeadTokens(t *testing.T, o outboxTest) {
	o.store(t, 2)
	rows := o.due(t, 0)
	old := done(rows[0])
	old.Token = []byte("an old one")
	o.confirm(t, old)
	o.wantObsolete(t, "after another's death", rows[1:], []bool{false})
	dead := done(rpc.PushRow{ID: 1 << 62, UID: o.bob, Device: testDevice})
	dead.Token = []byte("bob's")
	o.confirm(t, dead)
	o.wantObsolete(t, "after its own", rows[1:], []bool{true})
}

// outboxOwnership spoils what went in and came out.
func outboxOwnership(t *testing.T, o outboxTest) {
	o.store(t, 1)
	rows := &rpc.PushRows{Items: o.due(t, 0)}
	kept := slices.Clone(rows.Items)
	for range 2 {
		targets := must[rpc.PushTargets](t)(o.Outbox.Resolve(within(t), rows))
		loopback.Poison(rows)
		rows.Items = slices.Clone(kept)
		if target := targets.Items[0]; string(target.Token) != "bob's" || target.From != "alice" {
			t.Errorf("target %+v", target)
		}
		loopback.Poison(targets)
	}
}
