package client

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// Both states pass the same suite.
func TestStates(t *testing.T) {
	for name, open := range map[string]func(*testing.T) func() State{
		"memory": func(*testing.T) func() State {
			m := new(MemoryState)
			return func() State { return m }
		},
		"file": func(t *testing.T) func() State {
			path := filepath.Join(t.TempDir(), "folder", "state.json")
			return func() State { return NewFileState(path) }
		},
	} {
		t.Run(name, func(t *testing.T) { testState(t, open(t)) })
	}
}

func testState(t *testing.T, open func() State) {
	full := Snapshot{
		Account: "älice", UID: 1<<63 + 7, Device: ^uint64(0), Counter: 1<<60 + 1,
		Cursor: 1<<53 + 1, StoreEpoch: 3, Fingerprint: 1<<63 + 3,
		Token: []byte{0, 1, 255}, TokenExpires: time.UnixMilli(1700000000123),
		Rhythms: []Rhythm{
			{Network: "wifi/quic", Good: 45 * time.Second, Bad: time.Minute, Found: time.UnixMilli(1700000000001), Used: time.UnixMilli(1700000000002)},
			{Network: "/tcp", Good: 9 * time.Minute, Used: time.UnixMilli(1700000000001)},
		},
	}
	s := open()
	got, err := s.Load()
	if err != nil || !cmp.Equal(got, Snapshot{}) {
		t.Fatalf("new state: %+v, %v", got, err)
	}
	if _, err := open().Load(); !errors.Is(err, ErrStateLocked) {
		t.Errorf("a second user got %v", err)
	}
	for _, want := range []Snapshot{{Device: 1}, full} {
		if err := s.Save(want); err != nil {
			t.Fatal(err)
		}
	}
	full.Token = []byte{0, 1, 255}
	for range 2 {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		s = open()
		if got, err = s.Load(); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(full, got); diff != "" {
			t.Errorf("after a restart (-want +got):\n%s", diff)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestFileStateIsForItsOwnerOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sub", "state.json")
	// What an earlier crash left open for everybody.
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path+".tmp", []byte("old secrets, and longer than what follows"+strings.Repeat(" ", 4096)), 0o644); err != nil {
		t.Fatal(err)
	}
	s := NewFileState(path)
	if _, err := s.Load(); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Save(Snapshot{Device: 1, Token: []byte("secret")}); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode is %v", info.Mode())
	}
	if _, err := readSnapshot(path); err != nil {
		t.Errorf("not readable: %v", err)
	}
}

// A crash between write and rename, and one in the middle of the write, leave
// the old state.
func TestFileStateSurvivesACrashWhileSaving(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.json")
	s := NewFileState(path)
	if _, err := s.Load(); err != nil {
		t.Fatal(err)
	}
	if err := s.Save(Snapshot{Device: 5, Counter: 1024}); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for n := 0; n <= len(whole); n += 7 {
		if err := os.WriteFile(path+".tmp", whole[:n], 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := readSnapshot(path)
		if err != nil || got.Counter != 1024 {
			t.Fatalf("crash after %d bytes: %+v, %v", n, got, err)
		}
	}
	if err := s.Save(Snapshot{Device: 5, Counter: 2048}); err != nil {
		t.Fatalf("saving after the crash: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestFileStateSaysWhatIsWrong(t *testing.T) {
	for name, text := range map[string]string{
		"empty":          "",
		"no JSON":        "hello",
		"other format":   `{"format":2,"device":"1"}`,
		"no device":      `{"format":1,"device":"0"}`,
		"absurd counter": `{"format":1,"device":"1","counter":"18446744073709551615"}`,
		"negative":       `{"format":1,"device":"-1"}`,
		"too long":       `{"format":1,"device":"1","account":"` + strings.Repeat("a", maxStateFile) + `"}`,
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "state.json")
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			s := NewFileState(path)
			_, err := s.Load()
			if !errors.Is(err, ErrStateDamaged) || !strings.Contains(err.Error(), path) {
				t.Errorf("error is %v", err)
			}
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			if _, err := s.Load(); err != nil {
				t.Errorf("the lock was kept after a failed Load: %v", err)
			}
			s.Close()
		})
	}
}

func TestFileStateCannotBeWritten(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(folder, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := NewFileState(filepath.Join(folder, "state.json")).Load(); err == nil {
		t.Error("a state inside a file was opened")
	}
	if err := NewFileState(folder).Save(Snapshot{Device: 1}); err == nil {
		t.Error("saved without taking the state")
	}
}

func FuzzParseSnapshot(f *testing.F) {
	f.Add([]byte(`{"format":1,"device":"1","counter":"2","token":"AA=="}`))
	f.Add([]byte(`{"format":1,"device":1}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := parseSnapshot(text)
		if err == nil && (s.Device == 0 || s.Counter > maxCounter) {
			t.Errorf("accepted %+v", s)
		}
	})
}

// The lock holds between processes, and a killed one lets go.
func TestFileStateBetweenProcesses(t *testing.T) {
	const variable = "SIM_TEST_HOLD_STATE"
	if path := os.Getenv(variable); path != "" {
		if _, err := NewFileState(path).Load(); err != nil {
			t.Fatal(err)
		}
		fmt.Println("locked")
		select {} // until killed
	}
	path := filepath.Join(t.TempDir(), "state.json")
	holder := exec.Command(os.Args[0], "-test.run=^TestFileStateBetweenProcesses$", "-test.timeout=60s")
	holder.Env = append(os.Environ(), variable+"="+path)
	out, err := holder.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := holder.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := out.Read(make([]byte, 16)); err != nil {
		t.Fatal(err)
	}
	s := NewFileState(path)
	if _, err := s.Load(); !errors.Is(err, ErrStateLocked) {
		t.Errorf("while another process has it: %v", err)
	}
	if err := holder.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if holder.Wait() == nil {
		t.Error("the holder ended by itself")
	}
	if _, err := s.Load(); err != nil {
		t.Errorf("after that process was killed: %v", err)
	}
	s.Close()
}
