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
//	gate ──Register, Unregister──▶ table
//	gate ◀─Deliver, Push, Kick──── table ◀──Notify── service
//
// The table is soft state. What a gate does not take is lost and counted, and
// heads heal it: a message is never lost here, because it never is only here.
//
// It may import msgdef, msgdef/rpc and the standard library. It must never open
// a store, wait for a gate while it holds a lock of the table, or keep what an
// argument points to after the call.
package route
