package client

import (
	"fmt"
	"strings"
	"time"

	"github.com/sim-im/sim/msgdef"
)

// names remembers who is who, for a bounded number of users and time.
type names struct {
	byUID  map[uint64]named
	byName map[string]named
}

type named struct {
	uid   uint64
	name  string
	until time.Time
}

// Bounds of names.
const (
	maxNames  = 4096
	nameValid = 10 * time.Minute
)

func newNames() names {
	return names{byUID: make(map[uint64]named), byName: make(map[string]named)}
}

// add remembers a user. When there is no room, somebody is forgotten: whom
// does not matter much.
func (n *names) add(u msgdef.User, now time.Time) {
	for uid, old := range n.byUID {
		if len(n.byUID) < maxNames {
			break
		}
		n.drop(uid, old.name)
	}
	if old, ok := n.byUID[u.UID]; ok {
		n.drop(u.UID, old.name)
	}
	if old, ok := n.byName[u.Name]; ok {
		n.drop(old.uid, u.Name)
	}
	entry := named{uid: u.UID, name: u.Name, until: now.Add(nameValid)}
	n.byUID[u.UID] = entry
	n.byName[u.Name] = entry
}

func (n *names) drop(uid uint64, name string) {
	delete(n.byUID, uid)
	delete(n.byName, name)
}

// knownNames puts into found what is remembered and returns the rest.
func (c *Client) knownNames(list []string, found map[string]uint64) (missing []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.opts.Now()
	for _, name := range list {
		if known, ok := c.names.byName[name]; ok && now.Before(known.until) {
			found[name] = known.uid
		} else {
			missing = append(missing, name)
		}
	}
	return missing
}

// knownUIDs puts into found what is remembered and returns the rest.
func (c *Client) knownUIDs(list []uint64, found map[uint64]string) (missing []uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.opts.Now()
	for _, uid := range list {
		if known, ok := c.names.byUID[uid]; ok && now.Before(known.until) {
			found[uid] = known.name
		} else {
			missing = append(missing, uid)
		}
	}
	return missing
}

// learn remembers what the server said.
func (c *Client) learn(users []msgdef.User) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.opts.Now()
	for _, u := range users {
		c.names.add(u, now)
	}
}

// cloneUsers copies what a frame lends.
func cloneUsers(users []msgdef.User) []msgdef.User {
	own := make([]msgdef.User, len(users))
	for i, u := range users {
		own[i] = msgdef.User{UID: u.UID, Name: strings.Clone(u.Name)}
	}
	return own
}

// checkArgument makes a mistake in a request an ErrArgument.
func checkArgument(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w: %w", ErrArgument, err)
}

// checkLimit bounds what a page may be asked for.
func checkLimit(limit, most int) error {
	if limit < 0 || limit > most {
		return fmt.Errorf("%w: limit %d is not within 0 and %d", ErrArgument, limit, most)
	}
	return nil
}
