package wiretest

// Steady is a Source without chance: lists of up to three elements, short
// texts, and numbers whose bytes differ.
type Steady struct {
	next uint64
}

// Uint64 returns the next number of a fixed sequence.
func (s *Steady) Uint64() uint64 {
	s.next++
	return s.next * 0x9e3779b97f4a7c15 // the golden ratio, so that all bytes change
}

// Count returns 3, or the limit if it is less.
func (s *Steady) Count(_, limit int) int { return min(limit, 3) }

// Blob returns three bytes, or fewer for a lower limit.
func (s *Steady) Blob(limit int) []byte { return []byte{1, 2, 3}[:min(limit, 3)] }

// Text returns text with a character of two bytes where there is room.
func (s *Steady) Text(limit int) string { return prefix("xné", limit) }

// prefix cuts text between characters.
func prefix(text string, limit int) string {
	end := 0
	for i, r := range text {
		if n := i + len(string(r)); n <= limit {
			end = n
		}
	}
	return text[:end]
}

// Crowd is a Source for much memory from few bytes: as many elements as allowed
// in the lists at Depth, two in other lists, all texts and bytes empty.
type Crowd struct {
	Steady
	Depth int
}

// Count returns the limit at Depth.
func (c *Crowd) Count(depth, limit int) int {
	if depth == c.Depth {
		return limit
	}
	return min(limit, 2)
}

// Blob returns no bytes.
func (c *Crowd) Blob(int) []byte { return nil }

// Text returns no text.
func (c *Crowd) Text(int) string { return "" }
