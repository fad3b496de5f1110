package redistest

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// Sentinels is a master with a replica, watched by one Sentinel.
type Sentinels struct {
	Name            string // of the master, for its clients
	Master, Replica *Server
	Sentinel        *Server
}

// StartSentinels starts all three and returns when the Sentinel would fail over.
func StartSentinels(tb testing.TB) *Sentinels {
	tb.Helper()
	s := &Sentinels{Name: "sim", Master: Start(tb)}
	s.Replica = Start(tb, "--replicaof", "127.0.0.1", strconv.Itoa(s.Master.port))
	file := filepath.Join(tb.TempDir(), "sentinel.conf")
	settings := fmt.Sprintf("sentinel monitor %s 127.0.0.1 %d 1\nsentinel down-after-milliseconds %s 1000\n",
		s.Name, s.Master.port, s.Name)
	if err := os.WriteFile(file, []byte(settings), 0o600); err != nil {
		tb.Fatal(err)
	}
	s.Sentinel = &Server{tb: tb, port: freePort(tb)}
	s.Sentinel.args = []string{file, "--port", strconv.Itoa(s.Sentinel.port), "--bind", "127.0.0.1", "--sentinel"}
	tb.Cleanup(s.Sentinel.Kill)
	s.Sentinel.Restart()
	s.await(tb)
	return s
}

// await returns when the replica follows and the Sentinel knows it.
func (s *Sentinels) await(tb testing.TB) {
	tb.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		known, _ := s.Sentinel.command("SENTINEL REPLICAS " + s.Name)
		follows, _ := s.Replica.command("INFO replication")
		if bytes.Contains(known, []byte(strconv.Itoa(s.Replica.port))) && bytes.Contains(follows, []byte("master_link_status:up")) {
			return
		}
		if time.Now().After(deadline) {
			tb.Fatalf("the Sentinel knows %q, the replica says %q", known, follows)
		}
	}
}
