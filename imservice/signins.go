package imservice

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"time"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// Most sign-ins of a page, see msgdef, and how many there are when nobody says.
const (
	maxSignIns  = 100
	someSignIns = 20
)

const (
	// signInTrim is after how many sign-ins, about, it is looked how many the user
	// has; between sweeps there can be so many more.
	signInTrim = 64

	// gateSilence is after how long without a word a gate is taken for dead. It says
	// one every 30 s.
	gateSilence = 3 * time.Minute
)

// KeepSignIns implements rpc.SignIns.
func (s *Server) KeepSignIns(ctx context.Context, batch *rpc.SignInBatch) error {
	if err := s.enter(ctx, len(batch.Items), maxCommit); err != nil {
		return err
	}
	defer s.leave()
	if err := checkSignIns(batch); err != nil {
		return err
	}
	if err := s.writable(); err != nil {
		return err
	}
	lives, rows := s.signInRows(batch)
	if err := s.options.Store.KeepSignIns(lives, rows); err != nil {
		return s.failure(err)
	}
	for i := range rows {
		if rows[i].Ended == 0 && rand.IntN(signInTrim) == 0 {
			if err := s.trimSignIns(rows[i].UID); err != nil {
				return s.failure(err)
			}
		}
	}
	return nil
}

// checkSignIns finds what no gate tells.
func checkSignIns(batch *rpc.SignInBatch) error {
	if batch.Gate == "" || batch.Life == 0 {
		return rpc.Errorf(msgdef.CodeBadArgument, "sign-ins of gate %q in life %d", batch.Gate, batch.Life)
	}
	for i := range batch.Items {
		it := &batch.Items[i]
		if it.UID == 0 || it.Began <= 0 || it.Life == 0 || it.Life > batch.Life || (it.Ended == 0) != (it.End == msgdef.EndNone) {
			return rpc.Errorf(msgdef.CodeBadArgument, "sign-in %d of user %d at %d in life %d with end %d", i, it.UID, it.Began, it.Life, it.End)
		}
	}
	return nil
}

// signInRows makes rows of a batch. Of two about one session the one with an end
// stays, or the later one.
func (s *Server) signInRows(batch *rpc.SignInBatch) (lives []store.GateLife, rows []store.SignInRow) {
	type name struct {
		uid, conn uint64
		began     int64
	}
	now := s.options.Now().UnixMilli()
	told := map[uint64]bool{batch.Life: true}
	lives = append(lives, store.GateLife{Gate: batch.Gate, Life: batch.Life, Seen: now})
	at := make(map[name]int, len(batch.Items))
	for i := range batch.Items {
		it := &batch.Items[i]
		if !told[it.Life] {
			told[it.Life] = true
			lives = append(lives, store.GateLife{Gate: batch.Gate, Life: it.Life, Seen: now})
		}
		row := store.SignInRow{
			UID: it.UID, Began: it.Began, Conn: it.Conn, Gate: batch.Gate, Life: it.Life, Device: it.Device,
			Platform: it.Platform, Address: it.Address, Ended: it.Ended, End: it.End,
		}
		of := name{it.UID, it.Conn, it.Began}
		j, twice := at[of]
		switch {
		case !twice:
			at[of] = len(rows)
			rows = append(rows, row)
		case row.Ended != 0 || rows[j].Ended == 0:
			rows[j] = row
		}
	}
	return lives, rows
}

// SignIns implements rpc.SignIns.
func (s *Server) SignIns(ctx context.Context, query *rpc.SignInsQuery) (*rpc.SignInsReply, error) {
	if err := s.enter(ctx, 0, 0); err != nil {
		return nil, err
	}
	defer s.leave()
	reply, err := s.signIns(query, query.UID)
	if err != nil {
		return nil, s.failure(err)
	}
	return reply, nil
}

