package ops

import (
	"github.com/sim-im/sim/gate"
	"github.com/sim-im/sim/imservice"
	"github.com/sim-im/sim/push"
	"github.com/sim-im/sim/route"
)

func counter(name, help string, value uint64) Sample {
	return Sample{Name: name, Help: help, Value: float64(value)}
}

func gauge(name, help string, value int) Sample {
	return Sample{Name: name, Help: help, Value: float64(value), Gauge: true}
}

// GateMetrics reads the counters of a gate.
func GateMetrics(g interface{ Stats() gate.Stats }) Source {
	return Source{Role: "gate", Read: func() []Sample {
		s := g.Stats()
		samples := []Sample{
			gauge("connections", "Open connections, at any stage.", s.Connections),
			gauge("sessions", "Logged-in connections.", s.Sessions),
			gauge("stuck_bytes", "Bytes held for connections that do not read.", s.StuckBytes),
			counter("accepted_total", "Connections accepted, refused ones included.", s.Accepted),
			counter("logins_total", "Logins that succeeded.", s.Logins),
			counter("resumed_logins_total", "Of those, with a ticket.", s.Resumed),
			counter("tickets_total", "Tickets given to clients.", s.Tickets),
			counter("withheld_tickets_total", "Tickets that users asked for beyond their rate.", s.Withheld),
			counter("received_frames_total", "Frames of logged-in clients.", s.FramesIn),
			counter("sent_frames_total", "Frames queued for clients.", s.FramesOut),
			counter("received_messages_total", "Messages handed to the route.", s.MessagesIn),
			counter("sent_messages_total", "Notifies queued for clients.", s.MessagesOut),
			counter("received_bytes_total", "Bytes of records read.", s.BytesIn),
			counter("sent_bytes_total", "Bytes of records written.", s.BytesOut),
			counter("writes_total", "Writes of records.", s.Writes),
			counter("signins_lost_total", "Sessions whose beginning or end was not kept.", s.SignInsLost),
			counter("healed_sessions_total", "Sessions that had missed a message and were told.", s.Healed),
			counter("blocked_writes_total", "Writes that did not go at once.", s.Blocked),
			counter("refused_frames_total", "Frames answered with an error.", s.Refused),
			counter("forwarded_frames_total", "Frames of applications handed to the route.", s.AppFrames),
			counter("forwarded_replies_total", "Answers to those queued for clients.", s.AppReplies),
			counter("forwarded_refused_total", "Of those, answered with an error.", s.AppRefused),
			counter("presence_counts_total", "Counts of a group's members online that clients were told.", s.Counted),
			counter("busy_frames_total", "Frames of applications refused for now, and not handed to the route.", s.AppBusy),
		}
		for reason, n := range s.Closes {
			samples = append(samples, labelled("closes_total", "Connections closed, by reason.", reason.String(), n))
		}
		for reason, n := range s.Drops {
			samples = append(samples, labelled("dropped_frames_total", "Frames not written, by reason.", reason.String(), n))
		}
		for why, n := range s.Unresumed {
			samples = append(samples, labelled("refused_tickets_total", "Attempts to log in with a ticket that came to nothing, by reason.", why.String(), n))
		}
		for why, n := range s.Uncounted {
			samples = append(samples, labelled("refused_presence_counts_total", "Counts of a group's members online that clients asked for and were not told, by reason.", why.String(), n))
		}
		return samples
	}}
}

// BrowserMetrics reads the counters of a gate's listener for browsers: how many
// wait to be accepted, how many were, and why others were not, or had to end.
func BrowserMetrics[R ~string](read func() (pending int, accepted uint64, failed map[R]uint64)) Source {
	return Source{Role: "gate", Read: func() []Sample {
		pending, accepted, failed := read()
		samples := []Sample{
			gauge("pending_browsers", "WebSocket connections that are not accepted yet.", pending),
			counter("accepted_browsers_total", "WebSocket connections accepted.", accepted),
		}
		for reason, n := range failed {
			samples = append(samples, labelled("refused_browsers_total", "WebSocket connections refused, or ended for what they sent, by reason.", string(reason), n))
		}
		return samples
	}}
}

// QUICMetrics reads the counters of a gate's listener for QUIC, as
// BrowserMetrics does, and what it dropped before anybody read it.
func QUICMetrics[R, D ~string](read func() (pending int, accepted, retried uint64, failed map[R]uint64, dropped map[D]uint64)) Source {
	return Source{Role: "gate", Read: func() []Sample {
		pending, accepted, retried, failed, dropped := read()
		samples := []Sample{
			gauge("pending_quic", "QUIC connections that are not accepted yet.", pending),
			counter("accepted_quic_total", "QUIC connections accepted.", accepted),
			counter("retried_quic_total", "First packets of QUIC connections whose senders were asked to prove their address.", retried),
		}
		for reason, n := range failed {
			samples = append(samples, labelled("refused_quic_total", "QUIC connections that were never accepted, by reason.", string(reason), n))
		}
		for reason, n := range dropped {
			samples = append(samples, labelled("dropped_quic_total", "First packets over QUIC that were dropped unread, by reason.", string(reason), n))
		}
		return samples
	}}
}

