// Package node runs one role of a cluster in this process: a gate, a route, the
// message service, or the push service, with everything that it needs around
// it. `sim gate`, `sim route`, `sim imservice` and `sim push` are this package
// and a few lines of flags; tests of whole clusters start several in one
// process.
//
//	clients ─▶ gate ─▶ route ─▶ imservice ─▶ store      each arrow is Kitex; each role
//	             ▲       │▲        │  ▲                  finds the others in the registry
//	             └Deliver┘└─Notify─┘  └Outbox─ push
//
// Start takes addresses first, so that a mistake is seen before anything is
// touched, and returns when the role runs. What it depends on may be missing
// then, or go away later: that is logged once, shown by /readyz, tried again
// for as long as it takes, and comes back by itself. Close undoes the steps of
// the start backwards.
//
// The package puts parts together and does nothing of its own: no protocol, no
// rows. It may import every package but codegen and the other programs.
package node
