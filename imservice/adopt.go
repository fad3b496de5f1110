package imservice

import "time"

// adoptAfter is how old an eviction of another service gets before it is carried
// out here as well: that service may be gone. Both doing it does no harm.
const adoptAfter = 10 * time.Second

// adopt takes on what other services have left in a shared store, now and then.
func (e *evictions) adopt() {
	now := e.now()
	if !e.shared || now.Sub(e.adopted) < adoptAfter {
		return
	}
	e.adopted = now
	rows, err := e.store.Evictions(e.limit)
	if err != nil {
		e.log.Warn("evictions of other services were not looked for", "error", err)
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, row := range rows {
		who := evictee{row.UID, row.Device}
		known := e.pending[who]
		later := known == nil || known.Generation < row.Generation
		if later && now.Sub(time.UnixMilli(row.At)) >= adoptAfter {
			e.pending[who] = &eviction{Eviction: row, since: now}
		}
	}
}
