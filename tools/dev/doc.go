// Package dev runs all of sim in one process: store, message service, route,
// push service and gate, handed to one another directly, with keys of its own. `sim dev` is
// this package and a few lines of flags; tests of the whole system start it
// too.
//
// It keeps everything in one folder:
//
//	DATA/roots.json      what clients pin; not secret
//	DATA/keys/root.key   signs gate certificates, mode 0600
//	DATA/keys/gate.key   the gate's key with its certificate, mode 0600
//	DATA/store/          messages and accounts, locked while a server runs
//	DATA/nsqd/           what the queue of the push service keeps
//
// It puts parts together and does nothing of its own: no protocol, no rows. It
// may import every package but codegen and the other tools.
package dev
