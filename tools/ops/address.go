package ops

import (
	"fmt"
	"net"
	"strconv"
	"strings"
)

// HostPort is an address as a flag takes it: HOST:PORT, the host may be empty
// for all interfaces, the port is a number from 0 to 65535.
type HostPort string

// UnmarshalText implements encoding.TextUnmarshaler and checks the form; names
// are not looked up.
func (a *HostPort) UnmarshalText(text []byte) error {
	host, port, err := net.SplitHostPort(string(text))
	if err != nil {
		return fmt.Errorf("%q is not HOST:PORT, such as 127.0.0.1:7100", text)
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return fmt.Errorf("%q has no port from 0 to 65535", text)
	}
	if strings.ContainsAny(host, " \t\r\n/") {
		return fmt.Errorf("%q has no valid host", text)
	}
	*a = HostPort(text)
	return nil
}

// String returns the address as it was given.
func (a HostPort) String() string { return string(a) }
