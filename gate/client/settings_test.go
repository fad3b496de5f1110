package client

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/sim-im/sim/msgdef"
)

// wishes are all ways to set something, and what each sends.
func wishes(until time.Time) []struct {
	queue func(*Client) *Handle
	want  msgdef.Setting
} {
	draft := msgdef.TalkDraft{Text: "dear", Reply: 3}
	return []struct {
		queue func(*Client) *Handle
		want  msgdef.Setting
	}{
		{func(c *Client) *Handle { return c.SetArchived(testConv, 5) }, msgdef.Setting{Act: msgdef.SettingArchive, CSeq: 5}},
		{func(c *Client) *Handle { return c.SetArchived(testConv, 0) }, msgdef.Setting{Act: msgdef.SettingArchive, Off: true}},
		{func(c *Client) *Handle { return c.SetMuted(testConv, until) }, msgdef.Setting{Act: msgdef.SettingMute, Until: until.UnixMilli()}},
		{func(c *Client) *Handle { return c.SetMuted(testConv, time.Time{}) }, msgdef.Setting{Act: msgdef.SettingMute, Off: true}},
		{func(c *Client) *Handle { return c.SetPlace(testConv, 2) }, msgdef.Setting{Act: msgdef.SettingPin, Place: 2}},
		{func(c *Client) *Handle { return c.SetPlace(testConv, 0) }, msgdef.Setting{Act: msgdef.SettingPin, Off: true}},
		{func(c *Client) *Handle { return c.SetUnread(testConv, true) }, msgdef.Setting{Act: msgdef.SettingUnread}},
		{func(c *Client) *Handle { return c.SetUnread(testConv, false) }, msgdef.Setting{Act: msgdef.SettingUnread, Off: true}},
		{func(c *Client) *Handle { return c.SetDraft(testConv, draft) }, msgdef.Setting{Act: msgdef.SettingDraft, Draft: draft}},
		{func(c *Client) *Handle { return c.SetDraft(testConv, msgdef.TalkDraft{}) }, msgdef.Setting{Act: msgdef.SettingDraft, Off: true}},
		{func(c *Client) *Handle { return c.DeleteForMe(testConv, 4, 6) }, msgdef.Setting{Act: msgdef.SettingDelete, CSeqs: []uint64{4, 6}}},
		{func(c *Client) *Handle { return c.Clear(testConv, 7) }, msgdef.Setting{Act: msgdef.SettingClear, CSeq: 7}},
	}
}

// What is set without a connection is kept over a restart, and sent in the order of
// the calls to the user's own stream.
func TestSettingsOnTheWire(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		o := g.options()
		path := filepath.Join(t.TempDir(), "state.json")
		o.State = NewFileState(path)
		c, p := g.online(o, msgdef.LoginOK{})
		p.conn.Close()
		c.Close()

		o.State = NewFileState(path)
		c = must(New(o))
		all := wishes(time.UnixMilli(99))
		for _, w := range all {
			w.queue(c)
		}
		c.Close()
		o.State = NewFileState(path)
		c, p = g.online(o, msgdef.LoginOK{})
		defer c.Close()
		for i, w := range all {
			s := expect[msgdef.Send](p)
			w.want.Conv = testConv
			if s.Conv != msgdef.Stream(testUID) || s.Kind != msgdef.ContentSetting || string(s.Body) != string(w.want.Append(nil)) || len(s.Extra) != 0 {
				t.Errorf("setting %d: %+v", i, s)
			}
			p.send(ackOf(s.Counter))
		}
		if err := c.Flush(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// A setting that no server would take is not sent, nor one of nobody.
func TestBadSettings(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		nobody := g.client(g.options())
		if _, err := nobody.Clear(testConv, 1).Wait(t.Context()); !errors.Is(err, ErrArgument) {
			t.Errorf("before the first login: %v", err)
		}
		c, _ := g.online(g.options(), msgdef.LoginOK{})
		if _, err := c.DeleteForMe(testConv, make([]uint64, 101)...).Wait(t.Context()); !errors.Is(err, ErrArgument) {
			t.Errorf("101 messages: %v", err)
		}
		if _, err := c.SetDraft(testConv, msgdef.TalkDraft{Text: string(make([]byte, 2049))}).Wait(t.Context()); !errors.Is(err, ErrArgument) {
			t.Errorf("a long draft: %v", err)
		}
	})
}

// TestSettingsOfOthers reads what another device has set.
func TestSettingsOfOthers(t *testing.T) {
	want := msgdef.Setting{Conv: testConv, Act: msgdef.SettingPin, Place: 3}
	m := &Message{Message: msgdef.Message{Conv: msgdef.Stream(testUID), Kind: msgdef.ContentSetting, Body: want.Append(nil)}}
	says, err := m.Event()
	if set, ok := says.(*msgdef.Setting); err != nil || !ok || set.Place != 3 || set.Conv != testConv {
		t.Errorf("%+v, %v", says, err)
	}
	m.Body = m.Body[:5]
	if says, err = m.Event(); !errors.Is(err, ErrProtocol) {
		t.Errorf("%+v, %v", says, err)
	}
	page := TalkPage{}
	state := msgdef.TalkState{Place: 4}
	if err := page.add(&msgdef.Conversations{List: []msgdef.Talk{{State: state.Append(nil)}}}); err != nil || page.Talks[0].State != state {
		t.Errorf("%+v, %v", page, err)
	}
	if err := page.add(&msgdef.Conversations{List: []msgdef.Talk{{State: []byte{1}}}}); !errors.Is(err, ErrProtocol) {
		t.Errorf("a state that is none: %v", err)
	}
}
