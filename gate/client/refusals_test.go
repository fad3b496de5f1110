package client

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/sim-im/sim/msgdef"
)

// refusalKinds are all kinds of refusals.
func refusalKinds() []error {
	return []error{ErrUpgradeRequired, ErrCredentials, ErrBanned, ErrReplaced, ErrRevoked, ErrBusy}
}

// refusals is what a server refuses a login with, its kind, and whether trying
// again by itself stops.
var refusals = []struct {
	code  msgdef.ErrorCode
	kind  error
	stops bool
}{
	{msgdef.CodeVersion, ErrUpgradeRequired, true},
	{msgdef.CodeDowngrade, nil, true},
	{msgdef.CodeBadCredentials, ErrCredentials, true},
	{msgdef.CodeTokenExpired, ErrCredentials, true},
	{msgdef.CodeBadAccount, ErrCredentials, true},
	{msgdef.CodeBadDevice, nil, true},
	{msgdef.CodeReplaced, ErrReplaced, true},
	{msgdef.CodeBanned, ErrBanned, true},
	{msgdef.CodeUpgrade, ErrUpgradeRequired, true},
	{msgdef.CodeRevoked, ErrRevoked, true},
	{msgdef.CodeTokenReused, ErrRevoked, true},
	{msgdef.CodeOtherDevice, ErrReplaced, true},
	{msgdef.CodeDeleted, ErrDeleted, true},
	{msgdef.CodeForbidden, nil, true},
	{msgdef.CodeBusy, ErrBusy, false},
	{msgdef.CodeUnavailable, ErrBusy, false},
	{msgdef.CodeShuttingDown, ErrBusy, false},
}

// Each refusal of a login is of its kind and of no other, carries its code and
// its wait, and stops reconnecting where it should.
func TestRefusalsAreTyped(t *testing.T) {
	for _, r := range refusals {
		t.Run(r.code.String(), func(t *testing.T) {
			plain(t, func(t *testing.T, g *gate) {
				c := g.client(g.options())
				failed := later(func() error { return c.Connect(context.Background()) })
				p := g.accept()
				p.readLogin()
				p.send(&msgdef.Error{Of: uint16(msgdef.TypeLogin), Code: r.code, RetryAfter: 7000, Detail: "words"})
				err := <-failed
				checkRefusal(t, err, r.code, r.kind, 7*time.Second)
				if !errors.Is(err, ErrRefused) || errors.Is(err, ErrKicked) {
					t.Errorf("a refusal is %v", err)
				}
				if stopped := c.Status().Phase == Stopped; stopped != r.stops {
					t.Errorf("stopped: %v", stopped)
				}
			})
		})
	}
}

// A kick is of its kind too, whatever the code, and ends reconnecting.
func TestKicksAreTyped(t *testing.T) {
	for _, r := range refusals {
		t.Run(r.code.String(), func(t *testing.T) {
			plain(t, func(t *testing.T, g *gate) {
				var rec recorder
				_, p := g.online(rec.record(g.options()), msgdef.LoginOK{})
				p.send(&msgdef.Kicked{Code: r.code, Detail: "words"})
				p.gone()
				last := rec.last()
				checkRefusal(t, last.Err, r.code, r.kind, 0)
				if last.Phase != Stopped || !errors.Is(last.Err, ErrKicked) {
					t.Errorf("a kick led to %v, %v", last.Phase, last.Err)
				}
			})
		})
	}
}

func checkRefusal(t *testing.T, err error, code msgdef.ErrorCode, kind error, wait time.Duration) {
	t.Helper()
	err = fmt.Errorf("an app's own: %w", err)
	var e *Error
	if !errors.As(err, &e) || e.Code != code || e.Retry != wait || e.Detail != "words" {
		t.Errorf("as an *Error: %+v of %v", e, err)
	}
	for _, k := range refusalKinds() {
		if is := errors.Is(err, k); is != (k == kind) {
			t.Errorf("is %v: %v", k, is)
		}
	}
}
