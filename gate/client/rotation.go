package client

import "math/rand/v2"

// rotation chooses among the addresses of several gates: a random one first, so
// that clients spread, and the next whenever a connection failed, was lost, or
// was asked to move. The goroutine that runs the connection owns it.
type rotation struct {
	addresses []string
	at        int
}

func newRotation(addresses []string) rotation {
	return rotation{addresses: addresses, at: rand.IntN(len(addresses))}
}

func (r *rotation) current() string { return r.addresses[r.at] }

func (r *rotation) next() { r.at = (r.at + 1) % len(r.addresses) }
