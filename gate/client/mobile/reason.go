package mobile

import (
	"context"
	"errors"

	"github.com/sim-im/sim/gate/client"
)

// Kinds of a Reason.
const (
	KindUpgrade     = "upgrade"     // the app is too old
	KindCredentials = "credentials" // wrong account, password or token: ask for them
	KindBanned      = "banned"
	KindReplaced    = "replaced"       // another login took the place
	KindRevoked     = "revoked"        // log in with the password
	KindDeleted     = "deleted"        // the account was
	KindWrongOld    = "wrong_password" // the old one, in a change of it
	KindNewPassword = "new_password"   // a new one that is not taken: the text says why
	KindKicked      = "kicked"         // for another reason
	KindBusy        = "busy"           // come again, see RetryMillis
	KindUntrusted   = "untrusted"
	KindUnreachable = "unreachable"
	KindQueueFull   = "queue_full"
	KindExpired     = "expired" // a message waited for too long
	KindKept        = "kept"    // a message goes on at the next start
	KindCancelled   = "cancelled"
	KindTimeout     = "timeout" // of a Call
	KindDamaged     = "damaged" // the state; the text says what is left
	KindLocked      = "locked"  // another process has the state
	KindClosed      = "closed"
	KindRefused     = "refused" // by the server, for what Code says
	KindToken       = "token"   // the TokenSource gave none
	KindOther       = "other"
)

// Reason is an error, as an app can act on it.
type Reason struct {
	Kind           string
	Code           int   // of the server, see msgdef.ErrorCode; 0 when it is not from there
	RetryMillis    int64 // how long the server wants to be left alone
	Kicked         bool  // the server ended the session
	Unconfirmed    bool  // anybody on the way may have said so: show it as a guess; the client tries again
	OutcomeUnknown bool  // a message may be stored all the same
	Text           string
}

// ReasonOf returns what is behind an error of this package; nil for nil.
func ReasonOf(err error) *Reason {
	if err == nil {
		return nil
	}
	r := &Reason{
		Kind: kindOf(err), Text: err.Error(), Kicked: errors.Is(err, client.ErrKicked),
		Unconfirmed: errors.Is(err, client.ErrUnconfirmed), OutcomeUnknown: errors.Is(err, client.ErrOutcomeUnknown),
	}
	var refused *client.Error
	if errors.As(err, &refused) {
		r.Code, r.RetryMillis = int(refused.Code), refused.Retry.Milliseconds()
	}
	return r
}

// kindOf returns the first kind that an error is of.
func kindOf(err error) string {
	for _, k := range []struct {
		err  error
		kind string
	}{
		{client.ErrKept, KindKept},
		{client.ErrUpgradeRequired, KindUpgrade}, {client.ErrCredentials, KindCredentials}, {client.ErrBanned, KindBanned},
		{client.ErrReplaced, KindReplaced}, {client.ErrRevoked, KindRevoked}, {client.ErrDeleted, KindDeleted}, {client.ErrKicked, KindKicked},
		{client.ErrToken, KindToken}, {client.ErrBusy, KindBusy}, {client.ErrUntrusted, KindUntrusted},
		{client.ErrQueueFull, KindQueueFull}, {client.ErrExpired, KindExpired}, {client.ErrStateDamaged, KindDamaged},
		{client.ErrStateLocked, KindLocked}, {client.ErrClosed, KindClosed},
		{context.Canceled, KindCancelled}, {context.DeadlineExceeded, KindTimeout}, {client.ErrUnreachable, KindUnreachable},
		{client.ErrWrongPassword, KindWrongOld}, {client.ErrNewPassword, KindNewPassword},
	} {
		if errors.Is(err, k.err) {
			return k.kind
		}
	}
	if errors.As(err, new(*client.Error)) {
		return KindRefused
	}
	return KindOther
}
