package imservice

import (
	"errors"
	"time"
	"unicode/utf8"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// maxReason is the longest text that a user is shown, in bytes.
const maxReason = 256

var errRemoved = &rpc.Error{Code: msgdef.CodeDeleted, Detail: "the account was deleted"}

// bannedNow tells whether a ban holds.
func bannedNow(d store.Standing, now time.Time) bool {
	return d.Banned && (d.Until == 0 || now.UnixMilli() < d.Until)
}

// refusal returns why an account may not log in, or nil.
func refusal(d store.Standing, now time.Time) error {
	switch {
	case d.Removed:
		return errRemoved
	case bannedNow(d, now):
		return &rpc.Error{Code: msgdef.CodeBanned, Detail: banDetail(d)}
	}
	return nil
}

// banDetail is what somebody who is banned is told.
func banDetail(d store.Standing) string {
	if d.Until == 0 {
		return d.Reason
	}
	until := "until " + time.UnixMilli(d.Until).UTC().Format("2006-01-02 15:04 UTC")
	if d.Reason == "" {
		return until
	}
	return cut(d.Reason, maxReason-len(until)-2) + ", " + until
}

// cut returns the whole characters in the first n bytes of a text.
func cut(text string, n int) string {
	if len(text) <= n {
		return text
	}
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	return text[:n]
}

// stateOf returns an account as operators see it.
func (s *Server) stateOf(a store.Account, d store.Standing, now time.Time) (*rpc.AccountState, error) {
	state := &rpc.AccountState{UID: a.UID, Account: a.Name, Generation: d.Generation, Removed: d.Removed}
	if bannedNow(d, now) {
		state.Banned, state.Until, state.Reason = true, d.Until, d.Reason
	}
	if !d.Removed {
		return state, nil
	}
	left, err := s.options.Store.Deletion(a.UID)
	if errors.Is(err, store.ErrNotFound) {
		return state, nil
	}
	if err != nil {
		return nil, s.failure(err)
	}
	state.Done, state.Steps = left.Done, uint8(len(deletionSteps()))
	return state, nil
}
