package imservice

import (
	"time"
	"unicode/utf8"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// maxReason is the longest text that a user is shown, in bytes.
const maxReason = 256

var errRemoved = &rpc.Error{Code: msgdef.CodeBadCredentials, Detail: "the account was removed"}

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
func stateOf(a store.Account, d store.Standing, now time.Time) *rpc.AccountState {
	state := &rpc.AccountState{UID: a.UID, Account: a.Name, Generation: d.Generation, Removed: d.Removed}
	if bannedNow(d, now) {
		state.Banned, state.Until, state.Reason = true, d.Until, d.Reason
	}
	return state
}