// SignInsOf implements rpc.Moderation.
func (s *Server) SignInsOf(ctx context.Context, query *rpc.SignInsQuery) (*rpc.SignInsReply, error) {
	if err := s.enter(ctx, 0, 0); err != nil {
		return nil, err
	}
	defer s.leave()
	a, err := s.accused(&rpc.Sanction{UID: query.UID, Account: query.Account})
	if err != nil {
		return nil, s.failure(err)
	}
	reply, err := s.signIns(query, a.UID)
	if err != nil {
		return nil, s.failure(err)
	}
	return reply, nil
}

// signIns reads a page. Who does not say of which gate the last one was, which older
// clients do not, gets no page that ends between those of several gates which have the
// same time and connection, as long as it has others.
func (s *Server) signIns(query *rpc.SignInsQuery, uid uint64) (*rpc.SignInsReply, error) {
	limit := limited(query.Limit, someSignIns, maxSignIns)
	before := store.SignInPlace{Began: query.Before, Conn: query.Conn, Gate: query.Gate}
	if before.Began <= 0 {
		before = store.SignInPlace{}
	}
	rows, err := s.options.Store.SignIns(nil, uid, before, limit+1)
	if err != nil {
		return nil, err
	}
	reply := &rpc.SignInsReply{UID: uid, More: len(rows) > limit}
	if reply.More && query.Gate == "" {
		limit = wholePlaces(rows, limit)
	}
	for i := range rows[:min(limit, len(rows))] {
		row := &rows[i]
		in := msgdef.SignIn{
			Device: row.Device, Platform: row.Platform, Address: row.Address, Gate: row.Gate, Conn: row.Conn,
			Began: row.Began, Ended: row.Ended, End: row.End,
		}
		if row.Ended == 0 {
			if err := s.judgeOpen(row, &in); err != nil {
				return nil, err
			}
		}
		reply.List = append(reply.List, in)
	}
	return reply, nil
}

// wholePlaces returns how many of the first rows, at most so many, are not of the time
// and connection of the one after them; at most itself when all are.
func wholePlaces(rows []store.SignInRow, most int) int {
	for n := most; n > 0; n-- {
		if rows[n].Began != rows[n-1].Began || rows[n].Conn != rows[n-1].Conn {
			return n
		}
	}
	return most
}

// judgeOpen finds out whether a session still lasts whose end nobody has told: its
// gate is alive, and has told of it in the newest life of its log.
func (s *Server) judgeOpen(row *store.SignInRow, in *msgdef.SignIn) error {
	newest, err := s.options.Store.GateLife(row.Gate, 0)
	if err == nil && newest.Life == row.Life && s.options.Now().UnixMilli()-newest.Seen <= gateSilence.Milliseconds() {
		return nil
	}
	life := newest
	if err == nil && newest.Life != row.Life {
		life, err = s.options.Store.GateLife(row.Gate, row.Life)
	}
	if err != nil && !errors.Is(err, store.ErrNotFound) { // of lives that are forgotten nothing is known
		return err
	}
	in.Ended, in.End = max(life.Seen, row.Began), msgdef.EndGateLost
	return nil
}

// trimSignIns drops what a user has too much.
func (s *Server) trimSignIns(uid uint64) error {
	_, err := s.options.Store.DropSignIns(uid, 0, s.options.Limits.SignInsPerUser)
	return err
}

// sweepSignIns drops the sign-ins of everybody that are too old or too many, and all of
// those whose account was removed. Lives of gates go when no sign-in can be of them
// any more.
func (r *retention) sweepSignIns(t *trimmer) error {
	err := owners(t.ctx, r.store.SignedIn, func(uid uint64) error {
		before := t.before
		d, err := r.store.Standing(uid)
		if err != nil {
			return err
		}
		if d.Removed {
			before = math.MaxInt64
		}
		n, err := r.store.DropSignIns(uid, before, r.limits.SignInsPerUser)
		r.counts.dropped.Add(uint64(n))
		return err
	})
	return errors.Join(err, r.store.DropGateLives(t.before))
}
