package node

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"time"

	"github.com/sim-im/sim/route/registry"
	"github.com/sim-im/sim/tools/ops"
)

// DefaultRegion is the region of an installation that has only one.
const DefaultRegion = "default"

// Common is what every role is told. ID and one of Redis and Registry are
// needed.
type Common struct {
	ID     string // unique in its role, 1 to 64 bytes
	Region string // "" means DefaultRegion

	HTTP      string // HOST:PORT for operators; "" for none
	RPC       string // HOST:PORT for other processes; push has none
	Advertise string // HOST:PORT where others reach RPC; "" means the address it listens at
	TLS       Credentials

	Redis    Redis             // where the registry is kept
	Registry registry.Registry // instead of Redis; it stays the caller's to close

	Metrics []ops.Source // shown to operators beside the role's own

	Logger *slog.Logger     // nil discards
	Now    func() time.Time // nil means time.Now

	// Settle is how long others get to see that this process left the registry,
	// before it takes no more calls; 0 means 1 s, negative none.
	Settle time.Duration
}

func (c Common) withDefaults() Common {
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Region == "" {
		c.Region = DefaultRegion
	}
	if c.Settle == 0 {
		c.Settle = time.Second
	}
	return c
}

// validate lists everything that is wrong, in the names of the flags of sim's
// commands.
func (c Common) validate(role registry.Role) error {
	c = c.withDefaults()
	var errs []error
	instance := registry.Instance{Role: role, Region: c.Region, ID: c.ID, Addr: c.Advertise}
	if err := instance.Validate(); err != nil {
		errs = append(errs, fmt.Errorf("--id: %w", err))
	}
	if c.Registry == nil {
		errs = append(errs, c.Redis.validate())
	}
	if role != registry.Push {
		errs = append(errs, c.validateRPC())
	}
	return errors.Join(append(errs, c.TLS.validate())...)
}

// validateRPC keeps calls without TLS on this machine: they carry passwords.
func (c *Common) validateRPC() error {
	host, _, err := net.SplitHostPort(c.RPC)
	if err != nil {
		return fmt.Errorf("--rpc: %q is not HOST:PORT", c.RPC)
	}
	if c.Advertise == "" && unspecified(host) {
		return fmt.Errorf("--rpc-advertise: is needed, because others cannot call %s", c.RPC)
	}
	if !c.TLS.given() && !ops.OnlyHere(host) {
		return fmt.Errorf("--rpc: %s is reached from other machines: give --rpc-cert, --rpc-key and --rpc-ca, or an address like 127.0.0.1:0", c.RPC)
	}
	return nil
}

func unspecified(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "" || err == nil && ip.IsUnspecified()
}

// peers is how a role is seen by, and sees, the other processes.
type peers struct {
	server *tls.Config // nil: plain
	client *tls.Config // nil: plain
}
