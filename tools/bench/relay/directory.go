package relay

import (
	"encoding/binary"
	"sync"
	"sync/atomic"

	"github.com/sim-im/sim/msgdef"
)

// directory knows the users and their conversations. Nothing is ever removed:
// it lives as long as a measurement.
type directory struct {
	mu    sync.RWMutex
	names map[string]*user
	users []*user // users[i] has id i+1
	pairs map[msgdef.Conversation]*pair

	groups map[msgdef.Conversation]*group // nil: there are none
}

// user is an account.
type user struct {
	id      uint64
	name    string
	session atomic.Pointer[conn] // the newest; nil when there is none
	useq    atomic.Uint64        // last place given in the inbox
	head    atomic.Uint64        // last place delivered
	devices map[uint64]*device   // of the directory
}

// device is an install of a user. The stage owns counter: the bare one under
// the lock of the conversation, of which a device of the benchmark has one.
type device struct{ counter uint64 }

// conversation numbers messages. Its counters are of the stage; the bare one holds mu.
type conversation struct {
	name msgdef.Conversation
	mu   sync.Mutex
	cseq uint64
	at   int64
}

// pair is a conversation of two.
type pair struct {
	conversation
	members [2]*user // the smaller id first
}

func (d *directory) open() {
	d.names = make(map[string]*user)
	d.pairs = make(map[msgdef.Conversation]*pair)
}

// account returns the user of a name, made at its first use.
func (d *directory) account(name string) *user {
	d.mu.Lock()
	defer d.mu.Unlock()
	u := d.names[name]
	if u == nil {
		u = &user{id: uint64(len(d.users) + 1), name: name, devices: make(map[uint64]*device)}
		d.names[name] = u
		d.users = append(d.users, u)
	}
	return u
}

// device returns an install of u, made at its first use.
func (d *directory) device(u *user, id uint64) *device {
	d.mu.Lock()
	defer d.mu.Unlock()
	if u.devices[id] == nil {
		u.devices[id] = new(device)
	}
	return u.devices[id]
}

// user returns the user of an id, or nil.
func (d *directory) user(id uint64) *user {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.find(id)
}

func (d *directory) find(id uint64) *user {
	if id == 0 || id > uint64(len(d.users)) {
		return nil
	}
	return d.users[id-1]
}

// pair returns a conversation of two different users, or nil.
func (d *directory) pair(name msgdef.Conversation) *pair {
	d.mu.Lock()
	defer d.mu.Unlock()
	if p := d.pairs[name]; p != nil {
		return p
	}
	a, b, ok := msgdef.PairMembers(name)
	if !ok || a == b || d.find(a) == nil || d.find(b) == nil {
		return nil
	}
	p := &pair{conversation: conversation{name: name}, members: [2]*user{d.find(a), d.find(b)}}
	d.pairs[name] = p
	return p
}

// group returns a group, made at its first use; nil where there are none, and for the
// name of something else.
func (d *directory) group(name msgdef.Conversation) *group {
	if _, ok := msgdef.GroupID(name); !ok || d.groups == nil {
		return nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	g := d.groups[name]
	if g == nil {
		g = &group{conversation: conversation{name: name}}
		d.groups[name] = g
	}
	return g
}

// other returns the member that u writes to; nil when u is none.
func (p *pair) other(u *user) *user {
	switch u {
	case p.members[0]:
		return p.members[1]
	case p.members[1]:
		return p.members[0]
	}
	return nil
}

// tokenSize is the length of a token in bytes: the user id, little-endian, and
// zeros. It proves nothing.
const tokenSize = 32

func (u *user) token() []byte {
	return binary.LittleEndian.AppendUint64(make([]byte, 0, tokenSize), u.id)[:tokenSize]
}

// holder returns the user of a token, or nil.
func (d *directory) holder(token []byte) *user {
	if len(token) != tokenSize {
		return nil
	}
	return d.user(binary.LittleEndian.Uint64(token))
}
