package msgdef

import (
	"log/slog"
	"strings"
	"testing"
)

// TestLogHides checks that a logged message shows neither content nor secrets.
func TestLogHides(t *testing.T) {
	var out strings.Builder
	logger := slog.New(slog.NewTextHandler(&out, nil))
	login := Login{Account: "alice", Secret: []byte("hunter2")}
	logger.Info("in", "login", &login, "send", &Send{Kind: ContentText, Body: []byte("hello")})
	logger.Info("by value", "login", login)
	got := out.String()
	for _, want := range []string{"login.Account=alice", "login.Secret=hidden", "send.Kind=text", "send.Body.len=5"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in %s", want, got)
		}
	}
	for _, hidden := range []string{"hunter2", "hello", "104 101"} {
		if strings.Contains(got, hidden) {
			t.Errorf("%q is in %s", hidden, got)
		}
	}
}

// TestNames checks the names that logs and clients show.
func TestNames(t *testing.T) {
	tests := map[string]string{
		CodeOK.String():             "ok",
		CodeBadCredentials.String(): "bad_credentials",
		ErrorCode(999).String():     "ErrorCode(999)",
		SyncTooLong.String():        "too_long",
		TypeLoginOK.String():        "LoginOK",
		Type(0x7777).String():       "Type(0x7777)",
	}
	for got, want := range tests {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
