package gate

import "github.com/sim-im/sim/msgdef"

// Uncounted says why a client that asked how many members of a group are online was
// not told. The set is closed; its names are labels of metrics.
type Uncounted uint8

// The reasons.
const (
	CountMalformed   Uncounted = iota // users were named beside the group
	CountRate                         // the user asks too often
	CountWaiting                      // too many counts of the connection, or of the gate, are under way
	CountForbidden                    // the group is none of the user's, or is not there
	CountBusy                         // too many groups are being counted, or it took too long
	CountUnavailable                  // a part of the system did not answer
	CountGone                         // the connection ended before it was its turn

	uncounteds // how many
)

// String returns the label.
func (u Uncounted) String() string {
	if u < uncounteds {
		return [uncounteds]string{"malformed", "rate", "waiting", "forbidden", "busy", "unavailable", "gone"}[u]
	}
	return "unknown reason"
}

// uncountedFor is the reason behind what a route has answered.
func uncountedFor(code msgdef.ErrorCode) Uncounted {
	switch {
	case code == msgdef.CodeBusy, code == msgdef.CodeTimeout:
		return CountBusy
	case code >= msgdef.CodeBusy:
		return CountUnavailable
	}
	return CountForbidden
}
