// Package redis keeps the registry in a Redis: one server, one that Sentinels
// watch over, or a Redis Cluster. Nothing in it needs persistence, but it must
// not be evicted while Redis runs (maxmemory-policy noeviction).
//
// # Keys
//
// All begin with Options.Prefix, here sim. Braces are Redis Cluster's hash tags.
//
//	sim:members:ROLE            set      IDs that are, or recently were, listed
//	sim:lease:{ROLE/ID}         hash     expires when the lease ends
//	  instance                           see encodeInstance
//	  epoch                              of the instance, 20 decimal digits
//	  nonce                              of the call of Announce that holds it
//	  current                            incarnation whose sessions count  ┐ only of
//	  next                               incarnation of a snapshot under way │ a gate with
//	  seq                                last update in current            ┘ an image
//	  gone                               instead of all the others: withdrawn
//	sim:index:{gate/ID}:INC     set      uid and conn of an incarnation's sessions
//	sim:conn:UID                hash     sessions of a user, see rowField, rowValue
//	sim:images:{REGION}         set      incarnations that may have sessions
//	sim:term:{REGION}           string   highest term seen, 20 decimal digits
//	sim:sweep:{REGION}          string   lock of who sweeps; expires
//	sim:ticket:REGION:{ID}      string   a session that may be resumed, see ticketValue; expires
//
// A script touches keys of one slot only, which it is given.
//
// # Order of writes
//
// A gate's update goes first into the index, under the condition that the lease
// still is this process's and names the incarnation; then into the users' rows;
// then its number into the lease. What dies in between leaves rows that the
// index knows, so that sweeping finds them. Reading goes from rows to leases,
// and once more to the rows of users whose gate had just changed incarnations.
//
// # Time
//
// Leases end by Redis's clock. Views add their own monotonic one: an instance
// whose lease is missing although it should still run was not withdrawn, so
// Redis has lost it, and the view keeps it until the lease would have ended.
//
// The package may import route/registry, msgdef, msgdef/rpc and go-redis. It
// must never list keys by pattern, or run a script over keys of several slots.
package redis
