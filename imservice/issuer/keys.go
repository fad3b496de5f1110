package issuer

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/lestrrat-go/jwx/v3/jwk"
)

const (
	keysFresh    = 15 * time.Minute // then they are fetched again
	keysUsable   = 24 * time.Hour   // without an answer of the issuer
	keysCooldown = 30 * time.Second // between fetches, whatever tokens name
)

// keys are those that an issuer publishes, as of the last time that it answered.
type keys struct {
	url string
	web *http.Client
	now func() time.Time

	mu      sync.Mutex
	set     jwk.Set   // nil before the first
	fetched time.Time // when set was had
	tried   time.Time
	err     error         // of the last try
	busy    chan struct{} // closed when the fetch under way has ended; nil for none
}

// find returns the key with an id; of a set with one key also without. A key
// that is not there may be new: the set is fetched again, once in a while.
func (k *keys) find(ctx context.Context, id string) (jwk.Key, error) {
	for {
		key, wait, err := k.look(ctx, id)
		if wait == nil {
			return key, err
		}
		select {
		case <-wait:
		case <-ctx.Done():
			return nil, fmt.Errorf("%w: %w", ErrUnavailable, ctx.Err())
		}
	}
}

// look returns the key, or what to wait for before looking again.
func (k *keys) look(ctx context.Context, id string) (jwk.Key, <-chan struct{}, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.now()
	key := k.published(id, now)
	stale := key == nil || now.Sub(k.fetched) > keysFresh
	due := k.tried.IsZero() || now.Sub(k.tried) >= keysCooldown || now.Before(k.tried)
	if stale && due && k.busy == nil {
		k.busy = make(chan struct{})
		go k.fetch(context.WithoutCancel(ctx), now) // others wait for it as well
	}
	switch {
	case key != nil: // an old one will do until there is a newer set
		return key, nil, nil
	case k.busy != nil:
		return nil, k.busy, nil
	case k.err != nil:
		return nil, nil, k.err
	}
	return nil, nil, fmt.Errorf("%w: its key %.64q is not among those that its issuer publishes", ErrToken, id)
}

func (k *keys) published(id string, now time.Time) jwk.Key {
	if k.set == nil || now.Sub(k.fetched) > keysUsable {
		return nil
	}
	if id == "" && k.set.Len() == 1 {
		key, _ := k.set.Key(0)
		return key
	}
	key, ok := k.set.LookupKeyID(id)
	if id == "" || !ok {
		return nil
	}
	return key
}

// fetch asks the issuer.
func (k *keys) fetch(ctx context.Context, now time.Time) {
	set, err := k.get(ctx)
	k.mu.Lock()
	defer k.mu.Unlock()
	k.tried, k.err = now, err
	if err == nil {
		k.set, k.fetched = set, now
	}
	close(k.busy)
	k.busy = nil
}

func (k *keys) get(ctx context.Context) (jwk.Set, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, k.url, nil)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	body, err := answer(k.web, req)
	if err != nil {
		return nil, err
	}
	set, err := jwk.Parse(body)
	if err != nil {
		return nil, fmt.Errorf("%w: what it publishes as keys is none: %w", ErrUnavailable, err)
	}
	return set, nil
}
