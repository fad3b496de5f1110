package route

// AppReason is why a frame of an application, or an answer to one, went no
// further. It is a metric label.
type AppReason uint8

// The reasons.
const (
	AppUnclaimed   AppReason = iota // frames of types that nobody claims
	AppBusy                         // frames for a service with too many calls under way, or that said so
	AppUnreachable                  // frames for a service that did not get them
	AppTimeout                      // frames that were not answered in time
	AppFailed                       // frames for a service that refused them all, or went away with them
	AppBadReply                     // answers of a type the service has not claimed, or too large
	AppStrayReply                   // answers to frames that were not asked about
	AppFlood                        // answers beyond what a frame or a batch may have
	appReasons
)

// String returns the label.
func (r AppReason) String() string {
	if r >= appReasons {
		return "unknown"
	}
	return [appReasons]string{
		"unclaimed", "busy", "unreachable", "timeout", "failed", "bad_reply", "stray_reply", "flood",
	}[r]
}

// refused counts what went no further.
func (s *Server) refused(why AppReason, n int) { s.refusals[why].Add(uint64(n)) }

// appRefused returns the counters that are not 0.
func (s *Server) appRefused() map[AppReason]uint64 {
	counts := make(map[AppReason]uint64)
	for why := range appReasons {
		if n := s.refusals[why].Load(); n > 0 {
			counts[why] = n
		}
	}
	return counts
}
