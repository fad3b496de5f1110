package imservice

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jwk"
	"github.com/lestrrat-go/jwx/v3/jws"
	"github.com/lestrrat-go/jwx/v3/jwt"

	"github.com/sim-im/sim/imservice/issuer"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// outside is an issuer that listens.
type outside struct {
	w      *world
	signer ed25519.PrivateKey
	set    *issuer.Set
	down   bool
}

func newOutside(t *testing.T, w *world, iss string) *outside {
	t.Helper()
	public, private, err := ed25519.GenerateKey(nil)
	w.must(err)
	key, err := jwk.Import(public)
	w.must(err)
	w.must(key.Set(jwk.KeyIDKey, "k"))
	keys := jwk.NewSet()
	w.must(keys.AddKey(key))
	o := &outside{w: w, signer: private}
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		if o.down {
			rw.WriteHeader(http.StatusBadGateway)
			return
		}
		_ = json.NewEncoder(rw).Encode(keys)
	}))
	t.Cleanup(server.Close)
	o.set, err = issuer.New([]issuer.Config{{Issuer: iss, Audience: []string{"sim"}, Prefix: "corp:", JWKS: server.URL}}, issuer.Options{Now: w.clock.now})
	w.must(err)
	return o
}

func (o *outside) token(iss, subject string, expires time.Duration) []byte {
	t := jwt.New()
	for name, v := range map[string]any{"iss": iss, "sub": subject, "aud": "sim", "exp": o.w.clock.now().Add(expires)} {
		o.w.must(t.Set(name, v))
	}
	h := jws.NewHeaders()
	o.w.must(h.Set(jws.KeyIDKey, "k"))
	token, err := jwt.Sign(t, jwt.WithKey(jwa.EdDSA(), o.signer, jws.WithProtectedHeaders(h)))
	o.w.must(err)
	return token
}

func byIssuer(token []byte) *rpc.LoginRequest {
	return &rpc.LoginRequest{Method: msgdef.AuthIssuer, Secret: token, Device: 1, Address: "192.0.2.1:5000"}
}

// TestLoginByIssuer makes an account at the first login and finds it again; no
// password opens it, and nobody else gets a name like its.
func TestLoginByIssuer(t *testing.T) {
	w := newWorld(t, 0, openRegistration)
	wantCode(t, w, byIssuer([]byte("x.y.z")), msgdef.CodeBadCredentials) // nobody is trusted
	o := newOutside(t, w, "https://id.example.com")
	w.options.Issuers = o.set
	w.restart()
	r, err := w.server.Login(context.Background(), byIssuer(o.token("https://id.example.com", "alice", time.Hour)))
	w.must(err)
	if r.Account != "corp:alice" || r.UID == 0 || len(r.Token) != 0 || r.TokenExpires != w.clock.now().Add(time.Hour).Truncate(time.Second).UnixMilli() {
		t.Fatalf("%+v", r)
	}
	again, err := w.server.Login(context.Background(), byIssuer(o.token("https://id.example.com", "alice", time.Hour)))
	w.must(err)
	if again.UID != r.UID {
		t.Errorf("another account at the second login: %+v", again)
	}
	for _, password := range []string{"secret", externalMark, externalMark + "https://id.example.com"} {
		wantCode(t, w, byPassword("corp:alice", password, 1), msgdef.CodeBadCredentials)
	}
	wantCode(t, w, byPassword("corp:mallory", "secret", 1), msgdef.CodeBadCredentials)
	for name, token := range map[string][]byte{
		"empty": nil, "zeros": make([]byte, 32), "another issuer": o.token("https://evil.example.com", "alice", time.Hour),
		"a name that is none": o.token("https://id.example.com", "a b", time.Hour),
	} {
		if _, err := w.server.Login(context.Background(), byIssuer(token)); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	wantCode(t, w, byIssuer(o.token("https://id.example.com", "alice", -time.Hour)), msgdef.CodeTokenExpired)
}

// TestAnIssuerHasItsOwnAccounts only: neither those with a password nor those
// of an issuer that had its prefix before.
func TestAnIssuerHasItsOwnAccounts(t *testing.T) {
	w := newWorld(t, 0, openRegistration)
	login(t, w, "corp:alice", "secret", 1) // before anybody reserved such names
	o := newOutside(t, w, "https://id.example.com")
	w.options.Issuers = o.set
	w.restart()
	wantCode(t, w, byIssuer(o.token("https://id.example.com", "alice", time.Hour)), msgdef.CodeBadAccount)
	login(t, w, "corp:alice", "secret", 1)
	if _, err := w.server.Login(context.Background(), byIssuer(o.token("https://id.example.com", "bob", time.Hour))); err != nil {
		t.Fatal(err)
	}
	next := newOutside(t, w, "https://next.example.com")
	w.options.Issuers = next.set
	w.restart()
	wantCode(t, w, byIssuer(next.token("https://next.example.com", "bob", time.Hour)), msgdef.CodeBadAccount)
}

// TestAnIssuerThatIsDown is no fault of who logs in.
func TestAnIssuerThatIsDown(t *testing.T) {
	w := newWorld(t, 0, func(o *Options) { o.Limits.FailuresPerAddress = 2 })
	o := newOutside(t, w, "https://id.example.com")
	o.down = true
	w.options.Issuers = o.set
	w.restart()
	for range 5 {
		wantCode(t, w, byIssuer(o.token("https://id.example.com", "alice", time.Hour)), msgdef.CodeUnavailable)
	}
	o.down = false
	w.clock.add(time.Minute)
	if _, err := w.server.Login(context.Background(), byIssuer(o.token("https://id.example.com", "alice", time.Hour))); err != nil {
		t.Fatal(err)
	}
	forged := []byte(strings.Replace(string(o.token("https://id.example.com", "alice", time.Hour)), ".", ".e", 1))
	wantCode(t, w, byIssuer(forged), msgdef.CodeBadCredentials)
	wantCode(t, w, byIssuer(forged), msgdef.CodeBadCredentials)
	wantCode(t, w, byIssuer(forged), msgdef.CodeBusy)
}
