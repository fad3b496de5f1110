package redis

import (
	"context"
	"errors"
	"slices"

	goredis "github.com/redis/go-redis/v9"

	"github.com/sim-im/sim/msgdef/rpc"
)

const (
	indexChunk = 1000 // entries in a call of scriptIndex: below what Lua unpacks
	rowChunk   = 2500 // rows in a round trip, so that one stays far below its timeout
)

// update is a change on its way to Redis, in the order that the package says.
type update struct {
	*rpc.RosterUpdate
	registry *Registry
	owner    *announcement
	in       incarnation // that it is written under
	last     uint64      // number of the update before, when in is current
}

// begin makes Redis expect sessions of a new incarnation.
func (u update) begin(ctx context.Context) error {
	return done(u.registry.number(ctx, scriptBegin, []string{u.lease()}, u.owner.nonce, u.in.text()))
}

// apply writes an update of the current incarnation.
func (u update) apply(ctx context.Context) error {
	if err := u.write(ctx); err != nil {
		return err
	}
	return u.settle(ctx)
}

// write adds what began, and removes what ended.
func (u update) write(ctx context.Context) error {
	if err := u.confirm(ctx); err != nil {
		return err
	}
	for part := range slices.Chunk(u.Began, rowChunk) {
		if err := u.registry.pipe(ctx, func(p goredis.Pipeliner) { u.add(ctx, p, part) }); err != nil {
			return err
		}
	}
	for part := range slices.Chunk(u.Ended, rowChunk) {
		if err := u.registry.pipe(ctx, func(p goredis.Pipeliner) { u.remove(ctx, p, part) }); err != nil {
			return err
		}
	}
	return nil
}

// confirm finds that the lease still is what the image thinks it is, and indexes
// what began.
func (u update) confirm(ctx context.Context) error {
	var scripts []*goredis.Cmd
	index := func(p goredis.Pipeliner, part []rpc.Session) {
		args := make([]any, 0, 4+len(part))
		args = append(args, u.owner.nonce, u.in.text(), digits(u.last), digits(u.Seq))
		for _, s := range part {
			args = append(args, entry(s))
		}
		scripts = append(scripts, p.Eval(ctx, scriptIndex, []string{u.lease(), u.index()}, args...))
	}
	err := u.registry.pipe(ctx, func(p goredis.Pipeliner) {
		p.SAdd(ctx, u.registry.keys.images(u.owner.instance.Region), imageName(u.in, u.Gate))
		if len(u.Began) == 0 {
			index(p, nil)
		}
		for part := range slices.Chunk(u.Began, indexChunk) {
			index(p, part)
		}
	})
	if err != nil {
		return err
	}
	for _, s := range scripts {
		if err := done(s.Int()); err != nil {
			return err
		}
	}
	return nil
}

// settle makes the update count.
func (u update) settle(ctx context.Context) error {
	err := done(u.registry.number(ctx, scriptSettle, []string{u.lease()}, u.owner.nonce, u.in.text(), digits(u.Seq)))
	if errors.Is(err, errLost) {
		u.undo(ctx)
	}
	return err
}

// undo deletes rows that were written while the lease was lost, because their
// index may have been swept before. Failing at it leaves rows that do not count.
func (u update) undo(ctx context.Context) {
	for part := range slices.Chunk(u.Began, rowChunk) {
		_ = u.registry.pipe(ctx, func(p goredis.Pipeliner) { u.remove(ctx, p, part) })
	}
}

func (u update) add(ctx context.Context, p goredis.Pipeliner, sessions []rpc.Session) {
	for _, s := range sessions {
		p.HSet(ctx, u.registry.keys.conn(s.UID), rowField(u.in, s.Conn), rowValue(s, u.Gate))
	}
}

func (u update) remove(ctx context.Context, p goredis.Pipeliner, sessions []rpc.Session) {
	entries := make([]any, 0, len(sessions))
	for _, s := range sessions {
		p.HDel(ctx, u.registry.keys.conn(s.UID), rowField(u.in, s.Conn))
		entries = append(entries, entry(s))
	}
	p.SRem(ctx, u.index(), entries...)
}

func (u update) lease() string {
	return u.registry.keys.lease(u.owner.instance.Role, u.Gate)
}

func (u update) index() string { return u.registry.keys.index(u.Gate, u.in) }

// done reads the answer of a script that says 1 or 0.
func done(n int, err error) error {
	if err == nil && n == 0 {
		return errLost
	}
	return err
}
