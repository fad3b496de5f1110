package web

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// quotas are the uploads under way, and what users have uploaded. They are known
// again from the folder after a restart; what was uploaded in a day is not.
type quotas struct {
	limits *Limits

	mu    sync.Mutex
	open  map[string]opened // by id
	users map[uint64]*usage
}

// opened is an upload under way.
type opened struct {
	uid   uint64
	bytes int64  // when it is whole
	hash  string // SHA-256 that it is to have, hexadecimal; may be empty
}

// usage is what a user has.
type usage struct {
	uploads int
	bytes   int64
	day     *rate.Limiter // one token for each byte
}

func newQuotas(limits *Limits) *quotas {
	return &quotas{limits: limits, open: make(map[string]opened), users: make(map[uint64]*usage)}
}

// of returns what a user has. q.mu is held.
func (q *quotas) of(uid uint64) *usage {
	u := q.users[uid]
	if u == nil {
		perSecond := rate.Limit(float64(q.limits.DayBytes) / (24 * time.Hour).Seconds())
		u = &usage{day: rate.NewLimiter(perSecond, int(q.limits.DayBytes))}
		q.users[uid] = u
	}
	return u
}

// begin counts an upload, if there is room for it.
func (q *quotas) begin(id string, o opened, now time.Time) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	u := q.of(o.uid)
	if u.uploads >= q.limits.Uploads || u.bytes+o.bytes > q.limits.UploadBytes || !u.day.AllowN(now, int(o.bytes)) {
		return false
	}
	q.add(id, o)
	return true
}

// add counts an upload. q.mu is held.
func (q *quotas) add(id string, o opened) {
	u := q.of(o.uid)
	u.uploads++
	u.bytes += o.bytes
	q.open[id] = o
}

// known counts an upload that was begun before a restart.
func (q *quotas) known(id string, o opened) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.add(id, o)
}

// end counts an upload no more.
func (q *quotas) end(id string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	o, ok := q.open[id]
	if !ok {
		return
	}
	delete(q.open, id)
	u := q.of(o.uid)
	u.uploads--
	u.bytes -= o.bytes
}

// find returns the upload of a user that is to become the same file.
func (q *quotas) find(same opened) (id string, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for id, o := range q.open {
		if o == same && o.hash != "" {
			return id, true
		}
	}
	return "", false
}

// underWay returns how many there are.
func (q *quotas) underWay() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.open)
}

// forget drops what is known of users who have nothing under way and have not
// uploaded anything for long.
func (q *quotas) forget(now time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for uid, u := range q.users {
		if u.uploads == 0 && u.day.TokensAt(now) >= float64(u.day.Burst()) {
			delete(q.users, uid)
		}
	}
}
