package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// accountsLogCommand has the flags of sim accounts log.
type accountsLogCommand struct {
	accountArg
	Most int `default:"50" placeholder:"N" help:"How many sessions at most, newest first; 0 for all that are kept."`
	operatorFlags
}

// Validate implements kong's hook and lists every mistake.
func (c *accountsLogCommand) Validate() error {
	_, err := c.sanction()
	if c.Most < 0 {
		err = errors.Join(err, fmt.Errorf("--most: is %d; want at least 0", c.Most))
	}
	return errors.Join(err, c.check())
}

// Run implements the command.
func (c *accountsLogCommand) Run(p *process) error {
	s, err := c.sanction()
	if err != nil {
		return err
	}
	operator, err := c.dial(p, s)
	if err != nil {
		return err
	}
	defer operator.Close()
	list, err := c.list(p, operator, s)
	switch {
	case err != nil:
		return undecided(s, err)
	case c.JSON:
		return writeJSON(p.out, list)
	}
	for _, in := range list {
		fmt.Fprintf(p.out, "%s  %-20s  device %d  from %s  at %s\n",
			in.Began.Format(time.DateTime), in.until(), in.Device, in.Address, in.Gate)
	}
	return nil
}

// list reads page after page.
func (c *accountsLogCommand) list(p *process, m rpc.Moderation, s *rpc.Sanction) ([]loggedSession, error) {
	list := []loggedSession{}
	query := &rpc.SignInsQuery{UID: s.UID, Account: s.Account, Limit: 100}
	for {
		page, err := m.SignInsOf(p, query)
		if err != nil {
			return nil, err
		}
		for i := range page.List {
			if list = append(list, loggedSessionOf(&page.List[i])); len(list) == c.Most {
				return list, nil
			}
			query.Before, query.Conn, query.Gate = page.List[i].Began, page.List[i].Conn, page.List[i].Gate
		}
		if !page.More || len(page.List) == 0 {
			return list, nil
		}
	}
}

// loggedSession is a session as JSON shows it.
type loggedSession struct {
	Began    time.Time  `json:"began"`
	Ended    *time.Time `json:"ended,omitempty"`
	End      string     `json:"end"` // lasts, or how it ended
	Device   uint64     `json:"device,string"`
	Platform uint8      `json:"platform"`
	Address  string     `json:"address"`
	Gate     string     `json:"gate"`
}

func loggedSessionOf(in *msgdef.SignIn) loggedSession {
	l := loggedSession{
		Began: time.UnixMilli(in.Began).UTC(), End: in.End.String(), Device: in.Device, Platform: uint8(in.Platform),
		Address: in.Address, Gate: in.Gate,
	}
	if in.Ended != 0 {
		ended := time.UnixMilli(in.Ended).UTC()
		l.Ended = &ended
	}
	return l
}

// until says how long a session lasted and why not longer.
func (l *loggedSession) until() string {
	if l.Ended == nil {
		return "lasts"
	}
	return l.Ended.Sub(l.Began).Round(time.Second).String() + ", " + l.End
}