// truth is a gauge that is 1 or 0.
func truth(b bool) int {
	if b {
		return 1
	}
	return 0
}

func labelled(name, help, reason string, value uint64) Sample {
	s := counter(name, help, value)
	s.Reason = reason
	return s
}

// applicationMetrics are those of a route about business services.
func applicationMetrics(s route.Stats) []Sample {
	samples := []Sample{
		gauge("claims", "Instances of business services that have claimed types.", s.Claims),
		counter("refused_claims_total", "Claims that were refused: by rivals, beyond the bound, and malformed ones.", s.ClaimsRefused),
		counter("forwarded_frames_total", "Frames of applications that business services served.", s.Forwarded),
		counter("application_answers_total", "Answers to them that gates got.", s.Answered),
		counter("told_frames_total", "Frames of business services for users that gates took.", s.Told),
	}
	for reason, n := range s.AppRefused {
		samples = append(samples, labelled("refused_application_frames_total",
			"Frames of applications and answers to them that went no further, by reason.", reason.String(), n))
	}
	return samples
}

// RouteMetrics reads the counters of a route.
func RouteMetrics(r interface{ Stats() route.Stats }) Source {
	return Source{Role: "route", Read: func() []Sample {
		s := r.Stats()
		samples := []Sample{
			gauge("gates", "Gates attached.", s.Gates),
			gauge("users", "Users with a session.", s.Users),
			gauge("sessions", "Sessions registered.", s.Sessions),
			counter("registered_total", "Sessions that began.", s.Registered),
			counter("unregistered_total", "Sessions that ended.", s.Unregistered),
			counter("dropped_sessions_total", "Sessions of gate processes that ended.", s.Dropped),
			counter("outdated_batches_total", "Batches of gate processes that were replaced.", s.OldEpoch),
			counter("delivered_total", "Notifies that gates took.", s.Delivered),
			counter("pushed_frames_total", "Other frames that gates took.", s.Pushed),
			gauge("complete", "1 when all sessions of the region are known here.", truth(s.Complete)),
			gauge("expected_gates", "Gates that there should be.", s.Expected),
			gauge("synced_gates", "Of those, which are in sync.", s.InSync),
			counter("stale_updates_total", "Updates of sessions that were overtaken.", s.Stale),
			counter("snapshots_total", "Snapshots of gates' sessions, taken to the end.", s.Snapshots),
			gauge("master", "1 when this route is master of its region.", truth(s.Master)),
			gauge("term", "Term of the mastership, held now or last.", int(s.Term)),
			counter("takeovers_total", "Times that this route became master.", s.Takeovers),
			counter("swept_total", "Sessions of dead gates taken out of the registry.", s.Swept),
			counter("unlisted_changes_total", "Devices that came or went and were not reported.", s.Unlisted),
			counter("census_total", "Groups that were gone through to count who is online.", s.Censuses),
			counter("census_answers_total", "Answers to how many members of a group are online, most of them of a count that was there.", s.CensusAnswers),
		}
		samples = append(samples, applicationMetrics(s)...)
		for code, n := range s.CensusRefused {
			samples = append(samples, labelled("refused_census_total", "Questions how many members of a group are online that were not answered, by code.", code.String(), n))
		}
		for why, n := range s.Displaced {
			samples = append(samples, labelled("displaced_total", "Sessions that gave way to another of their user, by reason.", why.String(), n))
		}
		for code, n := range s.Evicted {
			samples = append(samples, labelled("evicted_total", "Sessions that gates were told to end because of what became of their account, by code.", code.String(), n))
		}
		lost := map[string]uint64{} // Loss says more than a label should
		for _, l := range s.Losses {
			lost[l.Call+"_"+l.Code.String()] += l.Items
		}
		for reason, n := range lost {
			samples = append(samples, labelled("lost_total", "Items that gates did not take, by call and code.", reason, n))
		}
		return samples
	}}
}

