package roster

import (
	"github.com/sim-im/sim/gate/numbered"
	"github.com/sim-im/sim/msgdef/rpc"
)

// seats holds all sessions. A session stays in its seat, so that a walk from
// the first to the last sees every session that was there all the time, whatever
// comes and goes meanwhile.
type seats struct {
	blocks []*block
	rows   uint32                 // in use or free
	free   []uint32               // rows that are
	byConn numbered.Table[uint32] // rows, counted from 1
}

// block is rows that are made together: a slice of all would be copied to one a
// quarter longer again and again.
type block [blockRows]rpc.Session // user 0: free

const blockRows = 256

func newSeats() *seats {
	s := new(seats)
	s.byConn = numbered.New(func(row uint32) uint64 { return s.at(row - 1).Conn })
	return s
}

// at returns a row, counted from 0.
func (s *seats) at(row uint32) *rpc.Session { return &s.blocks[row/blockRows][row%blockRows] }

// add seats a session. It returns false for one that is there.
func (s *seats) add(item rpc.Session) bool {
	if s.byConn.Find(item.Conn) != 0 {
		return false
	}
	row := s.vacant()
	*s.at(row) = item
	s.byConn.Put(row + 1)
	return true
}

// vacant returns a row for a session.
func (s *seats) vacant() (row uint32) {
	if n := len(s.free); n > 0 {
		row, s.free = s.free[n-1], s.free[:n-1]
		return row
	}
	if s.rows%blockRows == 0 {
		s.blocks = append(s.blocks, new(block))
	}
	s.rows++
	return s.rows - 1
}

// remove takes the session of a connection out and returns it.
func (s *seats) remove(conn uint64) (item rpc.Session, ok bool) {
	row := s.byConn.Remove(conn)
	if row == 0 {
		return rpc.Session{}, false
	}
	seat := s.at(row - 1)
	item, *seat = *seat, rpc.Session{}
	s.free = append(s.free, row-1)
	return item, true
}

// part copies up to most sessions from a row on. next is where the walk goes on,
// done that nothing is left there.
func (s *seats) part(row uint32, most int) (items []rpc.Session, next uint32, done bool) {
	items = make([]rpc.Session, 0, min(most, s.byConn.Len()))
	for row < s.rows && len(items) < most {
		if seat := s.at(row); seat.UID != 0 {
			items = append(items, *seat)
		}
		row++
	}
	return items, row, row >= s.rows
}

// len returns how many sessions there are.
func (s *seats) len() int { return s.byConn.Len() }
