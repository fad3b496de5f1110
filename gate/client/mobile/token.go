package mobile

import "context"

// TokenSource gives tokens of an issuer outside, which stand for a password; see
// client.Options.TokenSource. The app implements it.
type TokenSource interface {
	// Token returns one that holds, of at most 2048 bytes. It is called on a
	// goroutine of the SDK before a login that needs one, and may take its time:
	// the login waits no longer than for a gate.
	Token() ([]byte, error)
}

// answer is what a TokenSource gave.
type answer struct {
	token []byte
	err   error
}

// asking has a TokenSource asked, by one who does not wait longer than a context
// lives.
func asking(s TokenSource) func(context.Context) ([]byte, error) {
	return func(ctx context.Context) ([]byte, error) {
		given := make(chan answer, 1)
		go func() {
			token, err := s.Token()
			given <- answer{token, err}
		}()
		select {
		case a := <-given:
			return a.token, a.err
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}
