// Package keys makes and keeps the keys of an installation: the root key that
// certifies gates, the roots that clients pin, and gates' keys.
//
//	DIR/roots.json      what clients pin; not secret
//	DIR/keys/root.key   signs gate certificates, mode 0600
//	DIR/keys/gate.key   of a single gate, with its certificate, mode 0600
//	DIR/keys/tickets.key  seals tickets, at all gates of a region, mode 0600
//
// sim dev keeps all three. Gates of a cluster are given the root key (for
// development: each signs for itself at every start) or a key of their own that
// somebody else certified (for everything else: the root key stays at home).
//
// In production the root key is offline: sim keys makes it, has a gate ask for a
// certificate (GateFile), signs, puts in use, and says what files hold (Describer).
//
// It knows files and msgdef/secure, and imports nothing else of sim.
package keys
