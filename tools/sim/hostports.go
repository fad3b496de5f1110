package main

import "github.com/sim-im/sim/tools/ops"

// hostPorts are addresses as a flag takes them, separated by commas.
type hostPorts []ops.HostPort

func (h hostPorts) strings() []string {
	list := make([]string, len(h))
	for i, address := range h {
		list[i] = address.String()
	}
	return list
}
