package storetest

import (
	"math"
	"testing"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
)

func testDevices(t *testing.T, place func(t *testing.T) Opener) {
	cases{
		"sent":            testSent,
		"sent neighbours": testSentNeighbours,
		"cursor":          testCursor,
		"greater cursor":  testGreaterCursor,
		"list":            testDeviceList,
		"drop":            testDropDevice,
	}.run(t, place)
}

func testSent(t *testing.T, s store.Store) {
	head, err := s.SentHead(1, 2)
	equal(t, "head of none", value(t, head, err), 0)
	_, err = s.Sent(1, 2, 3)
	wantErr(t, err, store.ErrNotFound)
	rows := []store.SentRow{
		{UID: 1, Device: 2, Counter: 3, Conv: msgdef.Pair(1, 5), CSeq: 10, USeq: 20},
		{UID: 1, Device: 2, Counter: 9, Conv: msgdef.Pair(1, 6), CSeq: 11, USeq: 21},
		{UID: 1, Device: 2, Counter: math.MaxUint64, Conv: msgdef.Pair(1, 6), CSeq: 12, USeq: math.MaxUint64},
	}
	for i, row := range rows {
		commit(t, s, &store.Commit{Sent: rows[i : i+1]})
		head, err := s.SentHead(1, 2)
		equal(t, "head", value(t, head, err), row.Counter)
	}
	for _, row := range rows {
		got, err := s.Sent(row.UID, row.Device, row.Counter)
		equal(t, "sent", value(t, got, err), row)
	}
	_, err = s.Sent(1, 2, 4)
	wantErr(t, err, store.ErrNotFound)
}

func testSentNeighbours(t *testing.T, s store.Store) {
	commit(t, s, &store.Commit{Sent: []store.SentRow{
		{UID: 1, Device: math.MaxUint64, Counter: 5},
		{UID: 2, Device: 1, Counter: 6},
		{UID: 2, Device: 256, Counter: 7},
	}})
	for _, test := range []struct{ uid, device, want uint64 }{
		{1, math.MaxUint64, 5}, {2, 1, 6}, {2, 256, 7}, {2, 0, 0}, {2, 2, 0}, {1, 1, 0}, {3, 1, 0},
	} {
		head, err := s.SentHead(test.uid, test.device)
		equal(t, "head", value(t, head, err), test.want)
	}
}

func testCursor(t *testing.T, s store.Store) {
	_, err := s.Cursor(1, 2)
	wantErr(t, err, store.ErrNotFound)
	row := store.DeviceRow{UID: 1, Device: 2, Cursor: 3, Seen: 4}
	ok(t, s.SaveDevices([]store.DeviceRow{row}))
	ok(t, s.SaveDevices(nil))
	got, err := s.Cursor(1, 2)
	equal(t, "device", value(t, got, err), row)
}

func testGreaterCursor(t *testing.T, s store.Store) {
	ok(t, s.SaveDevices([]store.DeviceRow{{UID: 1, Device: 2, Cursor: 10, Seen: 100}}))
	for _, test := range []struct {
		save []store.DeviceRow
		want store.DeviceRow
	}{
		{[]store.DeviceRow{{Cursor: 9, Seen: 200}}, store.DeviceRow{Cursor: 10, Seen: 200}},
		{[]store.DeviceRow{{Cursor: 11, Seen: 150}}, store.DeviceRow{Cursor: 11, Seen: 200}},
		{[]store.DeviceRow{{Cursor: 13, Seen: 201}, {Cursor: 12, Seen: 202}}, store.DeviceRow{Cursor: 13, Seen: 202}},
		{[]store.DeviceRow{{}}, store.DeviceRow{Cursor: 13, Seen: 202}},
	} {
		for i := range test.save {
			test.save[i].UID, test.save[i].Device = 1, 2
		}
		ok(t, s.SaveDevices(test.save))
		got, err := s.Cursor(1, 2)
		test.want.UID, test.want.Device = 1, 2
		equal(t, "merged", value(t, got, err), test.want)
	}
}

func testDeviceList(t *testing.T, s store.Store) {
	all := []store.DeviceRow{
		{UID: 7, Device: 1, Cursor: 1}, {UID: 7, Device: 255, Cursor: 2},
		{UID: 7, Device: 256, Cursor: 3}, {UID: 7, Device: math.MaxUint64, Cursor: 4},
	}
	ok(t, s.SaveDevices([]store.DeviceRow{all[2], {UID: 8, Device: 1}, all[0], {UID: 6, Device: 9}, all[3], all[1]}))
	for limit, want := range map[int][]store.DeviceRow{100: all, 4: all, 2: all[:2], 0: nil, -1: nil} {
		got, err := s.DevicesOf(7, limit)
		equal(t, "devices", value(t, got, err), want)
	}
	got, err := s.DevicesOf(9, 10)
	equal(t, "devices of a stranger", len(value(t, got, err)), 0)
}

func testDropDevice(t *testing.T, s store.Store) {
	commit(t, s, &store.Commit{Sent: []store.SentRow{{UID: 1, Device: 2, Counter: 3}}})
	ok(t, s.SaveDevices([]store.DeviceRow{{UID: 1, Device: 2, Cursor: 5}, {UID: 1, Device: 3, Cursor: 6}}))
	ok(t, s.DropDevice(1, 2))
	ok(t, s.DropDevice(1, 2))
	_, err := s.Cursor(1, 2)
	wantErr(t, err, store.ErrNotFound)
	left, err := s.DevicesOf(1, 10)
	equal(t, "left", value(t, left, err), []store.DeviceRow{{UID: 1, Device: 3, Cursor: 6}})
	head, err := s.SentHead(1, 2)
	equal(t, "sent rows stay", value(t, head, err), 3)
	ok(t, s.SaveDevices([]store.DeviceRow{{UID: 1, Device: 2, Cursor: 1}}))
	got, err := s.Cursor(1, 2)
	equal(t, "starts anew", value(t, got, err), store.DeviceRow{UID: 1, Device: 2, Cursor: 1})
}
