package postgrestest

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/sim-im/sim/tools/freeport"
)

// patience is how long a server may take to answer. It decides nothing but when
// a broken test ends.
const patience = time.Minute

// Server is a postgres with a data folder of its own.
type Server struct {
	bin, dir string
	port     int
	options  []string
	owner    *syscall.SysProcAttr
	log      lockedBuffer // what it wrote

	mu   sync.Mutex
	cmd  *exec.Cmd // nil while it does not run
	died chan struct{}
}

// start makes a data folder and starts a server on it.
func start(bin string, options ...string) (*Server, error) {
	dir, err := os.MkdirTemp("", "sim-postgres-")
	if err != nil {
		return nil, err
	}
	s := &Server{bin: bin, dir: dir, options: options}
	if err = s.settle(); err == nil {
		err = s.Restart()
	}
	if err != nil {
		s.remove()
		return nil, err
	}
	return s, nil
}

// settle makes the data folder, which belongs to whoever runs the server: that
// cannot be root.
func (s *Server) settle() (err error) {
	if s.owner, err = owner(s.dir); err != nil {
		return err
	}
	if s.port, err = freeport.Port(); err != nil {
		return err
	}
	// What was not synced outlasts a killed process, and only that is tried here.
	cmd := exec.Command(filepath.Join(s.bin, "initdb"), "--pgdata", s.data(), "--username", "sim", "--auth", "trust",
		"--encoding", "UTF8", "--locale", "C", "--no-sync", "--no-instructions")
	cmd.Dir, cmd.SysProcAttr = s.dir, s.owner
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	return nil
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }

// owner gives dir away when this process is root's, and returns what makes
// a process the new owner's.
func owner(dir string) (*syscall.SysProcAttr, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, errUID := strconv.Atoi(u.Uid)
		gid, errGID := strconv.Atoi(u.Gid)
		if errUID != nil || errGID != nil {
			continue
		}
		as := &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		return &syscall.SysProcAttr{Credential: as}, os.Chown(dir, uid, gid)
	}
	return nil, fmt.Errorf("postgres does not run as root, and there is no user postgres or nobody")
}

// Database makes an empty database for a test, see the function.
func (s *Server) Database(tb testing.TB) string {
	tb.Helper()
	return schema(tb, s.URL("postgres"))
}

// Terminate ends backends of databases' clients as an operator would, of about
// half of them, chosen by chance.
func (s *Server) Terminate() error {
	return s.exec(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
		WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() AND random() < 0.5`)
}

// URL names a database of the server. It stays the same over Restart.
func (s *Server) URL(database string) string {
	u := url.URL{
		Scheme: "postgres", User: url.User("sim"), Host: net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)),
		Path: "/" + database, RawQuery: "sslmode=disable",
	}
	return u.String()
}

// Kill ends the server and all of its backends with SIGKILL, if it runs, and
// waits until they are gone.
func (s *Server) Kill() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cmd == nil {
		return
	}
	pid := s.cmd.Process.Pid
	_ = syscall.Kill(pid, syscall.SIGSTOP) // so that no more are born; all may be gone already
	backends := children(pid)
	_ = syscall.Kill(pid, syscall.SIGKILL)
	for _, backend := range backends {
		_ = syscall.Kill(backend, syscall.SIGKILL)
	}
	<-s.died
	s.cmd = nil
}

// children returns the processes that a server has made, where the system tells.
// Others end by themselves when their parent is gone.
func children(pid int) (list []int) {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%[1]d/task/%[1]d/children", pid))
	for _, field := range strings.Fields(string(text)) {
		if child, err := strconv.Atoi(field); err == nil {
			list = append(list, child)
		}
	}
	return list
}

// Restart starts the server on its old port and data, after killing it if it
// runs, and returns when it answers.
func (s *Server) Restart() error {
	s.Kill()
	s.mu.Lock()
	defer s.mu.Unlock()
	args := []string{
		"-D", s.data(), "-p", strconv.Itoa(s.port), "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=",
		"-c", "max_connections=200", "-c", "shared_buffers=64MB", "-c", "log_min_messages=warning",
	}
	for _, o := range s.options {
		args = append(args, "-c", o)
	}
	cmd := exec.Command(filepath.Join(s.bin, "postgres"), args...)
	cmd.Dir, cmd.SysProcAttr = s.dir, s.owner
	cmd.Stdout, cmd.Stderr = &s.log, &s.log
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("postgres: %w", err)
	}
	died := make(chan struct{})
	go func() {
		_ = cmd.Wait() // killed, mostly; what else it says is in the log
		close(died)
	}()
	s.cmd, s.died = cmd, died
	return s.await()
}

// await returns when the server answers.
func (s *Server) await() error {
	deadline := time.Now().Add(patience)
	for {
		err := s.exec("SELECT 1")
		if err == nil {
			return nil
		}
		select {
		case <-s.died:
			return fmt.Errorf("postgres ended:\n%s", s.log.String())
		case <-time.After(20 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("postgres does not answer: %w\n%s", err, s.log.String())
		}
	}
}

// exec runs a statement in the database that every server has.
func (s *Server) exec(statement string) error { return execute(s.URL("postgres"), statement) }

// execute runs a statement over a connection of its own.
func execute(at, statement string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, at)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, statement)
	return err
}

// remove ends the server for good.
func (s *Server) remove() {
	s.Kill()
	_ = os.RemoveAll(s.dir) // a folder left in the system's own is no failure of a test
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
