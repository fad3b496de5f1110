package chat

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/msgdef"
)

// connect logs in: with the password given, else with what an earlier run
// kept, else with a password made now. A person is asked when none of these is
// the right one.
func (s *session) connect(ctx context.Context) error {
	home := newHome(s.opts.Folder, s.opts.User)
	if s.opts.Password != "" {
		return s.opts.explain(s.login(ctx, home, s.opts.Password, true))
	}
	password, made, err := home.password()
	if err == nil {
		err = s.login(ctx, home, password, false)
	} else {
		err = fmt.Errorf("no password is given, and none can be kept: %w", err)
	}
	switch {
	case made && err == nil:
		s.tell("made a password for " + s.opts.User + ", kept in " + home.passwordFile())
	case made && wrongPassword(err): // after any other error the account may have been made with it
		home.forget()
	}
	if err != nil && s.console.live() && (password == "" || wrongPassword(err)) {
		if password, err = s.console.password("password for " + printable(s.opts.User) + ": "); err == nil {
			err = s.login(ctx, home, password, true)
		}
	}
	return s.opts.explain(err)
}

// retryAtMost bounds the pause between two attempts to connect: a person is
// waiting.
const retryAtMost = 10 * time.Second

// login makes a client and connects it. fresh means that the password counts,
// and no token of an earlier login.
func (s *session) login(ctx context.Context, home home, password string, fresh bool) error {
	c, err := home.open(client.Options{
		Addresses: s.opts.Servers, Dialer: s.opts.dialer(), Codec: s.opts.Codec, Roots: s.opts.Roots,
		Account: s.opts.User, Password: password,
		Platform: msgdef.PlatformDesktop, App: "sim chat",
		Backoff: client.Backoff{Max: retryAtMost},
		OnRead:  s.onRead, OnDelivered: s.onDelivered, OnState: s.onState, OnResync: s.onResync, OnExpired: s.onExpired, OnTyping: s.onTyping, OnPresence: s.onPresence, OnLeft: s.onLeft,
		Logger: s.opts.Logger, Now: s.opts.Now,
	}, fresh, s.warn)
	if err != nil {
		return err
	}
	if s.messages, err = c.Messages(messagesWaiting); err == nil {
		ctx, cancel := s.timeout(ctx)
		defer cancel()
		err = s.await(ctx, c)
	}
	if err != nil {
		return errors.Join(err, c.Close())
	}
	s.client = c
	s.online.Store(true)
	if status := c.Status(); status.Phase == client.Stopped { // ended before onState knew
		s.end(status.Err)
	}
	return nil
}

// loginRetry is the least pause between two logins that a gate could not serve.
const loginRetry = 500 * time.Millisecond

// await connects a client. While a gate answers that what it needs is away, it
// says so once and tries again until ctx ends; the error is then the gate's.
func (s *session) await(ctx context.Context, c *client.Client) (err error) {
	var away *client.Error
	for told := false; ; told = true {
		if err = c.Connect(ctx); err != nil && away != nil && ctx.Err() != nil {
			return errors.Join(client.ErrRefused, away)
		}
		if !errors.As(err, &away) || away.Code != msgdef.CodeUnavailable {
			return err
		}
		if !told {
			s.tell(fmt.Sprintf("no login yet: %s; trying again for %v", away.Detail, s.opts.Timeout))
		}
		if !sleep(ctx, max(away.Retry, loginRetry)) {
			return err
		}
	}
}

func wrongPassword(err error) bool {
	var server *client.Error
	return errors.As(err, &server) && server.Code == msgdef.CodeBadCredentials
}

// tell and warn write a line for people beside the events.
func (s *session) tell(text string) {
	if !s.opts.JSON {
		fmt.Fprintln(s.opts.Err, "--", printable(text))
	}
}

func (s *session) warn(text string) {
	fmt.Fprintln(s.opts.Err, "warning:", printable(text))
}
