// Package ops is what every program of sim needs around its work: flags and
// SIM_* variables with all mistakes at once, exit codes, logging, signals, and
// the admin HTTP server with health, metrics and profiles.
//
// Only mains import it, and tools/dev which is the body of one. Nothing here
// knows messages, sessions or stores beyond the counters they offer.
package ops
