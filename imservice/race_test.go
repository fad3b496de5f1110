//go:build race

package imservice

// slow is set where everything takes several times as long.
const slow = true
