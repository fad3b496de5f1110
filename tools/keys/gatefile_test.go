package keys

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sim-im/sim/msgdef/secure"
)

// TestGateFile renews a key beside the one in use, which stays until the
// certificate is there, and takes no certificate that is older.
func TestGateFile(t *testing.T) {
	now := time.Now()
	k := testFolder(t, &now)
	root, roots, err := k.Root()
	if err != nil {
		t.Fatal(err)
	}
	g := GateFile{File: filepath.Join(t.TempDir(), "gate.key"), Now: k.Now}
	certify := func() []byte {
		t.Helper()
		r, _, err := g.Request("g1")
		if err != nil {
			t.Fatal(err)
		}
		c, err := root.Sign(r, Terms(now, time.Hour, 0))
		if err != nil {
			t.Fatal(err)
		}
		return secure.CertificateText(c)
	}
	first, err := g.Install(certify(), roots)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(g.File); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
	same := certify()
	if key, err := FromFile(g.File)(); err != nil || !bytes.Equal(key.Certificate(), first.Certificate()) {
		t.Errorf("a request changed the key in use: %v", err)
	}
	if _, err := g.Install(same, roots); err == nil || !strings.Contains(err.Error(), "it is older") {
		t.Errorf("a certificate of the same moment: %v", err)
	}
	now = now.Add(time.Minute)
	second, err := g.Install(certify(), roots)
	if err != nil || second.Body().Serial <= first.Body().Serial || second.Body().Key == first.Body().Key {
		t.Errorf("%v after %v: %v", second, first, err)
	}
	late := certify()
	now = now.Add(2 * time.Hour)
	if _, err := g.Install(late, roots); err == nil || !strings.Contains(err.Error(), "expired") {
		t.Errorf("an ended certificate: %v", err)
	}
}
