// Package registry is the soft state that the processes of a cluster share: who
// is there and under which address, and which users have sessions where. A
// Registry is its contract; memory keeps it in a process, redis in a Redis, and
// the suite in registrytest runs on both.
//
// # Leases
//
// An instance is listed under a lease of 6 s which its process renews every 2 s.
// A process that dies is off the list when its lease ends; one that withdraws,
// at once. Of two processes with the same role and ID the one with the greater
// epoch is listed; of the same epoch, the one that was first. The other one is
// listed when that lease has ended.
//
// A view leaves an instance out when the registry answers without it and its
// lease had run out, or was withdrawn. While nothing answers, and for the time
// of a lease after what did answer had lost its memory, views stay as they are:
// a registry that comes back empty is not a cluster that went away.
//
// # Incarnations of an image
//
// The sessions of a gate are written under an incarnation, a number drawn at
// random for every snapshot. The gate's lease names the incarnation that counts:
//
//	lease of g1 ── names ──▶ incarnation 7a3f…   its sessions count
//	                         incarnation 19c2…   its sessions are dead, to be swept
//
// The last part of a snapshot makes the lease name its incarnation, so that what
// was there before gives way to all of the new at once. A lease that ended, or
// was lost, names none: all sessions of that gate cease to count in that moment,
// wherever they are kept, and its image asks for a snapshot. An incarnation that
// ceased to count never counts again, and only the lease's owner writes under
// one; sweeping is deleting what carries the number of a dead one.
//
// # Terms
//
// Sweep carries the term of a region's master. The highest one seen is kept, and
// a lower one refused with CodeForbidden and counted. A registry that lost its
// memory has forgotten the term as well. That is harmless, because what a
// deposed master would sweep is dead in any case.
//
// # Tickets
//
// What lets sessions be resumed is kept by region under a random id, sealed by
// gates, until it is taken or expires. Taking deletes first; but a registry that
// was restored from an older copy gives it out again, and may.
//
// This package owns the contract and what its implementations have in common. It
// may import msgdef, msgdef/rpc and the standard library. It must never hold
// what cannot be lost, and nobody may conclude from it that a message arrived.
package registry
