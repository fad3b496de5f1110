package issuer

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jwk"
	"github.com/lestrrat-go/jwx/v3/jws"
	"github.com/lestrrat-go/jwx/v3/jwt"
)

// verifier checks the JWTs of an issuer by its keys.
type verifier struct {
	config     Config
	algorithms []jwa.SignatureAlgorithm
	keys       *keys
	now        func() time.Time
}

func newVerifier(c Config, web *http.Client, now func() time.Time) *verifier {
	v := &verifier{config: c, keys: &keys{url: c.JWKS, web: web, now: now}, now: now}
	for _, name := range c.Algorithms {
		a, _ := algorithm(name) // was checked
		v.algorithms = append(v.algorithms, a)
	}
	return v
}

// verify checks signature, issuer, times and audience.
func (v *verifier) verify(ctx context.Context, token []byte) (Identity, error) {
	var missing error // of the keys, which is nothing about the token
	find := jws.KeyProviderFunc(func(ctx context.Context, sink jws.KeySink, sig *jws.Signature, _ *jws.Message) error {
		key, a, err := v.key(ctx, sig)
		if err != nil {
			missing = err
			return err
		}
		sink.Key(a, key)
		return nil
	})
	t, err := jwt.Parse(token,
		jwt.WithKeyProvider(find), jwt.WithContext(ctx),
		jwt.WithIssuer(v.config.Issuer), jwt.WithRequiredClaim(jwt.ExpirationKey),
		jwt.WithClock(jwt.ClockFunc(v.now)), jwt.WithAcceptableSkew(leeway))
	switch {
	case missing != nil:
		return Identity{}, missing
	case ctx.Err() != nil:
		return Identity{}, fmt.Errorf("%w: %w", ErrUnavailable, ctx.Err())
	case errors.Is(err, jwt.TokenExpiredError()):
		return Identity{}, ErrExpired
	case err != nil:
		return Identity{}, fmt.Errorf("%w: %w", ErrToken, err)
	}
	return v.identity(t)
}

func (v *verifier) identity(t jwt.Token) (Identity, error) {
	audience, _ := t.Audience()
	if !slices.ContainsFunc(audience, func(a string) bool { return slices.Contains(v.config.Audience, a) }) {
		return Identity{}, fmt.Errorf("%w: it is for audience %.64q, not %q", ErrToken, audience, v.config.Audience)
	}
	expires, _ := t.Expiration()
	var subject string
	if err := t.Get(v.config.Claim, &subject); err != nil {
		subject = ""
	}
	return v.config.identity(subject, expires)
}

// key finds the key that a signature says it is by. The header chooses among
// what is configured and published, and adds nothing.
func (v *verifier) key(ctx context.Context, sig *jws.Signature) (jwk.Key, jwa.SignatureAlgorithm, error) {
	header := sig.ProtectedHeaders()
	a, _ := header.Algorithm()
	if !slices.Contains(v.algorithms, a) {
		return nil, a, fmt.Errorf("%w: its signature is %.16q, and %v are taken", ErrToken, a.String(), v.config.Algorithms)
	}
	id, _ := header.KeyID()
	key, err := v.keys.find(ctx, id)
	if err != nil {
		return nil, a, err
	}
	if own, ok := key.Algorithm(); ok && own.String() != a.String() {
		return nil, a, fmt.Errorf("%w: key %.64q is for %v, not %v", ErrToken, id, own, a)
	}
	if use, ok := key.KeyUsage(); ok && use != "sig" {
		return nil, a, fmt.Errorf("%w: key %.64q does not sign", ErrToken, id)
	}
	return key, a, nil
}
