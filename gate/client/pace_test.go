package client

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/secure"
)

func TestPaceStartsAgainWithOne(t *testing.T) {
	now := time.Unix(1000, 0)
	p := newPace(8)
	if !p.open(7) || p.open(8) {
		t.Fatal("the window is not 8")
	}
	p.refused(now, time.Second)
	p.refused(now, 500*time.Millisecond) // of the same burst
	if p.open(0) || p.resume(now.Add(999*time.Millisecond)) {
		t.Fatal("open in the pause")
	}
	if !p.resume(now.Add(time.Second)) || !p.open(0) || p.open(1) {
		t.Fatal("not open for one after the pause")
	}
	for range 100 {
		p.acked()
	}
	if p.limit != 8 {
		t.Errorf("window grew to %d", p.limit)
	}
}

func TestPaceWaitsLongerEachTime(t *testing.T) {
	now := time.Unix(1000, 0)
	p := newPace(8)
	var last time.Duration
	for i := range 40 {
		p.refused(now, 0)
		wait := p.until.Sub(now)
		if i > 0 && wait < last || wait > pauseMost {
			t.Fatalf("wait %d is %v after %v", i, wait, last)
		}
		last = wait
		now = p.until
		p.resume(now)
	}
	if last != pauseMost {
		t.Errorf("longest wait is %v", last)
	}
}

func TestBackoffDoublesAndIsBounded(t *testing.T) {
	b := Backoff{Jitter: func(limit time.Duration) time.Duration { return limit }}.withDefaults()
	want := []time.Duration{500 * time.Millisecond, time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second, 16 * time.Second, 32 * time.Second, time.Minute, time.Minute}
	for i, w := range want {
		if got := b.delay(i+1, 0); got != w {
			t.Errorf("limit after %d failures is %v, want %v", i+1, got, w)
		}
	}
	if got := b.delay(1<<40, 0); got != time.Minute {
		t.Errorf("after very many: %v", got)
	}
	if got := b.delay(1, 3*time.Second); got != 3500*time.Millisecond {
		t.Errorf("with RetryAfter: %v", got)
	}
	if got := b.delay(1, 1000*time.Hour); got > maxRetry+time.Second {
		t.Errorf("with an absurd RetryAfter: %v", got)
	}
	for range 1000 {
		if d := uniform(time.Second); d < 0 || d >= time.Second {
			t.Fatalf("uniform gave %v", d)
		}
	}
}

func TestStops(t *testing.T) {
	refused := func(code msgdef.ErrorCode) error { return fmt.Errorf("%w: %w", ErrRefused, &Error{Code: code}) }
	for _, test := range []struct {
		err  error
		want bool
	}{
		{fmt.Errorf("%w: %w", ErrKicked, &Error{Code: msgdef.CodeReplaced}), true},
		{fmt.Errorf("%w: %w", ErrKicked, &Error{Code: msgdef.CodeShuttingDown}), true},
		{handshakeError(secure.ErrUnknownRoot), false},
		{handshakeError(secure.ErrSignature), false},
		{handshakeError(secure.ErrRevoked), false},
		{handshakeError(secure.ErrExpired), false},
		{handshakeError(secure.ErrAuth), false},
		{handshakeError(secure.ErrMinVersion), true},
		{handshakeError(&secure.RefusedError{Refusal: msgdef.Refusal{Code: msgdef.CodeVersion}}), false},
		{insideError(&secure.RefusedError{Refusal: msgdef.Refusal{Code: msgdef.CodeVersion}}), true},
		{refused(msgdef.CodeDowngrade), true},
		{handshakeError(&secure.RefusedError{Refusal: msgdef.Refusal{Code: msgdef.CodeBusy, RetryAfter: 5}}), false},
		{refused(msgdef.CodeBadCredentials), true},
		{refused(msgdef.CodeTokenExpired), true},
		{refused(msgdef.CodeBanned), true},
		{refused(msgdef.CodeUpgrade), true},
		{refused(msgdef.CodeForbidden), true},
		{refused(msgdef.CodeBusy), false},
		{refused(msgdef.CodeUnavailable), false},
		{refused(msgdef.CodeMalformed), false},
		{ErrClosed, true},
		{ErrSilent, false},
		{ErrUnreachable, false},
		{protocolError("x"), false},
		{errMoved, false},
		{errors.New("anything"), false},
	} {
		if got := stops(test.err); got != test.want {
			t.Errorf("stops(%v) is %v", test.err, got)
		}
	}
}
