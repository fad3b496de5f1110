package node

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/route/registry"
)

// TestOtherVersion refuses a route that speaks another version, and names both.
func TestOtherVersion(t *testing.T) {
	w := newWorld(t)
	reg, _ := w.reg()
	newer := registry.Instance{
		Role: registry.Route, Region: DefaultRegion, ID: "r9", Epoch: 1, Addr: "127.0.0.1:1", RPC: rpc.Version + 1,
	}
	defer reg.Announce(newer)()
	g := w.gate("g1")
	want := fmt.Sprintf("route r9 speaks RPC version %d, this gate speaks %d", rpc.Version+1, rpc.Version)
	w.readyz(g.HTTPAddr(), want)
	w.await("the log to say so", func() bool { return strings.Contains(w.log.String(), want) })
	if err := w.stranger("alice", g.Addr()).Connect(w.within()); err == nil {
		t.Error("a login without a route of the same version")
	}

	old := newer
	old.Role, old.ID = registry.Gate, "g9"
	defer reg.Announce(old)()
	w.imservice("m1")
	w.route("r1") // of this version: both work side by side
	w.ready(g)
	w.user("alice", g.Addr())
	want = fmt.Sprintf("gate g9 speaks RPC version %d, this route speaks %d", rpc.Version+1, rpc.Version)
	w.await("the route to say so", func() bool { return strings.Contains(w.log.String(), want) })
}

// TestOptions lists every mistake, in the names of flags.
func TestOptions(t *testing.T) {
	tests := map[string]struct {
		start func() error
		want  []string
	}{
		"nothing": {
			func() error { _, err := StartGate(t.Context(), GateOptions{}); return err },
			[]string{"--id: ", "--redis: ", "--rpc: ", "--listen: ", "--key or --root-key: "},
		},
		"other machines": {
			func() error {
				_, err := StartRoute(t.Context(), RouteOptions{Common: Common{ID: "r", RPC: "0.0.0.0:1", Redis: Redis{URL: "redis://x:1"}}})
				return err
			},
			[]string{"--rpc-advertise: "},
		},
		"plain": {
			func() error {
				_, err := StartRoute(t.Context(), RouteOptions{Common: Common{ID: "r", RPC: "10.0.0.1:1", Redis: Redis{URL: "redis://x:1", Nodes: []string{"y:1"}}}})
				return err
			},
			[]string{"--redis and --redis-nodes", "--rpc: 10.0.0.1:1 is reached from other machines: give --rpc-cert"},
		},
		"half of TLS": {
			func() error {
				_, err := StartIMService(t.Context(), IMServiceOptions{Common: Common{
					ID: "m", RPC: "10.0.0.1:1", TLS: Credentials{Cert: "x"}, Redis: Redis{Master: "x"},
				}})
				return err
			},
			[]string{"--redis: ", "--rpc-cert, --rpc-key and --rpc-ca: ", "--data: "},
		},
		"no URL": {
			func() error {
				_, err := StartRoute(t.Context(), RouteOptions{Common: Common{ID: "r", RPC: "127.0.0.1:0", Redis: Redis{URL: "http://x"}}})
				return err
			},
			[]string{"invalid URL scheme"},
		},
		"no files": {
			func() error {
				_, err := StartRoute(t.Context(), RouteOptions{Common: Common{
					ID: "r", RPC: "127.0.0.1:0", TLS: Credentials{"a", "b", "c"}, Redis: Redis{URL: "redis://x:1"},
				}})
				return err
			},
			[]string{"--rpc-ca: open c"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			err := tt.start()
			var options *OptionsError
			if !errors.As(err, &options) {
				t.Fatalf("got %v", err)
			}
			if n := len(strings.Split(err.Error(), "\n")); n != len(tt.want) {
				t.Errorf("%d mistakes, want %d: %v", n, len(tt.want), err)
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("lacks %q:\n%v", want, err)
				}
			}
		})
	}
}

// TestTaken leaves nothing behind when something belongs to somebody else.
func TestTaken(t *testing.T) {
	w := newWorld(t)
	data := t.TempDir()
	w.imserviceAt("m1", data)
	_, err := StartIMService(t.Context(), IMServiceOptions{Common: w.common("m2"), Data: filepath.Join(data, "store")})
	if !errors.Is(err, store.ErrInUse) {
		t.Errorf("a folder in use: %v", err)
	}
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for flag, set := range map[string]func(*GateOptions){
		"--listen: ": func(o *GateOptions) { o.Listen = taken.Addr().String() },
		"--http: ":   func(o *GateOptions) { o.HTTP = taken.Addr().String() },
		"--rpc: ":    func(o *GateOptions) { o.RPC = taken.Addr().String() },
	} {
		o := w.gateOptions("g")
		set(&o)
		if _, err := StartGate(t.Context(), o); err == nil || !strings.HasPrefix(err.Error(), flag) || !strings.Contains(err.Error(), "in use") {
			t.Errorf("%s%v", flag, err)
		}
	}
}

// TestTLS has processes certify one another, and refuse who cannot.
func TestTLS(t *testing.T) {
	w := newWorld(t)
	own, others := newAuthority(t), newAuthority(t)
	start := func(id string, c Credentials) *Route {
		o := RouteOptions{Common: w.common(id)}
		o.TLS = c
		r, err := StartRoute(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		w.closes(r)
		return r
	}
	m := IMServiceOptions{Common: w.common("m1"), Data: filepath.Join(t.TempDir(), "store"), MinFree: -1, OpenRegistration: true}
	m.TLS = own.certify(t, PeerName)
	service, err := StartIMService(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	w.closes(service)
	good := start("good", own.certify(t, PeerName))
	w.ready(good)
	w.await("a master", func() bool { _, master := good.Master(); return master })
	for id, c := range map[string]Credentials{
		"plain": {}, "stranger": others.certify(t, PeerName),
	} {
		bad := start(id, c)
		w.await(id+" to be refused", func() bool {
			return strings.Contains(w.log.String(), "id="+id+" region=default error=")
		})
		if _, master := bad.Master(); master {
			t.Errorf("%s is master", id)
		}
	}

	misnamed := IMServiceOptions{Common: w.common("m2"), Data: filepath.Join(t.TempDir(), "store"), MinFree: -1}
	misnamed.TLS, misnamed.Region = own.certify(t, "somebody"), "elsewhere"
	w.close(service)
	second, err := StartIMService(t.Context(), misnamed)
	if err != nil {
		t.Fatal(err)
	}
	w.closes(second)
	w.await("a service of another name to be refused", func() bool {
		return strings.Contains(w.log.String(), "not "+PeerName)
	})
}

// authority certifies processes.
type authority struct {
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
	file string
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	cert := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "sim"}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, cert, cert, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	a := &authority{key: key, cert: cert, file: filepath.Join(t.TempDir(), "ca.pem")}
	writePEM(t, a.file, "CERTIFICATE", der)
	return a
}

// certify returns credentials for a name.
func (a *authority) certify(t *testing.T, name string) Credentials {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: big.NewInt(2), DNSNames: []string{name},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		NotBefore:   time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}, a.cert, key.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	c := Credentials{Cert: filepath.Join(folder, "cert.pem"), Key: filepath.Join(folder, "key.pem"), CA: a.file}
	writePEM(t, c.Cert, "CERTIFICATE", der)
	writePEM(t, c.Key, "PRIVATE KEY", secret)
	return c
}

func writePEM(t *testing.T, file, kind string, der []byte) {
	t.Helper()
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
}
