package client

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/sim-im/sim/msgdef/secure"
	"pgregory.net/rapid"
)

// TestWallet does to a wallet what a client does, crashes included, and holds
// it against its promises: at most two tickets, none twice, none taken that
// a gate would not take, and none that was taken before.
func TestWallet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var w, saved wallet
		used := map[[16]byte]bool{}
		now := time.Unix(1_700_000_000, 0)
		next := byte(0)
		t.Repeat(map[string]func(*rapid.T){
			"put": func(t *rapid.T) {
				var tickets []Ticket
				for range rapid.IntRange(0, 3).Draw(t, "tickets") {
					if next < 255 && !rapid.Bool().Draw(t, "again") {
						next++
					}
					id := [16]byte{next}
					if used[id] {
						continue // a gate names no ticket twice
					}
					tickets = append(tickets, Ticket{
						ID: id, Suite: secure.Suite(rapid.IntRange(1, 4).Draw(t, "suite")),
						Expires: now.Add(time.Duration(rapid.IntRange(-1, 200).Draw(t, "expires")) * time.Hour),
						Full:    now.Add(-time.Duration(rapid.IntRange(-1, 200).Draw(t, "age")) * time.Hour),
					})
				}
				before := slices.Clone(w)
				w = w.put(tickets)
				if !slices.Equal(before, w[:len(before)]) {
					t.Fatalf("%v became %v", before, w)
				}
			},
			"take": func(t *rapid.T) {
				suite := secure.Suite(rapid.IntRange(1, 4).Draw(t, "suite"))
				ticket, rest, ok := w.take(suite, now)
				w, saved = rest, rest // saved before it is used
				if !ok {
					return
				}
				if used[ticket.ID] {
					t.Fatalf("ticket %d is used twice", ticket.ID[0])
				}
				used[ticket.ID] = true
				if ticket.Suite != suite || !now.Before(ticket.Expires) || now.Sub(ticket.Full) >= fullEvery || now.Sub(ticket.Full) < -time.Minute {
					t.Fatalf("took %+v at %v", ticket, now)
				}
			},
			"save":  func(*rapid.T) { saved = w },
			"crash": func(*rapid.T) { w = saved },
			"wait": func(t *rapid.T) {
				now = now.Add(time.Duration(rapid.IntRange(0, 100).Draw(t, "hours")) * time.Hour)
			},
			"": func(t *rapid.T) {
				if len(w) > maxTickets {
					t.Fatalf("%d tickets", len(w))
				}
				for i, ticket := range w {
					if slices.ContainsFunc(w[:i], func(o Ticket) bool { return o.ID == ticket.ID }) {
						t.Fatalf("ticket %d is there twice", ticket.ID[0])
					}
				}
			},
		})
	})
}

// Taking leaves snapshots that share the wallet as they are.
func TestWalletsDoNotChange(t *testing.T) {
	now := time.Now()
	ticket := func(name byte) Ticket {
		return Ticket{ID: [16]byte{name}, Suite: 1, Expires: now.Add(time.Hour), Full: now}
	}
	full := wallet(nil).put([]Ticket{ticket(1), ticket(2)})
	_, rest, _ := full.take(1, now)
	rest.put([]Ticket{ticket(3)})
	rest.put([]Ticket{ticket(4)})
	if full[0].ID[0] != 1 || full[1].ID[0] != 2 || rest[0].ID[0] != 2 {
		t.Errorf("became %v and %v", full, rest)
	}
}

// A file of before there were tickets is read, and a program of then reads one
// with tickets.
func TestStateFilesOfBeforeTickets(t *testing.T) {
	old := `{"format":1,"account":"alice","uid":"7","device":"5","counter":"1024","cursor":"3","store_epoch":"9","fingerprint":"0","token":"AAE=","token_expires":5}`
	s, err := parseSnapshot([]byte(old))
	if err != nil || s.UID != 7 || len(s.Tickets) != 0 {
		t.Errorf("an old file: %+v, %v", s, err)
	}
	path := filepath.Join(t.TempDir(), "state.json")
	f := NewFileState(path)
	if _, err := f.Load(); err != nil {
		t.Fatal(err)
	}
	s.Tickets = []Ticket{{ID: [16]byte{1}, Secret: [32]byte{2}, Suite: 3, Expires: time.UnixMilli(4), Full: time.UnixMilli(5)}}
	if err := f.Save(s); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(s, must(readSnapshot(path))); diff != "" {
		t.Errorf("after a restart (-want +got):\n%s", diff)
	}
	var before struct {
		Format  int    `json:"format"`
		Counter uint64 `json:"counter,string"`
	}
	if err := json.Unmarshal(must(os.ReadFile(path)), &before); err != nil || before.Format != 1 || before.Counter != 1024 {
		t.Errorf("a program of before reads %+v, %v", before, err)
	}
}

// Tickets that cannot be understood cost a login with a proof, and no state.
func TestDamagedTicketsAreLeftOut(t *testing.T) {
	const id, secret = `"AQAAAAAAAAAAAAAAAAAAAA=="`, `"AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="`
	for text, want := range map[string]int{
		`{"id":` + id + `,"secret":` + secret + `}`: 1,
		`{"id":"AA==","secret":` + secret + `}`:     0,
		`{"id":` + id + `,"secret":"AA=="}`:         0,
		`{}`:                                        0,
		`{"id":` + id + `,"secret":` + secret + `,"of":"a later version"}`:                                                                 1,
		`{},{"id":` + id + `,"secret":` + secret + `},{"id":` + id + `,"secret":` + secret + `},{"id":` + id + `,"secret":` + secret + `}`: 2,
	} {
		s, err := parseSnapshot([]byte(`{"format":1,"device":"1","tickets":[` + text + `]}`))
		if err != nil || len(s.Tickets) != want {
			t.Errorf("%s: %d tickets, %v; want %d", text, len(s.Tickets), err, want)
		}
	}
}
