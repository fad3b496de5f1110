// Package memory carries connections inside one process, through real pipes
// with bounded buffers: writes block or fall short when the peer does not
// read, as they do on a socket, and deadlines and closing behave like TCP's.
//
// Waiting is on sync.Cond, channels and the timers of package time only, so
// everything here works in a testing/synctest bubble, with its clock.
//
// It may import gate/transport and the standard library. It must never keep
// state outside a Network value: two networks cannot reach each other.
package memory
