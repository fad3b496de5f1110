//go:build race

package storetest

// slow is set where everything takes ten times as long, and an engine may
// check itself besides. Random tests then have fewer rounds.
const slow = true
