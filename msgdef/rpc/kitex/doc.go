// Package kitex carries the contracts of msgdef/rpc between processes over
// Kitex, without an IDL: the structs of the contracts encode themselves, and
// Kitex sees bytes. It is the only package that knows Kitex.
//
//	caller ─▶ Service, Route, Notifier, Gate, Roster, Application(s) ─▶ link ─▶ Kitex ─TCP, TLS─▶ Server ─▶ implementation
//
// Three kinds of calls exist:
//
//   - Request and reply: one call, one RPC. A call that got lost is made again
//     at another endpoint within its deadline. Forward, Handle and Tell are made
//     again only when they did not arrive for certain.
//   - Send: what many callers offer while a call is in flight goes together in
//     the next RPC. The outcomes ride in its reply and go to the sink together;
//     Send returns after that.
//   - Notify, Deliver, Push, Kick: copied into a bounded queue at once, and one
//     call in flight takes what has gathered. What gets lost is counted by
//     reason and not repeated, because heads heal it.
//
// Endpoints are chosen by rendezvous hashing over those there are at the
// moment. Errors cross as *rpc.Error with code, detail and retry; a far end that
// does not answer is CodeUnavailable and named, and a deadline is CodeTimeout.
// Every call carries rpc.Version both ways; another version is CodeVersion.
//
// The package imports msgdef, msgdef/rpc, Kitex and the standard library. It
// must never interpret what it carries, beyond counting, merging and splitting
// batches, and never call a sink after its Send returned.
package kitex
