package ops

import (
	"fmt"
	"net"
	"net/netip"
)

// webAddress is where strangers reach a server by HTTP: over TLS with a certificate
// of its own, or in plaintext, and then from this machine only.
type webAddress struct {
	flag      string // that gives listen
	files     string // what the flags of cert and key begin with
	listen    string
	cert, key string
	port      int    // of an example
	also      string // what a proxy asks for beside
}

// mistakes returns what is wrong with it, also when it is nowhere.
func (a webAddress) mistakes() (errs []error) {
	both := a.files + "-cert and " + a.files + "-key"
	if (a.cert == "") != (a.key == "") {
		errs = append(errs, fmt.Errorf("%s: give both of them or none", both))
	}
	host, _, err := net.SplitHostPort(a.listen)
	switch {
	case a.listen == "":
	case err != nil:
		errs = append(errs, fmt.Errorf("%s: %q is not HOST:PORT", a.flag, a.listen))
	case a.cert == "" && a.key == "" && !OnlyHere(host):
		errs = append(errs, fmt.Errorf("%s: %s is reached from other machines: give %s, or an address like 127.0.0.1:%d and a proxy there that ends TLS%s",
			a.flag, a.listen, both, a.port, a.also))
	}
	return errs
}

// OnlyHere tells whether a host is this machine, and nobody else can call it.
func OnlyHere(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}
