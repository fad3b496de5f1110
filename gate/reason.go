package gate

import "github.com/sim-im/sim/msgdef"

// Reason says why a connection ended. The set is closed; its names are labels
// of metrics.
type Reason uint8

// The reasons. Those before ReasonPeer can only come before a session is open.
// What operators read of each is in tools/ops/METRICS.md.
const (
	ReasonNone Reason = iota // still open

	ReasonCapacity     // too many connections or handshakes at this gate
	ReasonAddressBusy  // too many handshakes of one address at once
	ReasonAddressFull  // too many connections of one address
	ReasonAddressRate  // too many handshakes of one address per second
	ReasonFirstByte    // no first byte in time
	ReasonLoginTime    // handshake and login not in time
	ReasonGarbage      // the first bytes are no handshake, or a broken one
	ReasonVersion      // protocol version not spoken here
	ReasonSuite        // suite not admitted
	ReasonCodec        // codec not spoken here
	ReasonDowngrade    // both sides could have done better
	ReasonUpgrade      // an app that is too old
	ReasonLoginRefused // wrong credentials, bad device, banned, …
	ReasonLoginFailed  // a part of the system did not answer at login
	ReasonUserFull     // too many sessions of one user

	ReasonPeer        // the peer closed
	ReasonBroken      // the network said so
	ReasonAuth        // a record was changed, repeated or under another key
	ReasonKeyLimit    // a key used beyond its limit
	ReasonMalformed   // bytes that no encoder writes, above a limit included
	ReasonUnexpected  // a frame this state or direction does not allow
	ReasonFlood       // more frames than may be refused
	ReasonSlowRecord  // a record begun and not completed in time
	ReasonIdle        // silent for 1.5 heartbeats
	ReasonStuck       // did not read in time
	ReasonReplaced    // the same device logged in elsewhere
	ReasonOtherDevice // another device took the place
	ReasonBanned      // the account was banned
	ReasonRevoked     // the account's sessions were ended, or the account, or its token was used twice
	ReasonKicked      // ended by a route for another reason
	ReasonIsolated    // this gate was stopped, or cut off, for so long that nobody knows who it serves
	ReasonShutdown    // this gate is going away
	ReasonInternal    // a fault of this gate

	reasons // how many
)

// String returns the label.
func (r Reason) String() string {
	if r < reasons {
		return reasonNames()[r]
	}
	return "unknown"
}

func reasonNames() [reasons]string {
	return [reasons]string{
		"open",
		"capacity", "address_busy", "address_full", "address_rate", "first_byte", "login_time", "garbage",
		"version", "suite", "codec", "downgrade", "upgrade", "login_refused", "login_failed", "user_full",
		"peer", "broken", "auth", "key_limit", "malformed", "unexpected", "flood",
		"slow_record", "idle", "stuck", "replaced", "other_device", "banned", "revoked", "kicked",
		"isolated", "shutdown", "internal",
	}
}

// Drop says why frames for clients were not written. The set is closed; its
// names are labels of metrics.
type Drop uint8

// The reasons to drop. What is dropped is healed by heads and by sending again,
// or may be lost by its definition.
const (
	DropCollapsed   Drop = iota // a slow connection: a Head stands for them
	DropGone                    // the connection has ended, or is ending
	DropEpoch                   // meant for an earlier process of this gate
	DropBad                     // a route sent what fits no frame, or an index beyond its batch
	DropTerm                    // a kick of a master that has a successor
	DropCursor                  // an acknowledgement beyond what the device can have
	DropApplication             // pushed by an application to a slow connection
	DropAnswer                  // of an application: an Error stands for the answers to a frame, because nothing more could wait
	DropCodec                   // pushed by an application, and not in the codec of the connection
	DropLate                    // messages of a big group, each counted once: others were delivered before, or nobody watches it

	drops // how many
)

// String returns the label.
func (d Drop) String() string {
	if d < drops {
		return [drops]string{
			"collapsed", "gone", "epoch", "bad", "stale_term", "cursor", "application", "answer", "other_codec", "late",
		}[d]
	}
	return "unknown"
}

// reasonOfKick returns what a code that a route gives for a kick counts as.
func reasonOfKick(code msgdef.ErrorCode) Reason {
	switch code {
	case msgdef.CodeReplaced:
		return ReasonReplaced
	case msgdef.CodeOtherDevice:
		return ReasonOtherDevice
	case msgdef.CodeBanned:
		return ReasonBanned
	case msgdef.CodeRevoked, msgdef.CodeTokenReused, msgdef.CodeDeleted:
		return ReasonRevoked
	}
	return ReasonKicked
}
