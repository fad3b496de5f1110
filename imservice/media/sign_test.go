package media_test

import (
	"bytes"
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/sim-im/sim/imservice/media"
)

func signer(key byte) *media.Signer {
	return &media.Signer{Key: bytes.Repeat([]byte{key}, media.MinKey), URL: "https://media.example.com/a/", Most: 1}
}

var now = time.UnixMilli(1_700_000_000_123)

func TestToken(t *testing.T) {
	s := signer(1)
	token, expires := s.Token(77, now)
	if uid, err := s.CheckToken(string(token), expires.Add(-time.Millisecond)); uid != 77 || err != nil {
		t.Errorf("%d, %v", uid, err)
	}
	for name, bad := range map[string]string{
		"none": "", "half": string(token[:len(token)/2]), "changed": "B" + string(token[1:]), "longer": string(token) + "AAAA",
		"of another key": func() string { b, _ := signer(2).Token(77, now); return string(b) }(),
	} {
		if _, err := s.CheckToken(bad, now); !errors.Is(err, media.ErrSignature) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := s.CheckToken(string(token), expires); !errors.Is(err, media.ErrSignature) {
		t.Errorf("over: %v", err)
	}
}

// check checks a link as a server does.
func check(s *media.Signer, link string, at time.Time) (media.ID, media.Part, error) {
	u, err := url.Parse(link)
	if err != nil {
		return media.ID{}, "", err
	}
	id, part, _, err := s.CheckLink(strings.TrimPrefix(u.Path, "/a"+media.MediaPath), u.Query(), at)
	return id, part, err
}

func TestLink(t *testing.T) {
	s, id := signer(1), media.ID{5, 15: 9}
	for _, part := range []media.Part{media.Whole, media.Thumbnail} {
		link := s.Link(id, part, now)
		got, is, err := check(s, link, s.LinkEnd(now).Add(-time.Millisecond))
		if got != id || is != part || err != nil || !strings.HasPrefix(link, "https://media.example.com/a/media/05") || len(link) > 768 {
			t.Errorf("%s: %x %q, %v", link, got, is, err)
		}
		for name, bad := range map[string]string{
			"other id": strings.Replace(link, "/05", "/06", 1), "later": strings.Replace(link, "expires=17", "expires=27", 1),
			"upper case": strings.Replace(link, "09?", "0A?", 1), "no signature": strings.Split(link, "&")[0], "nothing": strings.Split(link, "?")[0],
			"another key": signer(2).Link(id, part, now), "a token": strings.Split(link, "sign=")[0] + "sign=" + func() string { b, _ := s.Token(1, now); return string(b) }(),
		} {
			if _, _, err := check(s, bad, now); part == media.Whole && !errors.Is(err, media.ErrSignature) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, _, err := check(s, link, s.LinkEnd(now)); !errors.Is(err, media.ErrSignature) {
			t.Errorf("over: %v", err)
		}
	}
}

func TestValidate(t *testing.T) {
	if err := signer(1).Validate(); err != nil {
		t.Error(err)
	}
	err := (&media.Signer{Key: []byte("short"), URL: "ftp://x"}).Validate()
	if err == nil || !strings.Contains(err.Error(), "5 bytes") || !strings.Contains(err.Error(), "ftp://x") {
		t.Error(err)
	}
}

// FuzzCheck feeds arbitrary tokens and links to who checks them.
func FuzzCheck(f *testing.F) {
	f.Add("00", "expires=1&sign=AA")
	f.Fuzz(func(t *testing.T, path, query string) {
		s := signer(1)
		values, _ := url.ParseQuery(query)
		if _, _, _, err := s.CheckLink(path, values, now); err == nil {
			t.Error("a link that nobody made")
		}
		if _, err := s.CheckToken(path, now); err == nil {
			t.Error("a token that nobody made")
		}
	})
}
