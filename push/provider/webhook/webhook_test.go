package webhook_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"go.uber.org/goleak"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/push/provider"
	"github.com/sim-im/sim/push/provider/webhook"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

func notification() *provider.Notification {
	return &provider.Notification{
		ID: "msg_0123456789abcdef0123456789abcdef", UID: 1<<63 + 1, Device: 9, Token: []byte{0, 1, 255},
		From: "alice", Conversation: msgdef.Pair(7, 8), CSeq: 12, USeq: 34,
		Kind: msgdef.ContentText, Text: "grüß \"dich\" <b>", At: time.UnixMilli(1767323045678),
	}
}

// endpoint serves handler and returns a provider that calls it.
func endpoint(t *testing.T, timeout time.Duration, handler http.HandlerFunc) *webhook.Provider {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	p, err := webhook.New(webhook.Options{URL: server.URL + "/push", Secret: secret, Timeout: timeout})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

// TestSigned has the library verify what a real server gets.
func TestSigned(t *testing.T) {
	verifier, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	calls := 0
	p := endpoint(t, 0, func(w http.ResponseWriter, r *http.Request) {
		calls++
		body, _ := io.ReadAll(r.Body)
		if err := verifier.Verify(body, r.Header); err != nil {
			t.Errorf("signature: %v", err)
		}
		if verifier.Verify(append(body, ' '), r.Header) == nil {
			t.Error("the signature does not cover the body")
		}
		if id := r.Header.Get("webhook-id"); id != notification().ID {
			t.Errorf("id %q", id)
		}
		if r.Method != http.MethodPost || r.URL.Path != "/push" || r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s %s %v", r.Method, r.URL, r.Header)
		}
		checkBody(t, body)
		w.WriteHeader(http.StatusAccepted)
	})
	if err := p.Push(t.Context(), notification()); err != nil || calls != 1 {
		t.Errorf("%d calls, %v", calls, err)
	}
}

func checkBody(t *testing.T, body []byte) {
	t.Helper()
	var got struct {
		Type      string
		Timestamp time.Time
		Data      map[string]any
	}
	if err := json.Unmarshal(body, &got); err != nil {
		t.Fatal(err)
	}
	if got.Type != "push" || !got.Timestamp.Equal(notification().At) {
		t.Errorf("%s at %v", got.Type, got.Timestamp)
	}
	for name, want := range map[string]any{
		"uid": "9223372036854775809", "device": "9", "token": base64.StdEncoding.EncodeToString([]byte{0, 1, 255}),
		"from": "alice", "conversation": "00000000000000070000000000000008",
		"cseq": "12", "useq": "34", "kind": 1.0, "text": "grüß \"dich\" <b>",
	} {
		if got.Data[name] != want {
			t.Errorf("%s is %v, want %v", name, got.Data[name], want)
		}
	}
}

// TestAnswers holds each answer against doc.go.
func TestAnswers(t *testing.T) {
	for name, tt := range map[string]struct {
		status int
		header string
		want   provider.Verdict
		after  time.Duration
	}{
		"gone":         {410, "", provider.TokenDead, 0},
		"busy":         {429, "7", provider.Retry, 7 * time.Second},
		"busy forever": {429, "999999", provider.Retry, 5 * time.Minute},
		"bad header":   {503, "soon", provider.Retry, 0},
		"past":         {503, "Fri, 02 Jan 2026 03:04:05 GMT", provider.Retry, 0},
		"broken":       {500, "", provider.Retry, 0},
		"too early":    {425, "", provider.Retry, 0},
		"bad request":  {400, "9", provider.Refused, 0},
		"not found":    {404, "", provider.Refused, 0},
		"redirect":     {307, "", provider.Refused, 0},
	} {
		t.Run(name, func(t *testing.T) {
			calls := 0
			p := endpoint(t, 0, func(w http.ResponseWriter, _ *http.Request) {
				calls++
				w.Header().Set("Retry-After", tt.header)
				w.Header().Set("Location", "/elsewhere")
				w.WriteHeader(tt.status)
			})
			verdict, after := provider.Judge(p.Push(t.Context(), notification()))
			if verdict != tt.want || after != tt.after || calls != 1 {
				t.Errorf("%v after %v in %d calls, want %v after %v", verdict, after, calls, tt.want, tt.after)
			}
		})
	}
}

// TestEndless gives up a body that does not end, and an answer that does not
// come.
func TestEndless(t *testing.T) {
	p := endpoint(t, 0, func(w http.ResponseWriter, r *http.Request) {
		for chunk := make([]byte, 64<<10); ; {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	})
	if err := p.Push(t.Context(), notification()); err != nil {
		t.Errorf("a 200 with an endless body: %v", err)
	}
	p = endpoint(t, 50*time.Millisecond, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.ReadAll(r.Body)
		<-r.Context().Done()
	})
	if verdict, _ := provider.Judge(p.Push(t.Context(), notification())); verdict != provider.Retry {
		t.Errorf("no answer means %v", verdict)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if verdict, _ := provider.Judge(p.Push(ctx, notification())); verdict != provider.Retry {
		t.Errorf("given up means %v", verdict)
	}
}

// TestAbsent has nobody listen, and does not show the URL's password.
func TestAbsent(t *testing.T) {
	p, err := webhook.New(webhook.Options{URL: "http://u:passw0rd@127.0.0.1:1/x", Secret: secret})
	if err != nil {
		t.Fatal(err)
	}
	err = p.Push(t.Context(), notification())
	if verdict, _ := provider.Judge(err); verdict != provider.Retry || strings.Contains(err.Error(), "passw0rd") {
		t.Errorf("%v", err)
	}
}

// TestRefusedOptions names what is wrong, and not the secret.
func TestRefusedOptions(t *testing.T) {
	for name, tt := range map[string]struct{ url, secret, want string }{
		"no url":       {"", secret, "URL"},
		"no scheme":    {"example.org/x", secret, "URL"},
		"other scheme": {"ftp://example.org", secret, "URL"},
		"plain":        {"http://example.org/x", secret, "loopback"},
		"lookalike":    {"http://127.0.0.1.example.org/x", secret, "loopback"},
		"no secret":    {"https://example.org/x", "", "no secret"},
		"not base64":   {"https://example.org/x", "whsec_p@ss!", "not base64"},
		"short":        {"https://example.org/x", "whsec_c2hvcnQ=", "5 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := webhook.New(webhook.Options{URL: tt.url, Secret: tt.secret})
			if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "p@ss") {
				t.Errorf("%v, want %q", err, tt.want)
			}
		})
	}
	for _, url := range []string{"https://example.org/x", "http://localhost:1/x", "http://[::1]:1/x"} {
		if _, err := webhook.New(webhook.Options{URL: url, Secret: secret}); err != nil {
			t.Errorf("%s: %v", url, err)
		}
	}
}
