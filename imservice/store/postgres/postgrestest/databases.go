package postgrestest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
)

// envServer names the URL of the server that the tests of a process use. Who sets
// it runs them on a server of their own, which may be a YugabyteDB.
const envServer = "SIM_TEST_POSTGRES"

const advice = "postgres is not installed: apt-get install postgresql"

// Main is TestMain of a package whose tests call Database: one server for all of
// them, and gone afterwards. It returns the exit code.
func Main(m interface{ Run() int }) int {
	if os.Getenv(envServer) != "" {
		return m.Run()
	}
	bin, err := programs()
	if err != nil {
		return m.Run() // the tests say so
	}
	// Killing a server loses nothing without fsync either, only a power cut does.
	s, err := start(bin, "fsync=off")
	if err != nil {
		fmt.Fprintln(os.Stderr, "postgrestest:", err)
		return 1
	}
	defer s.remove()
	if err := os.Setenv(envServer, s.URL("postgres")); err != nil {
		fmt.Fprintln(os.Stderr, "postgrestest:", err)
		return 1
	}
	return m.Run()
}

// Database makes an empty database for a test and returns its URL. To the program
// it is one; to the server it is a schema, which is made in a tenth of the time.
// Where no postgres is installed the test is skipped, or fails when CI is set to
// true.
func Database(tb testing.TB) string {
	tb.Helper()
	server := os.Getenv(envServer)
	if server == "" {
		need(tb)
		tb.Fatal("TestMain does not call postgrestest.Main")
	}
	return schema(tb, server)
}

// Run runs a statement in a database.
func Run(tb testing.TB, url, statement string) {
	tb.Helper()
	if err := execute(url, statement); err != nil {
		tb.Fatal(err)
	}
}

// schema makes an empty schema and returns the URL that leads into it.
func schema(tb testing.TB, server string) string {
	tb.Helper()
	at, err := url.Parse(server)
	if err != nil {
		tb.Fatalf("%s: %v", envServer, err)
	}
	name := fmt.Sprintf("t%d", rand.Uint64())
	if err := execute(server, "CREATE SCHEMA "+name); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := execute(server, "DROP SCHEMA "+name+" CASCADE"); err != nil {
			tb.Logf("drop %s: %v", name, err)
		}
	})
	query := at.Query()
	query.Set("search_path", name)
	at.RawQuery = query.Encode()
	return at.String()
}

// Start starts a server that only this test has, and may kill. Options are
// settings, NAME=VALUE.
func Start(tb testing.TB, options ...string) *Server {
	tb.Helper()
	need(tb)
	bin, err := programs()
	if err != nil {
		tb.Fatal(err)
	}
	s, err := start(bin, options...)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(s.remove)
	return s
}

// need skips the test, or fails it when CI is set to true, where no postgres is
// installed.
func need(tb testing.TB) {
	tb.Helper()
	if _, err := programs(); err == nil {
		return
	}
	if os.Getenv("CI") == "true" {
		tb.Fatal(advice)
	}
	tb.Skip(advice)
}

// programs returns the folder of postgres and initdb, which Debian keeps out of
// the path.
func programs() (string, error) {
	if at, err := exec.LookPath("initdb"); err == nil {
		at, err = filepath.EvalSymlinks(at)
		return filepath.Dir(at), err
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil || len(found) == 0 {
		return "", errors.New(advice)
	}
	slices.Sort(found)
	return filepath.Dir(found[len(found)-1]), nil
}
