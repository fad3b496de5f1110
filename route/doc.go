// Package route knows which user is connected to which gate, and brings what
// is committed to their live sessions.
//
// A Server stands between gates and the message service. Upwards it passes
// calls on as they are, in the caller's goroutine: it embeds the service it was
// given and overrides what it has a part in. Downwards it looks recipients up
// in its table of sessions and makes one call per gate.
//
//	gate ──Send, GetMsg, Login, …────────────────▶ service
//	gate ──Read──▶ tell the members' sessions ───▶ service
//	gate ──SaveCursors──▶ service ──▶ tell the others of pairs what has arrived
//	gate ──Update (or Register, Unregister)──▶ table
//	gate ──Forward──▶ the business service that claimed the type
//	gate ◀─Deliver, Push, Kick──────────────── table ◀──Notify, Evict── service
//	                                             ▲◀──Tell── business service
//
// A message of a big group goes once to each gate that watches it (topics), which
// knows whom it is for.
//
// How many members of a group are online is counted for all who ask (census).
//
// The table is soft state. What a gate does not take is lost and counted, and
// heads heal it: a message is never lost here, because it never is only here.
//
// A region has several routes. Each is an image of the sessions of all gates,
// knows whether it has all of them (complete), and delivers. What must happen
// once is done by the one that holds a lease of the message service (master):
// sessions that have to give way (policy), or are ended because of what became of
// their account (evict), sweeps of the registry, reports of presence. It stops by
// its own clock before another can begin, and gates check its term.
//
// Business services say which types of applications they serve (claims). Frames
// of these go to them and answers come back, once or not at all; a service that
// hangs delays its own.
//
// It may import msgdef, msgdef/frame, msgdef/rpc, route/registry and the standard library. It
// must never open a store, wait for a gate while it holds a lock of the table,
// act as a master without asking Master first, or keep what an argument points
// to after the call.
package route
