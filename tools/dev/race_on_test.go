//go:build race

package dev

// raceEnabled is set where the race detector allocates and pools forget on
// purpose, so that allocations cannot be counted.
const raceEnabled = true
