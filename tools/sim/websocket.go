package main

import "github.com/sim-im/sim/tools/ops"

// wsFlags say where browsers connect.
type wsFlags struct {
	WS       ops.HostPort `env:"SIM_WS" name:"ws" placeholder:"HOST:PORT" help:"Where browsers connect, over WebSocket at the path /sim. Nowhere unless given; without TLS on this machine only."`
	WSOrigin []string     `env:"SIM_WS_ORIGIN" name:"ws-origin" placeholder:"ORIGIN" help:"Site whose pages may connect, like https://chat.example.com, *.example.com or localhost:5173; may be given several times. That of --ws itself may in any case."`
	WSCert   string       `reload:"" env:"SIM_WS_CERT" name:"ws-cert" placeholder:"FILE" help:"Certificate for browsers, PEM; makes it wss. Read anew at SIGHUP and every minute."`
	WSKey    string       `reload:"" env:"SIM_WS_KEY" name:"ws-key" placeholder:"FILE" help:"Its key, PEM."`
}

func (f wsFlags) browsers() ops.WebSocket {
	return ops.WebSocket{Listen: f.WS.String(), Cert: f.WSCert, Key: f.WSKey, Origins: f.WSOrigin}
}
