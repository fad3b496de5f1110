package redistest

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/sim-im/sim/tools/freeport"
)

// patience is how long a server may take to answer. It decides nothing but when
// a broken test ends.
const patience = 30 * time.Second

// Server is a redis-server.
type Server struct {
	tb   testing.TB
	port int
	args []string
	log  lockedBuffer // what it wrote

	mu   sync.Mutex
	cmd  *exec.Cmd // nil while it does not run
	died chan struct{}
}

// Start starts a server and returns when it answers. Where no redis-server is
// installed the test is skipped, or fails when CI is set to true. Options are
// those of its command line.
func Start(tb testing.TB, options ...string) *Server {
	tb.Helper()
	s := Prepare(tb, options...)
	s.Restart()
	return s
}

// Prepare is Start of a server that does not run yet: Restart starts it.
func Prepare(tb testing.TB, options ...string) *Server {
	tb.Helper()
	Need(tb)
	s := &Server{tb: tb, port: freePort(tb)}
	s.args = append([]string{
		"--port", strconv.Itoa(s.port), "--bind", "127.0.0.1", "--dir", tb.TempDir(),
		"--save", "", "--appendonly", "no", "--daemonize", "no",
	}, options...)
	tb.Cleanup(s.Kill)
	return s
}

// Need skips the test, or fails it when CI is set to true, where no redis-server
// is installed.
func Need(tb testing.TB) {
	tb.Helper()
	if _, err := exec.LookPath("redis-server"); err == nil {
		return
	}
	const advice = "redis-server is not installed: apt-get install redis-server"
	if os.Getenv("CI") == "true" {
		tb.Fatal(advice)
	}
	tb.Skip(advice)
}

// Addr returns host:port. It stays the same over Restart.
func (s *Server) Addr() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)) }

// Kill ends the server with SIGKILL, if it runs, and waits until it is gone. All
// that was in it is lost.
func (s *Server) Kill() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cmd == nil {
		return
	}
	_ = s.cmd.Process.Kill() // it may be gone already
	<-s.died
	s.cmd = nil
}

// Restart starts the server, which is empty then, on its old port, after killing
// it if it runs. It returns when the server answers.
func (s *Server) Restart() {
	s.tb.Helper()
	s.Kill()
	s.mu.Lock()
	defer s.mu.Unlock()
	cmd := exec.Command("redis-server", s.args...)
	cmd.Stdout, cmd.Stderr = &s.log, &s.log
	if err := cmd.Start(); err != nil {
		s.tb.Fatalf("redis-server: %v", err)
	}
	died := make(chan struct{})
	go func() {
		_ = cmd.Wait() // killed, mostly; what else it says is in the log
		close(died)
	}()
	s.cmd, s.died = cmd, died
	s.await()
}

// Pause stops the server where it is, and Resume lets it go on: its connections
// stay, but nothing answers.
func (s *Server) Pause() { s.signal(syscall.SIGSTOP) }

// Resume ends Pause.
func (s *Server) Resume() { s.signal(syscall.SIGCONT) }

func (s *Server) signal(sig syscall.Signal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cmd == nil {
		s.tb.Fatalf("redis-server %s does not run", s.Addr())
	}
	if err := s.cmd.Process.Signal(sig); err != nil {
		s.tb.Fatal(err)
	}
}

// await returns when the server answers.
func (s *Server) await() {
	s.tb.Helper()
	deadline := time.Now().Add(patience)
	for {
		answer, err := s.command("PING")
		if err == nil && bytes.HasPrefix(answer, []byte("+PONG")) {
			return
		}
		select {
		case <-s.died:
			s.tb.Fatalf("redis-server %s ended:\n%s", s.Addr(), s.log.String())
		case <-time.After(10 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			s.tb.Fatalf("redis-server %s does not answer (%q, %v):\n%s", s.Addr(), answer, err, s.log.String())
		}
	}
}

// Command has the server do what a line says, and returns the start of the answer
// as it stands on the wire.
func (s *Server) Command(line string) string {
	s.tb.Helper()
	answer, err := s.command(line)
	if err != nil || bytes.HasPrefix(answer, []byte("-")) {
		s.tb.Fatalf("redis-server %s: %s: %q, %v", s.Addr(), line, answer, err)
	}
	return string(answer)
}

// command sends one line on a connection of its own and returns the start of the
// answer.
func (s *Server) command(line string) ([]byte, error) {
	conn, err := net.DialTimeout("tcp", s.Addr(), time.Second)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(5 * time.Second)); err != nil {
		return nil, err
	}
	if _, err := fmt.Fprintf(conn, "%s\r\n", line); err != nil {
		return nil, err
	}
	answer := make([]byte, 4096)
	n, err := conn.Read(answer)
	return answer[:n], err
}

// freePort returns a port that no client gets while the server is down.
func freePort(tb testing.TB) int {
	tb.Helper()
	port, err := freeport.Port()
	if err != nil {
		tb.Fatal(err)
	}
	return port
}

// lockedBuffer collects what a process writes.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
