// Package cluster runs a whole cluster on one machine as separate processes:
// redis-server, nsqd, the message service, a master and a replica route, two
// gates and the push service. `sim cluster` is this package and a few lines of
// flags, and tests kill its parts.
//
//	gate-1 ─┐    ┌─ route-1 ─┐
//	        ├────┤           ├──── imservice ──── push ──── nsqd
//	gate-2 ─┘    └─ route-2 ─┘
//	        (every one finds the others through redis)
//
// It keeps everything in one folder:
//
//	DATA/roots.json        what clients pin; not secret
//	DATA/keys/             signs gate certificates, mode 0600
//	DATA/store/            messages and accounts
//	DATA/nsqd/             what nsqd keeps of its queues
//	DATA/log/NAME.log      what a process wrote, one file each
//
// A process that ends by itself is told of and stays away: nothing is started
// again behind somebody's back. The package knows processes, ports and command
// lines; it imports nothing that runs inside them.
package cluster
