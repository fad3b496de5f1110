package ops

import (
	"strings"
	"testing"
)

// TestBrowsersOptions lists mistakes.
func TestBrowsersOptions(t *testing.T) {
	for want, ws := range map[string]WebSocket{
		"--ws: is needed":               {Cert: "c", Key: "k"},
		"--ws: is needed for":           {Origins: []string{"localhost:5173"}},
		"--ws-cert and --ws-key: give":  {Listen: "127.0.0.1:1", Key: "k"},
		"--ws: 10.0.0.1:1 is reached":   {Listen: "10.0.0.1:1"},
		`--ws: "x" is not HOST:PORT`:    {Listen: "x"},
		`--ws-origin: websocket: origi`: {Listen: "127.0.0.1:1", Origins: []string{"*"}},
	} {
		if err := ws.Validate(); err == nil || !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%+v: %v", ws, err)
		}
	}
	if errs := (WebSocket{}).Validate(); errs != nil {
		t.Errorf("nothing is right as well: %v", errs)
	}
}
