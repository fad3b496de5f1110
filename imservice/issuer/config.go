package issuer

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/lestrrat-go/jwx/v3/jwa"
)

// Config is an issuer that is trusted. Exactly one of JWKS and Introspection is
// given.
type Config struct {
	Issuer   string   // exactly as its tokens say in iss
	Audience []string // a token is for at least one of them
	Prefix   string   // of the accounts' names, 1 to 32 bytes, no other issuer's begins with it
	Claim    string   // that names the account; "" means sub

	JWKS       string   // URL of its keys
	Algorithms []string // "" means RS256, ES256 and EdDSA

	Introspection string // URL to ask about each token
	ClientID      string // this installation, towards Introspection
	ClientSecret  string
	Cache         time.Duration // that an answer counts for, never beyond exp: 0 means 30 s, at most an hour
}

const (
	defaultCache = 30 * time.Second
	maxCache     = time.Hour
	maxPrefix    = 32
	maxIssuers   = 64
)

func (c Config) withDefaults() Config {
	if c.Claim == "" {
		c.Claim = "sub"
	}
	if len(c.Algorithms) == 0 {
		c.Algorithms = []string{"RS256", "ES256", "EdDSA"}
	}
	if c.Cache == 0 {
		c.Cache = defaultCache
	}
	return c
}

// validate lists everything that is wrong with one issuer.
func (c Config) validate() error {
	var errs []error
	wrong := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if c.Issuer == "" {
		wrong("issuer: is needed, as the tokens say it in iss")
	}
	if len(c.Audience) == 0 || slices.Contains(c.Audience, "") {
		wrong("audience: is needed, or a token for somebody else would do")
	}
	if c.Prefix == "" || len(c.Prefix) > maxPrefix {
		wrong("prefix: is 1 to %d bytes that the names of its accounts begin with, not %q", maxPrefix, c.Prefix)
	}
	if (c.JWKS == "") == (c.Introspection == "") {
		wrong("jwks, introspection: give one of them, the URL of the issuer's keys or the one to ask about tokens")
	}
	for name, at := range map[string]string{"jwks": c.JWKS, "introspection": c.Introspection} {
		if err := checkURL(at); at != "" && err != nil {
			wrong("%s: %w", name, err)
		}
	}
	if c.Introspection != "" && (c.ClientID == "" || c.ClientSecret == "") {
		wrong("client_id, client_secret_file: are needed to ask about tokens; an empty secret opens it to everybody")
	}
	for _, name := range c.Algorithms {
		if _, err := algorithm(name); err != nil {
			errs = append(errs, err)
		}
	}
	if c.Cache < 0 || c.Cache > maxCache {
		wrong("cache: is up to %v, not %v", maxCache, c.Cache)
	}
	return errors.Join(errs...)
}

// algorithm returns a signature of a public key. Those with a shared secret are
// none: who checks a token could make one.
func algorithm(name string) (jwa.SignatureAlgorithm, error) {
	a, ok := jwa.LookupSignatureAlgorithm(name)
	if !ok || a.IsSymmetric() || a == jwa.NoSignature() {
		return a, fmt.Errorf("algorithms: %q is not the signature of a public key, like RS256, ES256 or EdDSA", name)
	}
	return a, nil
}

// checkURL takes https, and http on this machine.
func checkURL(text string) error {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" {
		return fmt.Errorf("%q is not a URL like https://id.example.com/keys", text)
	}
	if u.Scheme == "https" || u.Scheme == "http" && onlyHere(u.Hostname()) {
		return nil
	}
	return fmt.Errorf("%q: is reached by https only, or somebody on the way could answer", text)
}

func onlyHere(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// validateAll lists everything that is wrong with several, also together.
func validateAll(all []Config) error {
	var errs []error
	if len(all) > maxIssuers {
		errs = append(errs, fmt.Errorf("%d issuers, at most %d", len(all), maxIssuers))
	}
	for i, c := range all {
		if err := c.withDefaults().validate(); err != nil {
			errs = append(errs, fmt.Errorf("issuer %d, %q: %w", i+1, c.Issuer, err))
		}
		for j, other := range all[:i] {
			if c.Issuer == other.Issuer {
				errs = append(errs, fmt.Errorf("issuer %d, %q: issuer %d is the same", i+1, c.Issuer, j+1))
			}
			if strings.HasPrefix(c.Prefix, other.Prefix) || strings.HasPrefix(other.Prefix, c.Prefix) {
				errs = append(errs, fmt.Errorf("issuer %d, prefix %q: %q of issuer %d could make the same names", i+1, c.Prefix, other.Prefix, j+1))
			}
		}
	}
	return errors.Join(errs...)
}
