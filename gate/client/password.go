package client

import (
	"bytes"
	"context"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/frame"
)

// ChangePassword puts another password in the place of the account's, for who
// knows the old one. It returns when that is durable: this client goes on, and has
// a new token in its state; all other devices of the account are told that they
// were ended, and log in with the new password.
//
// Errors are ErrWrongPassword, ErrNewPassword, ErrBusy after too many wrong ones,
// or those of History; CodeForbidden says that the account has no password here,
// or that the session is too old: log in anew. After other errors, and when ctx
// ends, the password may be changed or not; if it is, the client stops with
// ErrCredentials as soon as it has to log in without having heard of its token.
//
// Options.Password is forgotten: it is the old one.
func (c *Client) ChangePassword(ctx context.Context, old, new string) error {
	question := &msgdef.ChangePassword{Old: []byte(old), New: []byte(new)}
	if err := checkArgument(question.Validate()); err != nil {
		return err
	}
	return c.call(ctx, &call{
		ask: func(req uint64) frame.Message {
			asked := *question
			asked.Req = req
			return &asked
		},
		take: func(answer any) (bool, error) {
			if _, ok := answer.(*msgdef.PasswordOK); !ok {
				return false, protocolError("%T in answer to ChangePassword", answer)
			}
			return true, nil
		},
	})
}

// HandlePasswordOK implements msgdef.DownHandler. What it brings counts whether
// somebody still waits for it or not, and is kept before they hear of it.
func (s *session) HandlePasswordOK(m *msgdef.PasswordOK) error {
	if len(m.Token) > 0 {
		s.c.renew(bytes.Clone(m.Token), m.TokenExpires)
	}
	return s.answer(m.Req, m)
}

// renew takes a token in the place of all proofs, and of the tickets. The
// goroutine that reads calls it, which is not logging in meanwhile.
func (c *Client) renew(token []byte, expires int64) {
	c.credentials.renewed(token, expiry(expires))
	c.mu.Lock()
	c.user.token, c.user.expires = token, expiry(expires)
	c.wallet = nil
	c.mu.Unlock()
	c.save()
}