// ServiceMetrics reads the counters of a message service.
func ServiceMetrics(m interface{ Stats() imservice.Stats }) Source {
	return Source{Role: "imservice", Read: func() []Sample {
		s := m.Stats()
		samples := []Sample{
			counter("messages_total", "Messages stored.", s.Messages),
			counter("repeats_total", "Sends answered with an earlier message.", s.Repeats),
			counter("refused_total", "Sends answered with an error.", s.Refused),
			counter("commits_total", "Batches made durable.", s.Commits),
			counter("lost_notices_total", "Recipients whose notice the route did not take.", s.LostNotices),
			counter("logins_total", "Logins that succeeded.", s.Logins),
			counter("bad_logins_total", "Wrong passwords and tokens.", s.BadLogins),
			counter("throttled_logins_total", "Logins refused after too many failures.", s.Throttled),
			counter("password_hashes_total", "Passwords hashed.", s.Hashes),
			counter("registrations_total", "Accounts made.", s.Registrations),
			counter("resumes_total", "Sessions that came back with a ticket.", s.Resumes),
			counter("bad_resumes_total", "Tickets that hold no more.", s.BadResumes),
			counter("banned_logins_total", "Logins with a good proof of accounts that are banned.", s.BannedLogins),
			counter("rehashed_passwords_total", "Passwords given the cost that is configured now.", s.Rehashes),
			labelled("tokens_total", "Tokens that were old, and what became of them.", "exchanged", s.Rotations),
			labelled("tokens_total", "Tokens that were old, and what became of them.", "reused", s.ReusedTokens),
			labelled("sanctions_total", "What operators did to accounts.", "ban", s.Bans),
			labelled("sanctions_total", "What operators did to accounts.", "revoke", s.Revocations),
			labelled("sanctions_total", "What operators did to accounts.", "remove", s.Removals),
			labelled("exports_total", "Exports of accounts begun by users and by operators, and exports whose end was reached.", "user", s.ExportsBegun),
			labelled("exports_total", "Exports of accounts begun by users and by operators, and exports whose end was reached.", "operator", s.ExportsOperator),
			labelled("exports_total", "Exports of accounts begun by users and by operators, and exports whose end was reached.", "done", s.ExportsDone),
			counter("export_pages_total", "Pages of exports made.", s.ExportPages),
			counter("export_bytes_total", "Bytes of those pages.", s.ExportBytes),
			counter("password_changes_total", "Passwords changed by users, or set by operators.", s.Passwords),
			counter("evictions_total", "Accounts or devices whose sessions all routes have ended.", s.Evictions),
			counter("lost_evictions_total", "Accounts or devices whose sessions may go on: the routes could not be told for too long.", s.LostEvictions),
			gauge("waiting_evictions", "Accounts or devices whose sessions are still being ended.", s.WaitingEvictions),
			gauge("waiting_deletions", "Deleted accounts that are still being cleaned up.", s.WaitingDeletions),
			counter("deletions_total", "Deleted accounts of which nothing is left but the name.", s.Deletions),
			counter("confirmed_pushes_total", "Messages for devices that push services confirmed.", s.Pushed),
			counter("dropped_rows_total", "Rows of inboxes, conversations and senders that were kept for as long as they are to be.", s.Dropped),
			counter("skipped_pushes_total", "Messages for devices not offered to push services: too many waited.", s.Unpushed),
			counter("expired_pushes_total", "Messages for devices too old to be pushed.", s.Expired),
			gauge("waiting_messages", "Messages and read positions not yet sequenced.", s.Waiting),
			gauge("waiting_pushes", "Messages for devices not confirmed by a push service.", s.WaitingPushes),
			gauge("held_pushes", "Messages for devices that push services have.", s.HeldPushes),
			gauge("push_tokens", "Devices that can be reached by push.", s.PushTokens),
			gauge("cached_users", "Users whose head is in memory.", s.CachedUsers),
			gauge("cached_conversations", "Conversations whose head is in memory.", s.CachedConversations),
			gauge("cached_reads", "Read marks in memory.", s.CachedReads),
		}
		for code, n := range s.ExportsRefused {
			samples = append(samples, labelled("refused_exports_total", "Pages of exports that were not made, by code.", code.String(), n))
		}
		return samples
	}}
}

// PushMetrics reads the counters of a push service.
func PushMetrics(p interface{ Stats() push.Stats }) Source {
	return Source{Role: "push", Read: func() []Sample {
		s := p.Stats()
		samples := []Sample{
			gauge("rows", "Rows in memory.", s.Rows),
			gauge("calls", "Calls of providers under way.", s.Calls),
			counter("published_total", "References put into the queue.", s.Published),
			counter("taken_total", "Rows taken from the queue.", s.Taken),
			counter("delivered_total", "Notifications that providers took.", s.Delivered),
			counter("confirmed_total", "Rows removed from the outbox.", s.Confirmed),
		}
		for reason, n := range s.Ended {
			if reason.Dropped() {
				samples = append(samples, labelled("dropped_total", "Rows ended without a push, by reason.", reason.String(), n))
			} else {
				samples = append(samples, labelled("postponed_total", "Rows and references let go, by reason.", reason.String(), n))
			}
		}
		return samples
	}}
}
