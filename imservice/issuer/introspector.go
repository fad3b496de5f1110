package issuer

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	maxQuestions = 16              // at a time
	maxAnswers   = 4096            // remembered
	refusedFor   = 5 * time.Second // a token that was not active is not asked about again
)

// introspector asks an issuer about tokens, as RFC 7662 says.
type introspector struct {
	config Config
	web    *http.Client
	now    func() time.Time
	slots  chan struct{}

	mu      sync.Mutex
	answers map[[32]byte]verdict // by SHA-256 of the token
}

// verdict is what an issuer said of a token.
type verdict struct {
	id    Identity
	err   error
	until time.Time
}

func newIntrospector(c Config, web *http.Client, now func() time.Time) *introspector {
	return &introspector{
		config: c, web: web, now: now,
		slots: make(chan struct{}, maxQuestions), answers: make(map[[32]byte]verdict),
	}
}

// verify returns what the issuer said a moment ago, or asks. That it does not
// answer is not remembered.
func (i *introspector) verify(ctx context.Context, token []byte) (Identity, error) {
	name, now := sha256.Sum256(token), i.now()
	i.mu.Lock()
	known, ok := i.answers[name]
	i.mu.Unlock()
	if ok && now.Before(known.until) {
		return known.id, known.err
	}
	select {
	case i.slots <- struct{}{}:
		defer func() { <-i.slots }()
	default:
		return Identity{}, ErrBusy
	}
	said, err := i.ask(ctx, token)
	if err != nil {
		return Identity{}, err
	}
	v := i.judge(said, now)
	i.remember(name, v, now)
	return v.id, v.err
}

// said is the part of an answer that counts.
type said struct {
	Active   bool            `json:"active"`
	Issuer   string          `json:"iss"`
	Audience json.RawMessage `json:"aud"` // a string, or several
	Expires  float64         `json:"exp"` // Unix seconds
	claims   map[string]any
}

func (i *introspector) ask(ctx context.Context, token []byte) (*said, error) {
	form := url.Values{"token": {string(token)}, "token_type_hint": {"access_token"}}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, i.config.Introspection, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.SetBasicAuth(url.QueryEscape(i.config.ClientID), url.QueryEscape(i.config.ClientSecret)) // RFC 6749, 2.3.1
	body, err := answer(i.web, req)
	if err != nil {
		return nil, err
	}
	var s said
	if err := json.Unmarshal(body, &s); err != nil {
		return nil, fmt.Errorf("%w: its answer is not that of RFC 7662: %w", ErrUnavailable, err)
	}
	if err := json.Unmarshal(body, &s.claims); err != nil {
		return nil, fmt.Errorf("%w: its answer is not that of RFC 7662: %w", ErrUnavailable, err)
	}
	return &s, nil
}

// judge decides what an answer means. An answer without exp counts for as long
// as it is remembered.
func (i *introspector) judge(s *said, now time.Time) verdict {
	refused := func(format string, args ...any) verdict {
		return verdict{err: fmt.Errorf("%w: "+format, append([]any{ErrToken}, args...)...), until: now.Add(refusedFor)}
	}
	audience := s.audience()
	expires := now.Add(i.config.Cache)
	if s.Expires > 0 {
		expires = time.Unix(int64(min(s.Expires, 1<<40)), 0)
	}
	switch {
	case !s.Active:
		return refused("its issuer says that it is not active")
	case s.Issuer != "" && s.Issuer != i.config.Issuer:
		return refused("its issuer is %.64q, not %q", s.Issuer, i.config.Issuer)
	case !slices.ContainsFunc(audience, func(a string) bool { return slices.Contains(i.config.Audience, a) }):
		return refused("it is for audience %.64q, not %q", audience, i.config.Audience)
	case now.After(expires):
		return verdict{err: ErrExpired, until: now.Add(refusedFor)}
	}
	subject, _ := s.claims[i.config.Claim].(string)
	id, err := i.config.identity(subject, expires)
	if err != nil {
		return verdict{err: err, until: now.Add(refusedFor)}
	}
	until := now.Add(i.config.Cache)
	if until.After(expires) {
		until = expires
	}
	return verdict{id: id, until: until}
}

// audience reads both shapes of aud.
func (s *said) audience() []string {
	var one string
	var several []string
	if json.Unmarshal(s.Audience, &one) == nil {
		return []string{one}
	}
	_ = json.Unmarshal(s.Audience, &several) // otherwise it is for nobody
	return several
}

// remember keeps a verdict, in the place of one that is over, or of any.
func (i *introspector) remember(name [32]byte, v verdict, now time.Time) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if len(i.answers) >= maxAnswers {
		for other, old := range i.answers {
			if !now.Before(old.until) {
				delete(i.answers, other)
			}
		}
	}
	for other := range i.answers {
		if len(i.answers) < maxAnswers {
			break
		}
		delete(i.answers, other)
	}
	i.answers[name] = v
}
