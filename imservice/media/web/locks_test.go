package web

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"

	"github.com/tus/tusd/v2/pkg/memorylocker"
)

// TestInterruptedWhileReading asks for the lock of a request that has not come to its
// body. It is interrupted when it does, and not before, when tusd would forget it.
func TestInterruptedWhileReading(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		locks := patientLocks{memorylocker.New()}
		var first, second bool // interrupted, holds the lock
		serve := func(request http.HandlerFunc) {
			readable(request).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodPatch, "/", nil))
		}
		lock := func(ctx context.Context, interrupt func()) func() {
			l, err := locks.NewLock("upload")
			if err == nil {
				err = l.Lock(ctx, interrupt)
			}
			if err != nil {
				t.Error(err)
			}
			return func() { _ = l.Unlock() } // always nil
		}
		serve(func(_ http.ResponseWriter, r *http.Request) {
			free := lock(r.Context(), func() { first = true })
			go serve(func(_ http.ResponseWriter, r *http.Request) {
				defer lock(r.Context(), func() {})()
				second = true
			})
			synctest.Wait()
			if first {
				t.Error("interrupted before there is a body")
			}
			beginsToRead(r.Context())
			synctest.Wait()
			if !first || second {
				t.Errorf("interrupted %t, and the other has the lock %t", first, second)
			}
			free()
		})
		synctest.Wait()
		if !second {
			t.Error("the other has no lock")
		}
	})
}
