package kitex

import (
	"context"
	"errors"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// slow is how long an endpoint may take for a call that ends with a timeout
// before it is taken for one that hangs.
const slow = time.Second

// caller makes calls over a link to endpoints of its choice.
type caller struct {
	*link
	balance balance
}

// newCaller returns a caller to some of a link's endpoints, in the order that
// belongs to key.
func newCaller(l *link, key string, endpoints Endpoints) *caller {
	return &caller{link: l, balance: balance{
		key: key, kind: l.service.kind, version: l.options.version, endpoints: endpoints,
		logger: l.options.Logger, now: time.Now,
	}}
}

// request is a call to whom it may concern.
type request struct {
	method  string
	raw     []byte // not changed by anybody until the call returned
	timeout time.Duration
	spread  bool // CodeUnavailable is a reason to ask another endpoint as well
	once    bool // another endpoint is asked only if this one did nothing, for certain
}

// How long an endpoint may be silent before another one is asked as well, if
// there is one: a process that hangs takes calls and never answers. What it does
// later does no harm, because calls may be repeated. Logins queue up for their
// turn, and costly work is not to be done twice without need.
const (
	silent      = time.Second
	silentLogin = loginTimeout / 3
)

// patience returns the bound for a method.
func patience(method string) time.Duration {
	switch method {
	case methodLogin, methodSetPassword:
		return silentLogin
	case methodDue: // waits for something to come
		return time.Hour
	}
	return silent
}

// call makes a call to the best endpoint, and to others as long as it gets
// lost. The deadline is that of ctx, or after the timeout when that is sooner.
// An error is an *rpc.Error or a *lost.
func (c *caller) call(ctx context.Context, r request) ([]byte, error) {
	deadline := time.Now().Add(r.timeout)
	if sooner, ok := ctx.Deadline(); ok && sooner.Before(deadline) {
		deadline = sooner
	}
	err := c.enter(ctx, deadline)
	var out []byte
	if err == nil {
		out, err = c.search(ctx, deadline, r)
		c.leave()
	}
	c.called(err)
	return out, err
}

// search tries endpoints in turn.
func (c *caller) search(ctx context.Context, deadline time.Time, r request) ([]byte, error) {
	var tried []Endpoint
	var refusal error
	undone := true // by all that were tried
	var last error = &lost{kind: c.service.kind, cause: errNobody, unsent: true}
	for {
		if ctx.Err() != nil || !time.Now().Before(deadline) {
			return nil, rpc.Errorf(msgdef.CodeTimeout, "%s: no time left", r.method)
		}
		e, ok := c.balance.pick(tried)
		switch {
		case !ok && refusal != nil:
			return nil, doubt(refusal, undone)
		case !ok:
			return nil, doubt(last, undone)
		}
		began := time.Now()
		out, err := c.attempt(attempt{ctx: ctx, deadline: deadline, endpoint: e, once: r.once}, r, tried)
		final := c.judge(e, err, time.Since(began), r.spread)
		if final || r.once && !isUndone(err) {
			return out, err
		}
		if last = err; !isLost(err) {
			refusal = err // somebody did answer: that tells more
		}
		undone = undone && isUndone(err)
		tried = append(tried, e)
	}
}

// attempt makes a call to one endpoint. When there are others it is as good as
// lost after a while without an answer, unless another must not be asked then.
func (c *caller) attempt(a attempt, r request, tried []Endpoint) ([]byte, error) {
	a.until = a.deadline
	limit := time.Now().Add(patience(r.method))
	if !a.once && limit.Before(a.deadline) && c.balance.others(a.endpoint, tried) {
		a.until = limit
	}
	return c.try(a, r.method, r.raw)
}

// judge remembers how an endpoint did, and says whether its answer is final.
func (c *caller) judge(e Endpoint, err error, took time.Duration, spread bool) bool {
	switch {
	case isLost(err):
		c.balance.failed(e, errors.Unwrap(err))
		return false
	case err == errClosed: //nolint:errorlint // itself
		return true
	}
	code := rpc.CodeOf(err)
	if code == msgdef.CodeTimeout && took >= slow {
		c.balance.failed(e, err)
		return true
	}
	c.balance.worked(e)
	return code != msgdef.CodeVersion && code != msgdef.CodeShuttingDown && !(spread && code == msgdef.CodeUnavailable)
}

// Health returns nil when an endpoint is there that answers as far as is known.
// Otherwise the error names those that do not; they are asked anew first.
func (c *caller) Health() error {
	down, others := c.balance.down()
	if others {
		return nil
	}
	var all []error
	for i := range down {
		err := c.pool.probe(down[i].endpoint.Addr)
		if err == nil {
			c.balance.worked(down[i].endpoint)
			return nil
		}
		down[i].cause = err
		all = append(all, &down[i])
	}
	if len(all) == 0 {
		return &lost{kind: c.service.kind, cause: errNobody}
	}
	return errors.Join(all...)
}
