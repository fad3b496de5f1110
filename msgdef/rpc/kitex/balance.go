package kitex

import (
	"hash/fnv"
	"log/slog"
	"slices"
	"sync"
	"time"
)

// penalty is how long an endpoint that failed is tried last. When it is over,
// one call finds out, and others treat the endpoint as failed meanwhile. As long
// as it fails the time doubles: finding out may cost that call time.
const (
	penalty     = time.Second
	mostPenalty = 8 * time.Second
)

// balance chooses endpoints: each caller has its own order of them, which
// differs between callers and changes little when endpoints come and go
// (rendezvous hashing). Those in trouble come last.
type balance struct {
	key       string // of the caller
	kind      string // of the endpoints, for people
	version   uint16
	endpoints Endpoints
	logger    *slog.Logger
	now       func() time.Time

	mu       sync.Mutex
	troubled map[Endpoint]trouble
}

// trouble is what happened to an endpoint since it last answered.
type trouble struct {
	until   time.Time // tried last before then
	penalty time.Duration
	cause   error
}

// pick returns the best endpoint that was not tried yet; ok is false when there
// is none.
func (b *balance) pick(tried []Endpoint) (best Endpoint, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	var bestRank int
	var bestWeight uint64
	for _, e := range b.endpoints.Endpoints() {
		if slices.Contains(tried, e) {
			continue
		}
		rank, weight := b.rank(e, now), weigh(b.key, e)
		if !ok || rank < bestRank || rank == bestRank && weight > bestWeight {
			best, bestRank, bestWeight, ok = e, rank, weight, true
		}
	}
	if t, found := b.troubled[best]; found && ok && !now.Before(t.until) {
		t.penalty = min(2*t.penalty, mostPenalty)
		t.until = now.Add(t.penalty) // this call finds out for all
		b.troubled[best] = t
	}
	return best, ok
}

// rank is lower for endpoints that are more likely to answer.
func (b *balance) rank(e Endpoint, now time.Time) int {
	rank := 0
	if t, found := b.troubled[e]; found && now.Before(t.until) {
		rank++
	}
	if e.RPC != 0 && e.RPC != b.version {
		rank += 2
	}
	return rank
}

// worked notes that an endpoint answered.
func (b *balance) worked(e Endpoint) {
	b.mu.Lock()
	_, found := b.troubled[e]
	delete(b.troubled, e)
	b.mu.Unlock()
	if found {
		b.logger.Info("answers again", "kind", b.kind, "id", e.ID, "addr", e.Addr)
	}
}

// failed notes that an endpoint did not answer.
func (b *balance) failed(e Endpoint, cause error) {
	now := b.now()
	b.mu.Lock()
	t, known := b.troubled[e]
	for other := range b.troubled { // of endpoints that are no more
		if !slices.Contains(b.endpoints.Endpoints(), other) {
			delete(b.troubled, other)
		}
	}
	if b.troubled == nil {
		b.troubled = make(map[Endpoint]trouble)
	}
	t.penalty = max(t.penalty, penalty)
	t.until, t.cause = now.Add(t.penalty), cause
	b.troubled[e] = t
	b.mu.Unlock()
	if !known {
		b.logger.Warn("does not answer", "kind", b.kind, "id", e.ID, "addr", e.Addr, "error", cause)
	}
}

// others reports whether there are endpoints beside one that were not tried.
func (b *balance) others(than Endpoint, tried []Endpoint) bool {
	return slices.ContainsFunc(b.endpoints.Endpoints(), func(e Endpoint) bool {
		return e != than && !slices.Contains(tried, e)
	})
}

// down returns the endpoints in trouble with what happened to each, and whether
// there are others.
func (b *balance) down() (down []lost, others bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, e := range b.endpoints.Endpoints() {
		if t, found := b.troubled[e]; found {
			down = append(down, lost{kind: b.kind, endpoint: e, cause: t.cause})
		} else {
			others = true
		}
	}
	return down, others
}

// weigh is the rendezvous weight of an endpoint for a caller, the same in every
// process. An endpoint without an id is known by its address.
func weigh(key string, e Endpoint) uint64 {
	name := e.ID
	if name == "" {
		name = e.Addr
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(key))
	_, _ = h.Write([]byte{0})
	_, _ = h.Write([]byte(name))
	x := h.Sum64() // FNV alone leaves the high bits of short names alike
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
