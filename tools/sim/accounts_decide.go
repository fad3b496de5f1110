package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/sim-im/sim/msgdef/rpc"
)

// plainDecision has the flags of a decision that needs an account and no more.
type plainDecision struct {
	accountArg
	operatorFlags
}

// Validate implements kong's hook and lists every mistake.
func (c *plainDecision) Validate() error {
	_, err := c.sanction()
	return errors.Join(err, c.check())
}

func (c *plainDecision) take(p *process, decide decision) error {
	s, err := c.sanction()
	if err != nil {
		return err
	}
	return c.decide(p, s, decide)
}

// accountsShowCommand has the flags of sim accounts show.
type accountsShowCommand struct{ plainDecision }

// Run implements the command.
func (c *accountsShowCommand) Run(p *process) error { return c.take(p, rpc.Moderation.Inspect) }

// accountsBanCommand has the flags of sim accounts ban.
type accountsBanCommand struct {
	accountArg
	Until  string `placeholder:"TIME" help:"When the ban ends: after a while, like 24h or 7d, or at a time, like 2027-01-31 or 2027-01-31T12:00:00Z. For good unless given."`
	Reason string `placeholder:"TEXT" help:"What the user is shown, at most 256 bytes."`
	operatorFlags
}

// Validate implements kong's hook and lists every mistake.
func (c *accountsBanCommand) Validate() error {
	_, err := c.request(time.Now())
	return errors.Join(err, c.check())
}

func (c *accountsBanCommand) request(now time.Time) (*rpc.Sanction, error) {
	s, err := c.sanction()
	until, errUntil := parseUntil(c.Until, now)
	err = errors.Join(err, errUntil, checkReason(c.Reason))
	if err != nil {
		return nil, err
	}
	s.Until, s.Reason = until, c.Reason
	return s, nil
}

// Run implements the command.
func (c *accountsBanCommand) Run(p *process) error {
	s, err := c.request(time.Now())
	if err != nil {
		return err
	}
	return c.decide(p, s, rpc.Moderation.Ban)
}

// accountsUnbanCommand has the flags of sim accounts unban.
type accountsUnbanCommand struct{ plainDecision }

// Run implements the command.
func (c *accountsUnbanCommand) Run(p *process) error { return c.take(p, rpc.Moderation.Unban) }

// accountsRevokeCommand has the flags of sim accounts revoke.
type accountsRevokeCommand struct {
	accountArg
	Device uint64 `placeholder:"NUMBER" help:"Only this one; all devices unless given."`
	Reason string `placeholder:"TEXT" help:"What the user is shown, at most 256 bytes."`
	operatorFlags
}

// Validate implements kong's hook and lists every mistake.
func (c *accountsRevokeCommand) Validate() error {
	_, err := c.sanction()
	return errors.Join(err, checkReason(c.Reason), c.check())
}

// Run implements the command.
func (c *accountsRevokeCommand) Run(p *process) error {
	s, err := c.sanction()
	if err != nil {
		return err
	}
	s.Device, s.Reason = c.Device, c.Reason
	return c.decide(p, s, rpc.Moderation.Revoke)
}

// accountsRemoveCommand has the flags of sim accounts remove.
type accountsRemoveCommand struct {
	accountArg
	Reason string `placeholder:"TEXT" help:"What the user is shown, at most 256 bytes."`
	operatorFlags
}

// Help implements kong.HelpProvider.
func (accountsRemoveCommand) Help() string {
	return `The user is out within seconds, for good, and nobody reaches or finds them any
more: whoever writes to them, invites them or asks to be their friend is told
that the account was deleted. It is what users do themselves by :delete-account
in sim chat, without asking for their password.

What goes is cleaned up behind them, also over restarts: sim accounts show says
how far that is.

  goes   sessions, tokens, password; devices and push tokens; the list of
         sign-ins; profile, avatar and the names they were found by; friends,
         requests and blocks, at both sides; memberships, whose groups go to the
         admin, or else the member, who is there for longest, or are dissolved
         when nobody is left; what waited to be sent; inbox, settings, drafts;
         notes to themself, and what they wrote with others who are deleted too
  stays  the name and the number of the account, so that nobody gets it again;
         messages that others have, and reactions to theirs, shown as of a
         deleted account; files that these messages carry`
}

// Validate implements kong's hook and lists every mistake.
func (c *accountsRemoveCommand) Validate() error {
	_, err := c.sanction()
	return errors.Join(err, checkReason(c.Reason), c.check())
}

// Run implements the command.
func (c *accountsRemoveCommand) Run(p *process) error {
	s, err := c.sanction()
	if err != nil {
		return err
	}
	s.Reason = c.Reason
	return c.decide(p, s, rpc.Moderation.Remove)
}

// checkReason holds a reason to what a kick carries.
func checkReason(text string) error {
	const most = 256
	if len(text) > most {
		return fmt.Errorf("--reason: has %d bytes, at most %d", len(text), most)
	}
	return nil
}

// parseUntil reads a time to come, as Unix milliseconds; 0 for "".
func parseUntil(text string, now time.Time) (int64, error) {
	if text == "" {
		return 0, nil
	}
	at, ok := momentOf(text, now)
	switch {
	case !ok:
		return 0, fmt.Errorf("--until: %q is neither a while like 24h or 7d, nor a time like 2027-01-31 or 2027-01-31T12:00:00Z", text)
	case !at.After(now):
		return 0, fmt.Errorf("--until: %s is over", text)
	}
	return at.UnixMilli(), nil
}

// momentOf reads a while from now, or a time; a day begins in this time zone.
func momentOf(text string, now time.Time) (time.Time, bool) {
	if days, ok := strings.CutSuffix(text, "d"); ok {
		n, err := strconv.ParseUint(days, 10, 16)
		return now.AddDate(0, 0, int(n)), err == nil
	}
	if while, err := time.ParseDuration(text); err == nil {
		return now.Add(while), true
	}
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return at, true
	}
	at, err := time.ParseInLocation(time.DateOnly, text, now.Location())
	return at, err == nil
}
