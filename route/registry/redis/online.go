package redis

import (
	"context"
	"slices"

	goredis "github.com/redis/go-redis/v9"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/route/registry"
)

// Online implements registry.Registry in two round trips: rows, and leases of
// the gates in them. Where a gate changed incarnations in between, those rows
// are read once more: what a lease names was written before.
func (r *Registry) Online(ctx context.Context, uids []uint64) ([]msgdef.Online, error) {
	if err := registry.CheckUIDs(uids); err != nil {
		return nil, err
	}
	uids = slices.Clone(uids)
	slices.Sort(uids)
	uids = slices.Compact(uids)
	rows := make(map[uint64][]row, len(uids))
	if err := r.rows(ctx, uids, rows); err != nil {
		return nil, r.failed(ctx, err)
	}
	current, err := r.current(ctx, rows)
	if err != nil {
		return nil, r.failed(ctx, err)
	}
	if err := r.rows(ctx, changed(rows, current), rows); err != nil {
		return nil, r.failed(ctx, err)
	}
	return live(uids, rows, current), nil
}

// rows reads the rows of users into a map. What cannot be read is left out.
func (r *Registry) rows(ctx context.Context, uids []uint64, into map[uint64][]row) error {
	read := make([]*goredis.MapStringStringCmd, len(uids))
	err := r.pipe(ctx, func(p goredis.Pipeliner) {
		for n, uid := range uids {
			read[n] = p.HGetAll(ctx, r.keys.conn(uid))
		}
	})
	if err != nil {
		return err
	}
	for n, uid := range uids {
		into[uid] = into[uid][:0]
		for field, value := range read[n].Val() {
			if w, err := decodeRow(field, value); err == nil {
				into[uid] = append(into[uid], w)
			}
		}
	}
	return nil
}

// current returns the incarnations that count of gates named in rows, none for
// gates that are not alive.
func (r *Registry) current(ctx context.Context, rows map[uint64][]row) (map[string]string, error) {
	asked := make(map[string]*goredis.StringCmd)
	err := r.pipe(ctx, func(p goredis.Pipeliner) {
		for _, of := range rows {
			for _, w := range of {
				if asked[w.gate] == nil {
					asked[w.gate] = p.HGet(ctx, r.keys.lease(registry.Gate, w.gate), "current")
				}
			}
		}
	})
	current := make(map[string]string, len(asked))
	for gate, c := range asked {
		if c.Val() != "" {
			current[gate] = c.Val()
		}
	}
	return current, err
}

// changed returns the users with a row of a live gate's other incarnation.
func changed(rows map[uint64][]row, current map[string]string) []uint64 {
	var uids []uint64
	for uid, of := range rows {
		if slices.ContainsFunc(of, func(w row) bool {
			c, alive := current[w.gate]
			return alive && c != w.in.text()
		}) {
			uids = append(uids, uid)
		}
	}
	return uids
}

// live returns the users with rows that count.
func live(uids []uint64, rows map[uint64][]row, current map[string]string) []msgdef.Online {
	var online []msgdef.Online
	for _, uid := range uids {
		var p registry.Presence
		for _, w := range rows[uid] {
			if current[w.gate] == w.in.text() {
				p.Add(w.device, w.since)
			}
		}
		online = p.AppendTo(online, uid)
	}
	return online
}
