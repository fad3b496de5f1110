package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/sim-im/sim/imservice"
	"github.com/sim-im/sim/msgdef/secure"
	"github.com/sim-im/sim/tools/dev"
	"github.com/sim-im/sim/tools/freeport"
	"github.com/sim-im/sim/tools/ops"
)

// TestMain lets scripts run this test binary as sim, and tests as a business
// service.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"sim": main, "desk": deskMain})
}

// TestScripts runs testdata/script. Each script has a server of its own in
// .sim, which SIM_SERVER names, and a picture dot.png; $FREE, $FREE_HTTP and so on are addresses where
// nobody listens, $FREE_PORT and so on their ports, and stranger.json holds roots of somebody else.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		Setup:               setup,
		RequireExplicitExec: true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"code":    code,
			"ready":   ready,
			"missing": missing,
			"await":   await,
		},
	})
}

// patience is how long a script waits for what must come.
const patience = 60 * time.Second

// picture writes dot.png.
func picture(dir string) error {
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 2, 2))); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "dot.png"), b.Bytes(), 0o600)
}

func setup(env *testscript.Env) error {
	if err := picture(env.WorkDir); err != nil {
		return err
	}
	server, err := dev.Start(context.Background(), dev.Options{
		Data: filepath.Join(env.WorkDir, ".sim"), Listen: "127.0.0.1:0", MinFree: -1,
		Media:        ops.MediaOptions{Listen: "127.0.0.1:0", Dir: filepath.Join(env.WorkDir, ".sim", "media"), Most: 1 << 20},
		PasswordCost: imservice.PasswordCost{MemoryKiB: 64, Iterations: 1, Parallelism: 1},
	})
	if err != nil {
		return err
	}
	env.Defer(func() { server.Close(context.Background()) })
	env.Setenv("SIM_SERVER", server.Addr())
	names := []string{"FREE", "FREE_HTTP", "SECOND", "SECOND_HTTP", "M_HTTP", "R_HTTP", "P_HTTP", "REDIS", "NSQD"}
	addrs, err := freeport.Addrs(len(names))
	if err != nil {
		return err
	}
	for i, name := range names {
		env.Setenv(name, addrs[i])
		env.Setenv(name+"_PORT", addrs[i][strings.LastIndex(addrs[i], ":")+1:])
	}
	return strangers(filepath.Join(env.WorkDir, "stranger.json"))
}

func strangers(file string) error {
	key, err := secure.NewRootKey(rand.Reader)
	if err != nil {
		return err
	}
	roots, err := secure.NewRoots(key.Public())
	if err != nil {
		return err
	}
	return os.WriteFile(file, roots.JSON(), 0o600)
}

// code runs a program and compares its exit code: code N program args...
func code(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: code N program args...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	var exit *exec.ExitError
	got := 0
	if errors.As(err, &exit) {
		got = exit.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// await waits until a file has a line that matches: await FILE PATTERN.
func await(ts *testscript.TestScript, _ bool, args []string) {
	pattern, err := regexp.Compile("(?m)" + args[1])
	ts.Check(err)
	for end := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		text, err := os.ReadFile(ts.MkAbs(args[0]))
		if err == nil && pattern.Match(text) {
			return
		}
		if time.Now().After(end) {
			ts.Fatalf("still waiting for %s in %s:\n%s", args[1], args[0], text)
		}
	}
}

// missing waits until a server says what it lacks: missing HOST:PORT PATTERN.
func missing(ts *testscript.TestScript, _ bool, args []string) {
	pattern, err := regexp.Compile("(?m)" + args[1])
	ts.Check(err)
	for end := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		text := []byte("nobody answers")
		if answer, err := http.Get("http://" + args[0] + "/readyz"); err == nil {
			text, err = io.ReadAll(answer.Body)
			ts.Check(errors.Join(err, answer.Body.Close()))
			if answer.StatusCode == http.StatusServiceUnavailable && pattern.Match(text) {
				return
			}
		}
		if time.Now().After(end) {
			ts.Fatalf("%s does not say %s:\n%s", args[0], args[1], text)
		}
	}
}

// ready waits until a server says that it is: ready HOST:PORT.
func ready(ts *testscript.TestScript, _ bool, args []string) {
	for end := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		answer, err := http.Get("http://" + args[0] + "/readyz")
		if err == nil {
			answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				return
			}
			err = fmt.Errorf("it answers %s", answer.Status)
		}
		if time.Now().After(end) {
			ts.Fatalf("%s is not ready: %v", args[0], err)
		}
	}
}
