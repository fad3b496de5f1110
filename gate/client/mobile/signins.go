package mobile

import (
	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/msgdef"
)

// SignIn is a session of the user's.
type SignIn struct{ s msgdef.SignIn }

// Device returns the device that was signed in.
func (s *SignIn) Device() int64 { return int64(s.s.Device) }

// Platform returns its kind, one of the Platform constants of the protocol.
func (s *SignIn) Platform() int { return int(s.s.Platform) }

// Address returns where it came from, "" when that is not known.
func (s *SignIn) Address() string { return s.s.Address }

// Began returns when it began, in Unix milliseconds.
func (s *SignIn) Began() int64 { return s.s.Began }

// Ended returns when it ended, in Unix milliseconds; 0 while it lasts.
func (s *SignIn) Ended() int64 { return s.s.Ended }

// End returns how it ended, a number of the protocol; 0 while it lasts.
func (s *SignIn) End() int { return int(s.s.End) }

// EndText returns how it ended, in English.
func (s *SignIn) EndText() string { return s.s.End.String() }

// SignInList is a page of sessions, newest first.
type SignInList struct{ page client.SignInPage }

// Len returns how many there are.
func (l *SignInList) Len() int { return len(l.page.SignIns) }

// At returns one of them, from 0; nil where there is none.
func (l *SignInList) At(i int) *SignIn {
	if i < 0 || i >= l.Len() {
		return nil
	}
	return &SignIn{l.page.SignIns[i]}
}

// More reports whether there are older ones.
func (l *SignInList) More() bool { return l.page.More }

// SignIns returns at most limit of the user's own sessions, those before another one;
// the newest for nil; limit 0 leaves it to the server.
func (c *Client) SignIns(after *SignIn, limit int, call *Call) (*SignInList, error) {
	ctx, cancel := call.context()
	defer cancel()
	var last *msgdef.SignIn
	if after != nil {
		last = &after.s
	}
	page, err := c.c.SignIns(ctx, last, limit)
	if err != nil {
		return nil, err
	}
	return &SignInList{page}, nil
}
