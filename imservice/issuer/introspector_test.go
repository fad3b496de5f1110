package issuer

import (
	"errors"
	"net/http"
	"testing"
	"time"
)

func (a *authority) asking() Config {
	return Config{
		Issuer: "https://old.example.com", Audience: []string{"sim"}, Prefix: "old:",
		Introspection: a.server.URL + "/introspect", ClientID: "sim", ClientSecret: "s:cret",
	}
}

// knows lets the authority answer for a token.
func (a *authority) knows(token string, change ...func(map[string]any)) []byte {
	said := map[string]any{"active": true, "sub": "alice", "aud": "sim", "exp": a.clock().Add(time.Hour).Unix()}
	for _, c := range change {
		c(said)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.tokens[token] = said
	return []byte(token)
}

func TestAskingAboutTokens(t *testing.T) {
	a := newAuthority(t)
	s := a.trusted(a.config(), a.asking())
	set := func(name string, v any) func(map[string]any) { return func(m map[string]any) { m[name] = v } }
	for name, c := range map[string]struct {
		token []byte
		want  error
	}{
		"good":             {a.knows("good"), nil},
		"several audience": {a.knows("several", set("aud", []string{"x", "sim"})), nil},
		"no end":           {a.knows("endless", set("exp", 0)), nil},
		"unknown":          {[]byte("unknown"), ErrToken},
		"not active":       {a.knows("inactive", set("active", false)), ErrToken},
		"other audience":   {a.knows("aud", set("aud", "mail")), ErrToken},
		"no audience":      {a.knows("noaud", set("aud", nil)), ErrToken},
		"other issuer":     {a.knows("iss", set("iss", "https://evil.example.com")), ErrToken},
		"over":             {a.knows("over", set("exp", a.clock().Add(-time.Minute).Unix())), ErrExpired},
		"subject no text":  {a.knows("number", set("sub", 7)), ErrToken},
		"other subject":    {a.knows("bob", set("sub", "bob")), ErrToken},
	} {
		got, err := s.Verify(t.Context(), "old:alice", c.token)
		if !errors.Is(err, c.want) || (err == nil) != (got.Account == "old:alice") {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	if id, err := s.Verify(t.Context(), "", []byte("good")); err != nil || id.Issuer != "https://old.example.com" {
		t.Errorf("the only one to ask was not asked: %+v, %v", id, err)
	}
}

// TestAnswersAreRemembered for a while, and not beyond the token's own end.
func TestAnswersAreRemembered(t *testing.T) {
	a := newAuthority(t)
	s := a.trusted(a.asking())
	token := a.knows("token")
	for range 10 {
		if _, err := s.Verify(t.Context(), "", token); err != nil {
			t.Fatal(err)
		}
	}
	if n := a.questions(); n != 1 {
		t.Errorf("asked %d times", n)
	}
	a.tokens["token"]["active"] = false // revoked
	a.advance(defaultCache)
	if _, err := s.Verify(t.Context(), "", token); !errors.Is(err, ErrToken) {
		t.Errorf("revoked: %v", err)
	}
	short := a.knows("short", func(m map[string]any) { m["exp"] = a.clock().Add(time.Second).Unix() })
	if _, err := s.Verify(t.Context(), "", short); err != nil {
		t.Fatal(err)
	}
	a.advance(2 * time.Second)
	if _, err := s.Verify(t.Context(), "", short); !errors.Is(err, ErrExpired) {
		t.Errorf("over while it is remembered: %v", err)
	}
}

// TestSilenceIsNotRemembered asks again as soon as the issuer answers.
func TestSilenceIsNotRemembered(t *testing.T) {
	a := newAuthority(t)
	s := a.trusted(a.asking())
	token := a.knows("token")
	a.status = http.StatusBadGateway
	if _, err := s.Verify(t.Context(), "", token); !errors.Is(err, ErrUnavailable) {
		t.Fatalf("%v", err)
	}
	a.status = 0
	if _, err := s.Verify(t.Context(), "", token); err != nil {
		t.Error(err)
	}
}

// TestMemoryOfAnswersIsBounded under tokens that somebody makes up.
func TestMemoryOfAnswersIsBounded(t *testing.T) {
	a := newAuthority(t)
	i := a.trusted(a.asking()).asking[0]
	for n := range 3 * maxAnswers {
		i.remember([32]byte{byte(n), byte(n >> 8), byte(n >> 16)}, verdict{until: a.clock().Add(time.Hour)}, a.clock())
	}
	if len(i.answers) > maxAnswers {
		t.Errorf("%d answers", len(i.answers))
	}
}

func TestQuestionsAtATimeAreBounded(t *testing.T) {
	a := newAuthority(t)
	s := a.trusted(a.asking())
	for range maxQuestions {
		s.asking[0].slots <- struct{}{}
	}
	if _, err := s.Verify(t.Context(), "", []byte("one more")); !errors.Is(err, ErrBusy) {
		t.Errorf("%v", err)
	}
}

func TestReserved(t *testing.T) {
	a := newAuthority(t)
	s := a.trusted(a.config(), a.asking())
	for name, want := range map[string]bool{"corp:alice": true, "old:": true, "corp": false, "alice": false, "xcorp:": false} {
		if s.Reserved(name) != want {
			t.Errorf("%q: %t", name, !want)
		}
	}
	if (*Set)(nil).Reserved("corp:alice") {
		t.Error("without issuers nothing is reserved")
	}
}
