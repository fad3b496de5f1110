package export

import (
	"bytes"
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/sim-im/sim/msgdef"
)

// sample is an export made by three writers, one after another.
func sample(t testing.TB) []byte {
	t.Helper()
	conv, other := Name{15: 9}, Name{0: 1}
	parts := [][]Line{{
		&Header{Format: Format, Version: Version, UID: math.MaxUint64, Account: "alice", At: 1_700_000_000_001},
		&Account{UID: math.MaxUint64, Name: "alice <&>", Created: 5},
		&Profile{Name: "Älice"}, &Setting{Name: "invisible"},
		&Relation{UID: 3, State: "friends"}, &Relation{UID: 4, State: "asked"},
	}, {
		&Device{Device: 1}, &PushDevice{Device: 1, Provider: "fcm"}, &SignIn{Began: 9, End: "lasts"}, &SignIn{Began: 9, End: "client", Conn: 1},
		&Later{Number: 4, Content: &Content{Text: "soon"}}, &Group{Conversation: conv}, &Conversation{Conversation: conv, Kind: "group"},
	}, {
		&Message{Conversation: conv, Number: 2, Content: &Content{Text: "line\u2028end\x00"}}, &Message{Conversation: conv, Number: 7},
		&Conversation{Conversation: other, Kind: "pair"}, &Message{Conversation: other, Number: 1},
	}}
	w, file := NewWriter(), []byte(nil)
	for _, lines := range parts {
		for _, l := range lines {
			if err := w.Write(l); err != nil {
				t.Fatal(err)
			}
		}
		file = append(file, w.Bytes()...)
		counts, sum, err := w.State()
		if err != nil {
			t.Fatal(err)
		}
		if w, err = Resume(append([]uint64(nil), counts...), sum); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Finish(6); err != nil {
		t.Fatal(err)
	}
	if w.Count() != 18 {
		t.Errorf("%d lines", w.Count())
	}
	return append(file, w.Bytes()...)
}

// TestVerify finds nothing wrong with an export.
func TestVerify(t *testing.T) {
	file := sample(t)
	report, err := Verify(bytes.NewReader(file))
	if err != nil || !report.OK() || report.Lines != 18 || report.Bytes != int64(len(file)) ||
		report.Header.Account != "alice" || report.Header.UID != math.MaxUint64 || report.Counts["message"] != 3 {
		t.Errorf("%+v, %v", report, err)
	}
	first, _, _ := strings.Cut(string(file), "\n")
	if want := `{"type":"header","format":"sim-export","version":1,"uid":"18446744073709551615","account":"alice","at":"2023-11-14T22:13:20.001Z"}`; first != want {
		t.Errorf("%s\n%s", first, want)
	}
}

// TestFaults has files that were cut, changed and put together anew, and all of their
// faults told at once.
func TestFaults(t *testing.T) {
	good := string(sample(t))
	lines := strings.SplitAfter(strings.TrimSuffix(good, "\n"), "\n")
	without := func(i int) string { return strings.Join(lines[:i], "") + strings.Join(lines[i+1:], "") }
	swapped := func(i, j int) string {
		l := append([]string(nil), lines...)
		l[i], l[j] = l[j], l[i]
		return strings.Join(l, "")
	}
	again := func(i int) string { return strings.Join(lines[:i+1], "") + strings.Join(lines[i:], "") }
	for what, c := range map[string]struct {
		file   string
		faults []string
	}{
		"nothing":          {"", []string{"no footer", "0 lines of type header", "0 lines of type account"}},
		"cut in a line":    {good[:len(good)/2], []string{"has no end", "no footer"}},
		"cut after a line": {strings.Join(lines[:9], ""), []string{"line 9 is the last one, and no footer"}},
		"cut in the end":   {good[:len(good)-1], []string{"line 18 has no end"}},
		"a word":           {strings.Replace(good, "soon", "sooN", 1), []string{"line 18 has the hash"}},
		"a line less":      {without(13), []string{"before it; there are 16", "counts 3 of type message; there are 2", "has the hash"}},
		"no header":        {without(0), []string{"line 1 is no header", "0 lines of type header", "has the hash"}},
		"a line twice":     {again(13), []string{"has the number 2 after 2", "counts 3 of type message; there are 4", "has the hash"}},
		"a relation twice": {again(4), []string{"has the number 3 after 3"}},
		"two headers":      {again(0), []string{"of type header does not follow", "2 lines of type header"}},
		"two files":        {good + good, []string{"line 19 stands after the footer", "line 36 stands", "2 lines of type footer"}},
		"other order":      {swapped(4, 6), []string{"of type relation does not follow one of type device", "has the hash"}},
		"messages swapped": {swapped(13, 14), []string{"has the number 2 after 7"}},
		"a message apart":  {swapped(14, 16), []string{"of another conversation"}},
		"conversations":    {swapped(12, 15), []string{"not after the one before"}},
		"no JSON":          {strings.Replace(good, `"devi`, `devi`, 1), []string{"is no JSON object"}},
		"unknown":          {strings.Replace(good, `{"type":"later"`, `{"type":"secret"`, 1), []string{`a type that there is not, "secret"`, "counts 1 of type later; there are 0"}},
		"other format":     {strings.Replace(good, `"version":1`, `"version":2`, 1), []string{"version 2; want"}},
		"other kind":       {strings.Replace(good, `"uid":"3"`, `"uid":3`, 1), []string{"line 5 is not as one of type relation"}},
		"no line":          {"\n\n" + good, []string{"line 1 is no JSON", "line 2 is no JSON", "has the hash"}},
		"long":             {strings.Replace(good, "soon", strings.Repeat("soon", maxLine), 1), []string{"is longer than 1048576 bytes", "has the hash"}},
		"no hash":          {strings.Replace(good, `"sha256"`, `"sha"`, 1), []string{`has the hash ""`}},
		"a list":           {"[]\n" + good, []string{"line 1 is no JSON object"}},
	} {
		report, err := Verify(strings.NewReader(c.file))
		if err != nil {
			t.Fatal(err)
		}
		told := strings.Join(report.Faults, "\n")
		for _, fault := range c.faults {
			if !strings.Contains(told, fault) {
				t.Errorf("%s: not told: %s\n%s", what, fault, told)
			}
		}
	}
	report, err := Verify(strings.NewReader(strings.Repeat("x\n", 500)))
	if err != nil || len(report.Faults) != maxFaults || report.More == 0 {
		t.Errorf("%d faults, %d more: %v", len(report.Faults), report.More, err)
	}
}

// TestContent has bodies of all kinds, damaged ones too, be something in JSON.
func TestContent(t *testing.T) {
	bodies := map[string][]byte{
		"nothing": nil, "text": []byte("x"), "not UTF-8": {0xff, 0xfe},
		"location": (&msgdef.Location{Latitude: 1, Name: "here"}).Append(nil),
		"nowhere":  (&msgdef.Location{Latitude: math.NaN(), Accuracy: float32(math.Inf(1))}).Append(nil),
		"media":    (&msgdef.Media{ID: [16]byte{1}, Type: "image/png", Thumbnail: []byte("secret pixels")}).Append(nil),
		"founded":  (&msgdef.GroupChange{Act: msgdef.GroupFound, UIDs: []uint64{1}, Info: msgdef.GroupInfo{Name: "g"}}).Append(nil),
		"asked":    (&msgdef.FriendChange{Act: msgdef.FriendAsk, Greeting: "hello"}).Append(nil),
	}
	for kind := range 256 {
		for what, body := range bodies {
			c := ContentOf(msgdef.ContentKind(kind), body)
			shown := kind == int(msgdef.ContentImage) && what == "media" // without its thumbnail
			if text, err := json.Marshal(c); err != nil || shown && bytes.Contains(text, []byte("pixels")) {
				t.Errorf("%s as kind %d: %s, %v", what, kind, text, err)
			}
		}
	}
	for kind, want := range map[msgdef.ContentKind]string{
		msgdef.ContentLocation: `{"bytes":`, msgdef.ContentImage: `{"bytes":`,
	} {
		if text, _ := json.Marshal(ContentOf(kind, bodies["nowhere"])); !strings.HasPrefix(string(text), want) {
			t.Errorf("%v: %s", kind, text)
		}
	}
}

// FuzzVerify reads anything.
func FuzzVerify(f *testing.F) {
	f.Add(sample(f))
	f.Fuzz(func(t *testing.T, file []byte) {
		report, err := Verify(bytes.NewReader(file))
		if err != nil || len(report.Faults) > maxFaults || report.Bytes != int64(len(file)) {
			t.Errorf("%+v, %v", report, err)
		}
	})
}
