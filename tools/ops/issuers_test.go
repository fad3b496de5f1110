package ops

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func writeIssuers(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "issuers.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestReadIssuers(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("hush\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	set, err := ReadIssuers(writeIssuers(t, `
- issuer: https://id.example.com
  audience: [sim, chat]
  prefix: "corp:"
  jwks: https://id.example.com/keys
  algorithms: [ES256]
- issuer: https://old.example.com
  audience: [sim]
  prefix: "old:"
  introspection: https://old.example.com/introspect
  client_id: sim
  client_secret_file: `+secret+`
  cache: 1m
`))
	if err != nil || !set.Reserved("corp:alice") || !set.Reserved("old:alice") || set.Reserved("alice") {
		t.Errorf("%v", err)
	}
	if set, err := ReadIssuers(""); set != nil || err != nil {
		t.Errorf("no file: %v", err)
	}
}

func TestReadIssuersTellsEveryMistake(t *testing.T) {
	for text, wants := range map[string][]string{
		"":                             {"names no issuer"},
		"- issuer: [":                  {"issuers.yaml:1:"},
		"- {isuer: a, jwk: b}":         {`"isuer" means nothing`, `"jwk" means nothing`},
		"- {issuer: a}\n- {prefix: p}": {`issuer 1, "a": audience`, `issuer 2, "": issuer: is needed`},
		"- {issuer: a, audience: [s], prefix: p, introspection: 'https://x/', client_id: c, client_secret_file: /nowhere}": {"issuer 1: client_secret-file: open /nowhere"},
	} {
		_, err := ReadIssuers(writeIssuers(t, text))
		for _, want := range wants {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%q: %v; want %q", text, err, want)
			}
		}
	}
	if _, err := ReadIssuers(filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("a file that is not there")
	}
}
