// Package chat is what `sim chat` runs: a conversation client on a terminal,
// and the same commands from a pipe for scripts.
//
// It is built on the SDK in gate/client and sees nothing of a server but its
// address and its roots. What came from other people is written with control
// characters made visible, so that nobody can move another's cursor.
//
// The package reads and writes the streams it is given. It never ends the
// process: errors say how it went, and the command turns them into exit codes.
package chat
