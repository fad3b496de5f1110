package main

import "github.com/sim-im/sim/tools/ops"

// wsFlags say where browsers connect.
type wsFlags struct {
	WS       ops.HostPort `env:"SIM_WS" name:"ws" placeholder:"HOST:PORT" help:"Where browsers connect, over WebSocket at the path /sim. Nowhere unless given; without TLS on this machine only."`
	WSOrigin []string     `env:"SIM_WS_ORIGIN" name:"ws-origin" placeholder:"ORIGIN" help:"Site whose pages may connect, like https://chat.example.com, *.example.com or localhost:5173; may be given several times. That of --ws itself may in any case."`
}
