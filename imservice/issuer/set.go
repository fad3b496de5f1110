package issuer

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/lestrrat-go/jwx/v3/jwt"
)

// MaxToken is the longest token that is looked at, in bytes.
const MaxToken = 2048

// leeway is how far the clocks of an issuer and of this machine may be apart.
const leeway = 30 * time.Second

// Identity is whom a token proves.
type Identity struct {
	Issuer  string
	Account string // the issuer's prefix and the subject
	Expires time.Time
}

// Options are what a Set needs from outside. The zero value is good.
type Options struct {
	Now       func() time.Time  // nil means time.Now
	Transport http.RoundTripper // nil means that of http.DefaultTransport
}

// Set is the issuers that are trusted. It is safe for concurrent use.
type Set struct {
	now    func() time.Time
	tokens map[string]*verifier // by iss
	asking []*introspector
	all    []Config
}

// New checks the configuration, every mistake of it, and contacts nobody.
func New(all []Config, o Options) (*Set, error) {
	if err := validateAll(all); err != nil {
		return nil, err
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Set{now: o.Now, tokens: make(map[string]*verifier)}
	web := newClient(o.Transport)
	for _, c := range all {
		c = c.withDefaults()
		s.all = append(s.all, c)
		if c.JWKS != "" {
			s.tokens[c.Issuer] = newVerifier(c, web, o.Now)
		} else {
			s.asking = append(s.asking, newIntrospector(c, web, o.Now))
		}
	}
	return s, nil
}

// Reserved reports whether name looks like an account of an issuer, which
// nobody else may get.
func (s *Set) Reserved(name string) bool {
	if s == nil {
		return false
	}
	for _, c := range s.all {
		if strings.HasPrefix(name, c.Prefix) {
			return true
		}
	}
	return false
}

// Verify returns whom a token proves. account is what the client says its
// account is, or empty; of several issuers that want to be asked it chooses one.
func (s *Set) Verify(ctx context.Context, account string, token []byte) (Identity, error) {
	if len(token) == 0 || len(token) > MaxToken {
		return Identity{}, fmt.Errorf("%w: it has %d bytes, and 1 to %d are looked at", ErrToken, len(token), MaxToken)
	}
	id, err := s.verify(ctx, account, token)
	if err != nil {
		return Identity{}, err
	}
	if account != "" && account != id.Account {
		return Identity{}, fmt.Errorf("%w: it is for account %q, not %q", ErrToken, id.Account, account)
	}
	return id, nil
}

func (s *Set) verify(ctx context.Context, account string, token []byte) (Identity, error) {
	iss := claimed(token)
	if v := s.tokens[iss]; v != nil && iss != "" {
		return v.verify(ctx, token)
	}
	for _, i := range s.asking {
		if iss != "" && iss == i.config.Issuer || iss == "" && (len(s.asking) == 1 || strings.HasPrefix(account, i.config.Prefix)) {
			return i.verify(ctx, token)
		}
	}
	if iss != "" {
		return Identity{}, fmt.Errorf("%w: its issuer is %.64q, which is not trusted here", ErrToken, iss)
	}
	if len(s.asking) > 0 {
		return Identity{}, fmt.Errorf("%w: it does not say who issued it; a login with the account's name does", ErrToken)
	}
	return Identity{}, fmt.Errorf("%w: it is no JWT", ErrToken)
}

// claimed returns the issuer that a JWT names, which proves nothing yet; "" for
// other tokens.
func claimed(token []byte) string {
	if bytes.Count(token, []byte(".")) != 2 || token[0] == '{' {
		return ""
	}
	t, err := jwt.ParseInsecure(token)
	if err != nil {
		return ""
	}
	iss, _ := t.Issuer()
	return iss
}

// identity makes a name of a subject.
func (c *Config) identity(subject string, expires time.Time) (Identity, error) {
	if subject == "" {
		return Identity{}, fmt.Errorf("%w: its claim %q is empty or no text", ErrToken, c.Claim)
	}
	return Identity{Issuer: c.Issuer, Account: c.Prefix + subject, Expires: expires}, nil
}
