// Package mobile is the SDK for gomobile: gate/client in types that gobind can
// carry to Java, Kotlin, Objective-C and Swift.
//
//	gomobile bind -target=android github.com/sim-im/sim/gate/client/mobile
//
// gobind knows signed numbers, text, bytes, errors, and pointers to structs and
// interfaces of one package; it knows no channels, maps, contexts, unsigned
// numbers, and no lists but of bytes. So
//
//   - ids and places in conversations are int64 with the bits of the uint64;
//   - what waits takes a Call, which bounds it and may be cancelled;
//   - lists have Len and At;
//   - an error says more by ReasonOf;
//   - callbacks are the methods of a Listener, which the app implements. They
//     come one at a time from goroutines of the SDK, and must return soon. A
//     TokenSource may take its time.
//
// A chat app makes a Config, then a Client, shows what Pending and the Listener
// tell, and calls Connect once; SetBackground and NetworkChanged follow what the
// system says. Messages of Queue outlive the app's process.
//
// The package imports gate/client and below. It must never hold what gate/client
// could: it converts and nothing else.
package mobile
