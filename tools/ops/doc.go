// Package ops is what every program of sim needs around its work: flags and
// SIM_* variables with all mistakes at once, exit codes, logging, signals,
// the admin HTTP server with health, metrics and profiles, and the addresses for
// browsers and media with their certificates.
//
// Only mains import it, and tools/dev and tools/node which are bodies of some. Nothing here
// knows messages, sessions or stores beyond the counters they offer.
package ops
