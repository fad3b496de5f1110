package kitex

// spareArena is the greatest capacity in bytes that resting memory keeps.
const spareArena = 4 << 20

// arena is where copies of bytes lie until their batch was sent.
type arena []byte

// copy returns a copy of b in the arena.
func (a *arena) copy(b []byte) []byte {
	n := len(*a)
	*a = append(*a, b...)
	return (*a)[n:len(*a):len(*a)]
}

// reset empties the arena. Nothing may point into it any more.
func (a *arena) reset() {
	if cap(*a) > spareArena {
		*a = nil
	}
	*a = (*a)[:0]
}
