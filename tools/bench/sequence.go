package bench

// sequence watches numbers that should arrive one after another and tells what
// did not. startAt says what the first is.
//
// The numbers are a stranger's. Only so many of those that were skipped are
// remembered; one of the others that comes after all counts as seen again.
type sequence struct {
	next      uint64              // the number expected now
	missing   map[uint64]struct{} // skipped and not seen yet
	forgotten uint64              // skipped, and too many to be remembered

	duplicated uint64 // seen again
	disordered uint64 // seen after a greater one
}

// startAt makes n the first number expected.
func (s *sequence) startAt(n uint64) { s.next = n }

// add takes a number as it arrives.
func (s *sequence) add(n uint64) {
	switch {
	case n == s.next:
		s.next = n + 1
	case n > s.next:
		s.skipTo(n)
	default:
		s.late(n)
	}
}

// skipTo notes everything between the expected number and n as missing.
func (s *sequence) skipTo(n uint64) {
	if s.missing == nil {
		s.missing = make(map[uint64]struct{})
	}
	i := s.next
	for ; i < n && len(s.missing) < mostMissing; i++ {
		s.missing[i] = struct{}{}
	}
	s.forgotten += n - i
	s.next = n + 1
}

// mostMissing is how many numbers a sequence remembers.
const mostMissing = 1 << 16

// late takes a number below the expected one.
func (s *sequence) late(n uint64) {
	if _, skipped := s.missing[n]; !skipped {
		s.duplicated++
		return
	}
	delete(s.missing, n)
	s.disordered++
}

// holes counts the numbers below the greatest seen that never came.
func (s *sequence) holes() uint64 { return uint64(len(s.missing)) + s.forgotten }

// absent counts the numbers up to and including last that never came, and those
// that were forgotten, wherever they are.
func (s *sequence) absent(last uint64) uint64 {
	count := s.forgotten
	for n := range s.missing {
		if n <= last {
			count++
		}
	}
	if s.next <= last {
		count += last + 1 - s.next
	}
	return count
}
