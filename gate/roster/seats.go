package roster

import "github.com/sim-im/sim/msgdef/rpc"

// seats holds all sessions. A session stays in its seat, so that a walk from
// the first to the last sees every session that was there all the time, whatever
// comes and goes meanwhile.
type seats struct {
	rows   []rpc.Session // user 0: free
	free   []uint32      // rows that are
	byConn map[uint64]uint32
}

// add seats a session. It returns false for one that is there.
func (s *seats) add(item rpc.Session) bool {
	if _, ok := s.byConn[item.Conn]; ok {
		return false
	}
	if s.byConn == nil {
		s.byConn = make(map[uint64]uint32)
	}
	if n := len(s.free); n > 0 {
		row := s.free[n-1]
		s.free = s.free[:n-1]
		s.rows[row], s.byConn[item.Conn] = item, row
		return true
	}
	s.byConn[item.Conn] = uint32(len(s.rows))
	s.rows = append(s.rows, item)
	return true
}

// remove takes the session of a connection out and returns it.
func (s *seats) remove(conn uint64) (item rpc.Session, ok bool) {
	row, ok := s.byConn[conn]
	if !ok {
		return rpc.Session{}, false
	}
	item, s.rows[row] = s.rows[row], rpc.Session{}
	delete(s.byConn, conn)
	s.free = append(s.free, row)
	return item, true
}

// part copies up to most sessions from a row on. next is where the walk goes on,
// done that nothing is left there.
func (s *seats) part(row, most int) (items []rpc.Session, next int, done bool) {
	items = make([]rpc.Session, 0, min(most, len(s.byConn)))
	for row < len(s.rows) && len(items) < most {
		if s.rows[row].UID != 0 {
			items = append(items, s.rows[row])
		}
		row++
	}
	return items, row, row >= len(s.rows)
}

// len returns how many sessions there are.
func (s *seats) len() int { return len(s.byConn) }
