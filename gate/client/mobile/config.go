package mobile

import (
	"fmt"
	"strings"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/secure"
)

// Config says where to connect and who to be.
type Config struct {
	Addresses string // HOST:PORT of gates, with commas between
	Roots     []byte // the server's roots.json, as the app ships it
	StatePath string // of a file for the device's state, in a folder of the app; queued messages are kept beside it
	Account   string
	Password  string // empty when the state has a token
	Token     []byte // instead of a password
	Platform  int    // 2 phone, 3 tablet; see msgdef.Platform
	App       string // name and version, "chat/2.1.0"
	Network   string // kind of network, "wifi" or "cell"
	TCPOnly   bool   // no QUIC

	TokenSource TokenSource // instead of Account, Password and Token; nil means none
	Receipts    Receipts    // is told what was delivered; nil means nobody
}

// NewConfig returns a Config of a phone.
func NewConfig() *Config { return &Config{Platform: int(msgdef.PlatformPhone)} }

// options converts a Config. The error says what is wrong and what would be
// right.
func (c *Config) options() (client.Options, error) {
	if c.StatePath == "" {
		return client.Options{}, fmt.Errorf("mobile: StatePath is empty; a file in a folder of the app")
	}
	if c.Platform < 0 || c.Platform > 255 {
		return client.Options{}, fmt.Errorf("mobile: Platform is %d; 0 to 255", c.Platform)
	}
	roots, err := secure.ParseRoots(c.Roots)
	if err != nil {
		return client.Options{}, fmt.Errorf("mobile: Roots: %w", err)
	}
	o := client.Options{
		Addresses: addresses(c.Addresses), Roots: roots,
		Account: c.Account, Password: c.Password, Token: c.Token,
		Platform: msgdef.Platform(c.Platform), App: c.App, Network: c.Network,
		State: client.NewFileState(c.StatePath),
	}
	if c.TokenSource != nil {
		o.TokenSource = asking(c.TokenSource)
	}
	if c.TCPOnly {
		o.Dialer = client.TCPOnly()
	}
	return o, nil
}

func addresses(text string) (list []string) {
	for _, address := range strings.Split(text, ",") {
		if address = strings.TrimSpace(address); address != "" {
			list = append(list, address)
		}
	}
	return list
}
