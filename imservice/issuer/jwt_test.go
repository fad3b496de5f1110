package issuer

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jwk"
	"github.com/lestrrat-go/jwx/v3/jws"
)

func TestGoodTokens(t *testing.T) {
	a := newAuthority(t)
	s := a.trusted(a.config())
	for _, id := range []string{"rs1", "es1", "ed1"} {
		a.publish(id)
	}
	for _, id := range []string{"rs1", "es1", "ed1"} {
		got, err := s.Verify(t.Context(), "corp:alice", a.sign(id, a.claims()))
		if err != nil || got.Account != "corp:alice" || got.Issuer != "https://id.example.com" || got.Expires.Unix() != a.clock().Add(time.Hour).Unix() {
			t.Errorf("%s: %+v, %v", id, got, err)
		}
	}
	several := a.claims()
	several["aud"] = []string{"mail", "sim"}
	if _, err := s.Verify(t.Context(), "", a.sign("ed1", several)); err != nil {
		t.Errorf("for several audiences: %v", err)
	}
	if n := a.questions(); n != 1 {
		t.Errorf("keys were fetched %d times for four tokens", n)
	}
}

func TestBadTokens(t *testing.T) {
	a := newAuthority(t)
	a.publish("rs1")
	a.publish("ed1")
	a.publish("enc", func(k jwk.Key) { a.must(k.Set(jwk.KeyUsageKey, "enc")) })
	a.publish("es1", func(k jwk.Key) { a.must(k.Set(jwk.AlgorithmKey, jwa.ES512())) })
	s := a.trusted(a.config())
	with := func(name string, v any) []byte {
		claims := a.claims()
		if claims[name] = v; v == nil {
			delete(claims, name)
		}
		return a.sign("ed1", claims)
	}
	stranger := newAuthority(t)
	stranger.publish("ed1")
	good := a.sign("ed1", a.claims())
	for name, c := range map[string]struct {
		token []byte
		want  error
	}{
		"nothing":                     {nil, ErrToken},
		"too long":                    {bytes.Repeat([]byte("a"), MaxToken+1), ErrToken},
		"no JWT":                      {[]byte("opaque"), ErrToken},
		"no signature":                {unsigned(t, a.claims()), ErrToken},
		"signature removed":           {good[:bytes.LastIndexByte(good, '.')+1], ErrToken},
		"signature changed":           {flip(good, len(good)-8), ErrToken},
		"claims changed":              {flip(good, bytes.IndexByte(good, '.')+20), ErrToken},
		"another's key of that name":  {stranger.sign("ed1", a.claims()), ErrToken},
		"the public key as a secret":  {a.signAs(jwa.HS256(), publicBytes(t, a, "rs1"), "rs1", a.claims()), ErrToken},
		"an algorithm not taken":      {a.signAs(jwa.RS512(), a.signers["rs1"], "rs1", a.claims()), ErrToken},
		"a key for encryption":        {a.signAs(jwa.EdDSA(), a.signers["enc"], "enc", a.claims()), ErrToken},
		"a key for another algorithm": {a.sign("es1", a.claims()), ErrToken},
		"a key that is not there":     {a.sign("ed1", a.claims(), func(h jws.Headers) { a.must(h.Set(jws.KeyIDKey, "rs2")) }), ErrToken},
		"no key named":                {a.signAs(jwa.EdDSA(), a.signers["ed1"], "", a.claims()), ErrToken},
		"a key that it brings itself": {a.bringing(stranger), ErrToken},
		"another issuer":              {with("iss", "https://evil.example.com"), ErrToken},
		"no issuer":                   {with("iss", nil), ErrToken},
		"another audience":            {with("aud", "mail"), ErrToken},
		"no audience":                 {with("aud", nil), ErrToken},
		"no end":                      {with("exp", nil), ErrToken},
		"over":                        {with("exp", a.clock().Add(-time.Minute).Unix()), ErrExpired},
		"not yet":                     {with("nbf", a.clock().Add(time.Minute).Unix()), ErrToken},
		"no subject":                  {with("sub", nil), ErrToken},
		"an empty subject":            {with("sub", ""), ErrToken},
		"another subject":             {with("sub", "bob"), ErrToken},
		"JSON instead of compact":     {[]byte(`{"payload":"..","signatures":[]}`), ErrToken},
	} {
		got, err := s.Verify(t.Context(), "corp:alice", c.token)
		if !errors.Is(err, c.want) || got != (Identity{}) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	if _, err := s.Verify(t.Context(), "corp:alice", good); err != nil {
		t.Errorf("the good one: %v", err)
	}
}

// flip changes a character of base64 to another one.
func flip(token []byte, i int) []byte {
	token = bytes.Clone(token)
	if token[i] == 'A' {
		token[i] = 'B'
	} else {
		token[i] = 'A'
	}
	return token
}

func unsigned(t *testing.T, claims map[string]any) []byte {
	t.Helper()
	body, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	return []byte(encode([]byte(`{"alg":"none"}`)) + "." + encode(body) + ".")
}

func publicBytes(t *testing.T, a *authority, id string) []byte {
	t.Helper()
	key, _ := a.set.LookupKeyID(id)
	text, err := json.Marshal(key)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// bringing makes a token whose header has the key, and says where it is.
func (a *authority) bringing(stranger *authority) []byte {
	return stranger.sign("ed1", a.claims(), func(h jws.Headers) {
		key, _ := stranger.set.LookupKeyID("ed1")
		a.must(h.Set(jws.JWKKey, key))
		a.must(h.Set(jws.JWKSetURLKey, stranger.server.URL+"/keys"))
	})
}

// TestKeysRotate finds a new key without a restart, and fetches seldom whatever
// keys tokens name.
func TestKeysRotate(t *testing.T) {
	a := newAuthority(t)
	a.publish("ed1")
	s := a.trusted(a.config())
	verify := func(id string) error {
		_, err := s.Verify(t.Context(), "", a.sign(id, a.claims()))
		return err
	}
	a.must(verify("ed1"))
	a.publish("ed2")
	if err := verify("ed2"); !errors.Is(err, ErrToken) {
		t.Errorf("at once: %v", err)
	}
	for i := range 100 {
		forged := a.sign("ed1", a.claims(), func(h jws.Headers) { a.must(h.Set(jws.KeyIDKey, fmt.Sprint("made-up-", i))) })
		if _, err := s.Verify(t.Context(), "", forged); !errors.Is(err, ErrToken) {
			t.Fatal(err)
		}
	}
	if n := a.questions(); n != 1 {
		t.Errorf("%d fetches", n)
	}
	a.advance(keysCooldown)
	a.must(verify("ed2"))
	if n := a.questions(); n != 2 {
		t.Errorf("%d fetches after the new key was found", n)
	}
}

// TestAnIssuerThatDoesNotAnswer is served with the keys it had, for a day.
func TestAnIssuerThatDoesNotAnswer(t *testing.T) {
	a := newAuthority(t)
	a.publish("ed1")
	s := a.trusted(a.config())
	verify := func() error {
		_, err := s.Verify(t.Context(), "", a.sign("ed1", a.claims()))
		return err
	}
	a.status = http.StatusInternalServerError
	if err := verify(); !errors.Is(err, ErrUnavailable) {
		t.Fatalf("without any keys: %v", err)
	}
	a.status = 0
	if err := verify(); !errors.Is(err, ErrUnavailable) {
		t.Fatalf("asked again at once: %v", err)
	}
	a.advance(keysCooldown)
	a.must(verify())
	a.status = http.StatusInternalServerError
	a.advance(keysUsable - time.Minute)
	a.must(verify())
	a.advance(2 * time.Minute)
	if err := verify(); !errors.Is(err, ErrUnavailable) {
		t.Errorf("after a day: %v", err)
	}
}

func TestBadAnswers(t *testing.T) {
	for name, change := range map[string]func(*authority, *Config){
		"no keys":    func(a *authority, _ *Config) { a.body = []byte("<html>") },
		"too long":   func(a *authority, _ *Config) { a.body = bytes.Repeat([]byte(" "), maxAnswer+1) },
		"a redirect": func(a *authority, c *Config) { c.JWKS = a.server.URL + "/moved" },
		"nobody":     func(a *authority, _ *Config) { a.server.Close() },
	} {
		a := newAuthority(t)
		a.publish("ed1")
		c := a.config()
		change(a, &c)
		if _, err := a.trusted(c).Verify(t.Context(), "", a.sign("ed1", a.claims())); !errors.Is(err, ErrUnavailable) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestManyAtOnce fetch the keys once.
func TestManyAtOnce(t *testing.T) {
	a := newAuthority(t)
	a.publish("ed1")
	s, token := a.trusted(a.config()), a.sign("ed1", a.claims())
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			if _, err := s.Verify(t.Context(), "", token); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := a.questions(); n != 1 {
		t.Errorf("%d fetches", n)
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := a.trusted(a.config()).Verify(over, "", token); err != nil && !errors.Is(err, ErrUnavailable) {
		t.Errorf("a caller that has gone: %v", err)
	}
}

func TestEveryMistakeIsTold(t *testing.T) {
	_, err := New([]Config{
		{},
		{Issuer: "a", Audience: []string{"x"}, Prefix: "a:", JWKS: "http://id.example.com/keys", Algorithms: []string{"HS256", "none", "XX"}},
		{Issuer: "a", Audience: []string{""}, Prefix: "a:b", JWKS: "https://x/", Introspection: "https://x/", Cache: -1},
		{Issuer: "b", Audience: []string{"x"}, Prefix: strings.Repeat("p", 33), Introspection: "ftp://x"},
	}, Options{})
	if err == nil {
		t.Fatal("accepted")
	}
	for _, want := range []string{
		"issuer: is needed", "audience: is needed", "prefix: is 1 to 32 bytes", "jwks, introspection: give one",
		"by https only", `"HS256" is not`, `"none" is not`, `"XX" is not`,
		`issuer 3, "a": issuer 2 is the same`, `issuer 3, prefix "a:b": "a:" of issuer 2`, "cache: is up to 1h0m0s",
		"client_id, client_secret_file: are needed", `"ftp://x"`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is missing in:\n%v", want, err)
		}
	}
}
