package gate

// Unresumed says why a Resume packet did not become a session. The set is
// closed; its names are labels of metrics. But for the last one the client is
// only told that its ticket is worth nothing.
type Unresumed uint8

// The reasons.
const (
	TicketUnknown     Unresumed = iota // spent, expired long ago, lost, or never given out
	TicketRegistry                     // the registry could not be asked
	TicketSealed                       // not sealed by keys that this gate has
	TicketExpired                      // or a login with a proof is due
	TicketSuite                        // of a session of another suite
	TicketSecret                       // the packet was not made by who has the ticket's secret, or was changed
	TicketMalformed                    // the packet holds no Login
	TicketDowngrade                    // both sides could do better than the ticket's suite
	TicketDevice                       // of another device
	TicketApp                          // the app is too old
	TicketAccount                      // what was proven before holds no more
	TicketUnavailable                  // a part of the system did not answer
	TicketUnconfirmed                  // no record under the new keys came: the packet was repeated, or its sender went away

	unresumeds // how many
)

// String returns the label.
func (u Unresumed) String() string {
	if u < unresumeds {
		return [unresumeds]string{
			"unknown", "registry", "sealed", "expired", "suite", "secret",
			"malformed", "downgrade", "device", "app", "account", "unavailable", "unconfirmed",
		}[u]
	}
	return "unknown reason"
}
