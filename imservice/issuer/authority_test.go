package issuer

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jwk"
	"github.com/lestrrat-go/jwx/v3/jws"
	"github.com/lestrrat-go/jwx/v3/jwt"
)

// authority is an issuer that listens, with TLS.
type authority struct {
	t      *testing.T
	server *httptest.Server

	mu      sync.Mutex
	now     time.Time
	set     jwk.Set
	signers map[string]crypto.Signer
	status  int    // instead of an answer, if not 0
	body    []byte // instead of the keys, if not nil
	tokens  map[string]map[string]any
	asked   int // for keys or about tokens
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{t: t, now: time.Now(), set: jwk.NewSet(), signers: map[string]crypto.Signer{}, tokens: map[string]map[string]any{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /keys", a.keys)
	mux.HandleFunc("POST /introspect", a.introspect)
	mux.HandleFunc("GET /moved", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/keys", http.StatusFound) })
	a.server = httptest.NewTLSServer(mux)
	t.Cleanup(a.server.Close)
	return a
}

func (a *authority) keys(w http.ResponseWriter, _ *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.asked++
	if a.status != 0 {
		w.WriteHeader(a.status)
		return
	}
	if a.body != nil {
		_, _ = w.Write(a.body)
		return
	}
	_ = json.NewEncoder(w).Encode(a.set)
}

func (a *authority) introspect(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.asked++
	if id, secret, ok := r.BasicAuth(); !ok || id != "sim" || secret != "s%3Acret" || r.URL.RawQuery != "" {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	said := a.tokens[r.PostFormValue("token")]
	if said == nil {
		said = map[string]any{"active": false}
	}
	if a.status != 0 {
		w.WriteHeader(a.status)
		return
	}
	_ = json.NewEncoder(w).Encode(said)
}

// publish makes a key.
func (a *authority) publish(id string, change ...func(jwk.Key)) {
	a.t.Helper()
	var signer crypto.Signer
	var err error
	switch id[:2] {
	case "rs":
		signer, err = rsa.GenerateKey(rand.Reader, 2048)
	case "es":
		signer, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	default:
		_, signer, err = ed25519.GenerateKey(rand.Reader)
	}
	a.must(err)
	key, err := jwk.Import(signer.Public())
	a.must(err)
	a.must(key.Set(jwk.KeyIDKey, id))
	for _, c := range change {
		c(key)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.signers[id] = signer
	a.must(a.set.AddKey(key))
}

func (a *authority) must(err error) {
	a.t.Helper()
	if err != nil {
		a.t.Fatal(err)
	}
}

func (a *authority) clock() time.Time {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.now
}

func (a *authority) advance(d time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.now = a.now.Add(d)
}

func (a *authority) questions() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.asked
}

func (a *authority) config() Config {
	return Config{Issuer: "https://id.example.com", Audience: []string{"sim"}, Prefix: "corp:", JWKS: a.server.URL + "/keys"}
}

func (a *authority) trusted(all ...Config) *Set {
	a.t.Helper()
	s, err := New(all, Options{Now: a.clock, Transport: a.server.Client().Transport})
	a.must(err)
	return s
}

// claims are of a good token.
func (a *authority) claims() map[string]any {
	return map[string]any{"iss": "https://id.example.com", "aud": "sim", "sub": "alice", "exp": a.clock().Add(time.Hour).Unix()}
}

// sign makes a token by the key with an id.
func (a *authority) sign(id string, claims map[string]any, header ...func(jws.Headers)) []byte {
	a.t.Helper()
	alg := map[string]jwa.SignatureAlgorithm{"rs": jwa.RS256(), "es": jwa.ES256(), "ed": jwa.EdDSA()}[id[:2]]
	return a.signAs(alg, a.signers[id], id, claims, header...)
}

func (a *authority) signAs(alg jwa.SignatureAlgorithm, key any, id string, claims map[string]any, header ...func(jws.Headers)) []byte {
	a.t.Helper()
	t := jwt.New()
	for name, v := range claims {
		a.must(t.Set(name, v))
	}
	h := jws.NewHeaders()
	if id != "" {
		a.must(h.Set(jws.KeyIDKey, id))
	}
	for _, change := range header {
		change(h)
	}
	token, err := jwt.Sign(t, jwt.WithKey(alg, key, jws.WithProtectedHeaders(h)))
	a.must(err)
	return token
}
