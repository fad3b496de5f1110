package bench

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/msgdef"
)

// recruits is how many become members in one request.
const recruits = 500

// foundGroup makes the group of a run, before the processes begin. Whoever owns
// it adds the others.
func foundGroup(ctx context.Context, p *Plan) error {
	p.Authors = p.Senders
	return asFounder(ctx, p, func(c *client.Client) (err error) {
		p.Conv, err = c.FoundGroup(ctx, msgdef.GroupInfo{Name: "bench " + p.Run})
		return err
	})
}

// recruit makes members of everybody in this process.
func (f *group) recruit(ctx context.Context) error {
	var uids []uint64
	for _, w := range f.watchers {
		uids = append(uids, w.link.uid)
	}
	for _, s := range f.senders {
		uids = append(uids, s.link.uid)
	}
	return asFounder(ctx, &f.plan, func(c *client.Client) error {
		for part := range slices.Chunk(uids, recruits) {
			if _, err := c.ChangeGroup(ctx, f.plan.Conv, &msgdef.GroupChange{Act: msgdef.GroupAdd, UIDs: part}); err != nil {
				return fmt.Errorf("bench: making members: %w", err)
			}
		}
		return nil
	})
}

// asFounder does something as the owner of the group, who is offline otherwise.
func asFounder(ctx context.Context, p *Plan, do func(*client.Client) error) error {
	roots, err := readRoots(p.Target.Roots)
	if err != nil {
		return err
	}
	t := p.Target
	if t.traffic == nil {
		t.traffic = new(traffic)
	}
	c, err := client.New(client.Options{
		Addresses: t.Servers, Dialer: t.dialer(roots), Roots: roots,
		Account: "bench-" + p.Run + "-founder", Password: password, NoResume: true,
	})
	if err != nil {
		return err
	}
	err = connect(ctx, c)
	if err == nil {
		err = do(c)
	}
	return errors.Join(err, c.Close())
}

// senderAccount names the account of a sender of this process.
func (p Plan) senderAccount(number int) string {
	return fmt.Sprintf("bench-%s-%d-sender-%d", p.Run, p.First, number)
}
