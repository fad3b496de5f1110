package web

import (
	"context"
	"net/http"
	"sync"

	"github.com/tus/tusd/v2/pkg/handler"
)

// patientLocks has uploads be interrupted only when that works. Who asks for the lock
// of an upload has tusd end the request that holds it, by closing its body. One that
// had not come to its body would not notice, and go on for as long as its client
// likes: it is ended when it begins to read.
type patientLocks struct{ handler.Locker }

// NewLock implements handler.Locker.
func (p patientLocks) NewLock(id string) (handler.Lock, error) {
	lock, err := p.Locker.NewLock(id)
	return patientLock{lock}, err
}

type patientLock struct{ plain handler.Lock }

// Lock implements handler.Lock, for a request that readable serves.
func (p patientLock) Lock(ctx context.Context, interrupt func()) error {
	own := ctx.Value(readsKey{}).(*reads)
	return p.plain.Lock(ctx, func() {
		go func() { // who asks goes on to wait, for no longer than they want
			<-own.begun
			interrupt()
		}()
	})
}

// Unlock implements handler.Lock.
func (p patientLock) Unlock() error { return p.plain.Unlock() }

// readsKey is the key of a context's reads.
type readsKey struct{}

// reads tells when a request begins to read its body.
type reads struct {
	begun chan struct{}
	once  sync.Once
}

// begin says that it does, or is over. Further calls say nothing.
func (r *reads) begin() { r.once.Do(func() { close(r.begun) }) }

// beginsToRead says it of the request of a context.
func beginsToRead(ctx context.Context) { ctx.Value(readsKey{}).(*reads).begin() }

// readable serves requests that others may interrupt.
func readable(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		own := &reads{begun: make(chan struct{})}
		defer own.begin()
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), readsKey{}, own)))
	})
}
