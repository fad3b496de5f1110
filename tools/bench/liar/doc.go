// Package liar is a server that breaks its promises: gate, message service and
// store are real, and the route between them forgets, swallows, doubles or swaps
// messages. Tests put loads on it, which have to notice.
//
// It stands apart from tools/bench because that sees nothing of a server but its
// address, and this one has to be built of parts. Nothing but tests may use it.
package liar
