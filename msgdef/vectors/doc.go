// Package vectors holds the known answers of the protocol, for every
// implementation of it; msgdef/PROTOCOL.md explains them.
//
//	session-SUITE.json  a whole session of a suite: handshake, keys, records
//	tls-SUITE.json      the same inside TLS
//	resume-SUITE.json   a session that is resumed with a ticket
//	messages.json       encodings of every message, and bytes to be refused
//	kinds.json          the same for package kinds, which has every kind of field
//	json.json           both in JSON, and texts to be refused
//
// The tests that compute them write them anew when they are run with -update:
// msgdef/secure the first three, the tests of this package the others. The package
// imports the standard library only, and is imported by tests only.
package vectors
