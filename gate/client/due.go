package client

import "time"

// alarm is the one timer of a client. It may ring early, and then finds
// nothing to do: moving it with every message would cost more.
type alarm struct {
	timer *time.Timer
	at    time.Time // zero: not set
	rung  int       // times
}

// minWait keeps a mistake in some due time from spinning.
const minWait = time.Millisecond

// slowRead is how old the clock gets while callbacks keep a read from ending.
const slowRead = time.Second

// wakeAt has tick called at t or before; the zero time means never. mu is
// held.
func (c *Client) wakeAt(t time.Time) {
	if t.IsZero() || c.closed || (!c.alarm.at.IsZero() && !t.Before(c.alarm.at)) {
		return
	}
	c.alarm.at = t
	wait := max(t.Sub(c.opts.Now()), minWait)
	if c.alarm.timer == nil {
		c.alarm.timer = time.AfterFunc(wait, c.tick)
	} else {
		c.alarm.timer.Reset(wait)
	}
}

// rest moves an alarm that would find nothing to do before next. mu is held.
func (c *Client) rest(next time.Time) {
	if !c.alarm.at.IsZero() && c.alarm.at.Before(next) {
		c.alarm.at = time.Time{}
		c.wakeAt(next)
	}
}

// tick does what has become due.
func (c *Client) tick() {
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		return
	}
	c.alarm.rung++
	c.work.Add(1)
	defer c.work.Done()
	c.alarm.at = time.Time{}
	now := c.opts.Now()
	c.clock = now
	expired, over := c.sends.expire(c.since(now)), c.expiring.over(now)
	save := reached(c.saveAt, now)
	if save {
		c.saveAt = time.Time{}
	}
	c.ring(now)
	c.mu.Unlock()
	if len(expired) > 0 {
		c.tell(expired, ErrExpired)
	}
	for _, m := range over {
		c.opts.OnExpired(m)
	}
	if save {
		c.save()
		c.mu.Lock()
		c.wakeAt(c.saveAt)
		c.mu.Unlock()
	}
}

// ring does what the link has due, and sets the alarm anew. While a read is being
// handled there is only a clock to keep: nothing leaves before settle, which
// does the rest, and that nothing is heard, be it an answer or the rest of one, says
// nothing of the peer. mu is held.
func (c *Client) ring(now time.Time) {
	l := c.link
	if l != nil && l.corked {
		c.pull.until = now.Add(c.opts.Timeouts.Page)
		c.topics.wait(c.pull.until)
		c.wakeAt(now.Add(slowRead))
		return
	}
	if l != nil {
		c.due(l, now)
		l.flush(&c.mu, now)
	}
	c.wakeAt(c.nextDue())
}

// due appends the frames that are due. mu is held.
func (c *Client) due(l *link, now time.Time) {
	if c.beat.silent(now) {
		l.fail(ErrSilent)
		return
	}
	if reached(c.moveAt, now) {
		l.fail(errMoved)
		return
	}
	c.beat.ping(l, now)
	c.pullDue(l, now)
	c.topicsDue(l, now)
	c.rewatchDue(l, now)
	c.ackDue(l, now)
	if !c.background {
		c.reads.repeat(l, now)
	}
	c.sendDue(l, now)
}

// nextDue returns the next time at which there is something to do. mu is held.
func (c *Client) nextDue() (next time.Time) {
	sooner(&next, c.saveAt)
	sooner(&next, c.expiring.next())
	if c.sends.live > 0 {
		sooner(&next, c.born.Add(c.sends.soonest))
	}
	if c.link == nil || c.link.err != nil {
		return next
	}
	sooner(&next, c.beat.next())
	sooner(&next, c.moveAt)
	sooner(&next, c.pull.next())
	sooner(&next, c.topics.next(c.place.behind))
	sooner(&next, c.contacts.next())
	sooner(&next, c.acks.at)
	if !c.background {
		sooner(&next, c.reads.next())
	}
	sooner(&next, c.pace.until)
	sooner(&next, c.unanswered())
	return next
}

// reached reports whether a time is set and not in the future.
func reached(t, now time.Time) bool { return !t.IsZero() && !now.Before(t) }

// sooner moves next to t when t is set and earlier.
func sooner(next *time.Time, t time.Time) {
	if !t.IsZero() && (next.IsZero() || t.Before(*next)) {
		*next = t
	}
}
