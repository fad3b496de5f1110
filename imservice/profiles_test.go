package imservice

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// shows is a profile by a user's first device.
func shows(by, counter uint64, p msgdef.Profile) rpc.Send {
	return event(by, counter, msgdef.Stream(by), msgdef.ContentProfile, &p)
}

// profiles asks on behalf of a user.
func (w *world) profiles(by uint64, known []uint64, uids ...uint64) []msgdef.UserProfile {
	w.t.Helper()
	reply, err := w.server.Profiles(context.Background(), &rpc.ProfilesQuery{UID: by, UIDs: uids, Known: known})
	w.must(err)
	return reply.List
}

// finds returns whom somebody finds.
func (w *world) finds(by uint64, prefix string) (uids []uint64) {
	w.t.Helper()
	reply, err := w.server.FindPeople(context.Background(), &rpc.PeopleSearch{UID: by, Prefix: prefix})
	w.must(err)
	for _, p := range reply.List {
		uids = append(uids, p.UID)
	}
	return uids
}

// TestProfiles has others see what a user shows, and only what they do not know.
func TestProfiles(t *testing.T) {
	w := newWorld(t, 3)
	first := w.does(shows(1, 1, msgdef.Profile{Name: "Ann Other", About: "here\nand there"}), 0)
	w.does(text(1, 2, 2, "x"), 0)
	second := w.does(shows(1, 3, msgdef.Profile{Name: "Ann", Hidden: true}), 0)
	w.restart()
	got := w.profiles(2, nil, 1, 99, 2)
	want := []msgdef.UserProfile{
		{UID: 1, Account: "u1", Profile: msgdef.Profile{Name: "Ann"}, Version: second.CSeq, Changed: second.At}, {UID: 2, Account: "u2"},
	}
	if !slices.Equal(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
	if own := w.profiles(1, nil, 1); !own[0].Profile.Hidden {
		t.Errorf("own: %+v", own)
	}
	if known := w.profiles(2, []uint64{second.CSeq}, 1, 3); len(known) != 1 || known[0].UID != 3 {
		t.Errorf("known: %+v", known)
	}
	if old := w.profiles(2, []uint64{first.CSeq}, 1); len(old) != 1 {
		t.Errorf("known before: %+v", old)
	}
	for i, bad := range []msgdef.Profile{
		{Name: strings.Repeat("ä", 65)}, {Name: "A\u0308nn"}, {Name: "A\nnn"}, {Name: " Ann"}, {Name: "\xff"},
		{About: strings.Repeat("ä", 281)}, {About: "a\x00"}, {About: "A\u0308"},
	} {
		w.does(shows(1, uint64(i)+10, bad), msgdef.CodeBadProfile)
	}
	w.does(shows(1, 30, msgdef.Profile{Name: strings.Repeat("ä", 64), About: strings.Repeat("ä", 280)}), 0)
	forged := shows(2, 1, msgdef.Profile{Name: "Ann"})
	forged.Conv = msgdef.Stream(1)
	w.does(forged, msgdef.CodeForbidden)
	results := w.send(shows(2, 2, msgdef.Profile{Name: "B1"}), shows(2, 3, msgdef.Profile{Name: "B2"}))
	if p := w.profiles(1, nil, 2)[0]; p.Profile.Name != "B2" || p.Version != results[1].CSeq {
		t.Errorf("the last one is not what is: %+v, %+v", p, results)
	}
	_, err := w.server.Profiles(context.Background(), &rpc.ProfilesQuery{UIDs: make([]uint64, 101)})
	if rpc.CodeOf(err) != msgdef.CodeBadArgument {
		t.Errorf("too many: %v", err)
	}
}

// TestAvatars has everybody see an avatar, while it is one.
func TestAvatars(t *testing.T) {
	w := newWorld(t, 3)
	picture, other, sound := w.addMedia(1, "image/png"), w.addMedia(1, "image/jpeg"), w.addMedia(1, "audio/mpeg")
	sees := func(by uint64, id store.MediaID, want msgdef.ErrorCode) {
		t.Helper()
		reply, err := w.server.MediaLinks(context.Background(), &rpc.MediaLinksQuery{UID: by, Refs: []msgdef.MediaRef{{ID: id, Conv: msgdef.Stream(1)}}})
		w.must(err)
		if reply.List[0].Code != want {
			t.Errorf("%d sees %x: %v, want %v", by, id[:2], reply.List[0].Code, want)
		}
	}
	w.does(shows(2, 1, msgdef.Profile{Avatar: picture}), msgdef.CodeUnknownMedia)
	w.does(shows(1, 1, msgdef.Profile{Avatar: sound}), msgdef.CodeMediaDiffers)
	w.does(shows(1, 2, msgdef.Profile{Avatar: store.MediaID{9}}), msgdef.CodeUnknownMedia)
	sees(2, picture, msgdef.CodeUnknownMedia)
	w.does(shows(1, 3, msgdef.Profile{Avatar: picture}), 0)
	w.does(shows(1, 4, msgdef.Profile{Avatar: picture, Name: "Ann"}), 0)
	sees(2, picture, 0)
	sees(3, other, msgdef.CodeUnknownMedia)
	w.clock.add(25 * time.Hour)
	if n := w.sweepMedia(); n != 2 {
		t.Errorf("%d were erased, want those that nobody shows", n)
	}
	sees(3, picture, 0)
	last := w.addMedia(1, "image/png")
	w.does(shows(1, 5, msgdef.Profile{Avatar: last}), 0)
	sees(2, picture, msgdef.CodeUnknownMedia)
	sees(2, last, 0)
	w.clock.add(25 * time.Hour)
	if n := w.sweepMedia(); n != 1 {
		t.Errorf("%d were erased, want the one before", n)
	}
	w.does(shows(1, 6, msgdef.Profile{}), 0)
	w.clock.add(25 * time.Hour)
	if n := w.sweepMedia(); n != 1 {
		t.Errorf("%d were erased, want the last one", n)
	}
}

// addMedia keeps media of a user.
func (w *world) addMedia(uid uint64, kind string) (id store.MediaID) {
	w.t.Helper()
	id = store.MediaID{byte(uid), byte(w.clock.now().UnixNano() >> 30), byte(len(kind)), kind[0]}
	w.must(w.server.AddMedia(context.Background(), &msgdef.MediaInfo{ID: id, Owner: uid, Type: kind, Bytes: 1, Created: w.clock.now().UnixMilli()}))
	return id
}

// sweepMedia erases what is to be, and returns how much that was.
func (w *world) sweepMedia() int {
	w.t.Helper()
	n, err := w.server.SweepMedia(context.Background(), func(store.MediaID) error { return nil })
	w.must(err)
	return n
}

// TestFindPeople finds nobody who is gone, banned, hidden, or blocks who looks.
func TestFindPeople(t *testing.T) {
	w := newWorld(t, 6)
	w.does(shows(2, 1, msgdef.Profile{Name: "Ursula"}), 0)
	w.does(shows(3, 1, msgdef.Profile{Name: "U3 too", Hidden: true}), 0)
	_, err := w.server.Remove(context.Background(), &rpc.Sanction{UID: 4})
	w.must(err)
	_, err = w.server.Ban(context.Background(), &rpc.Sanction{UID: 5})
	w.must(err)
	w.does(blocks(6, 1, 1, false), 0)
	for _, test := range []struct {
		by     uint64
		prefix string
		want   []uint64
	}{
		{1, "u1", []uint64{1}}, {1, "UR", []uint64{2}}, {1, "u2", []uint64{2}}, {1, "ursulas", nil},
		{1, "u3", nil}, {3, "u3", []uint64{3}}, {1, "u4", nil}, {1, "u5", nil}, {1, "u6", nil}, {2, "u6", []uint64{6}},
	} {
		if got := w.finds(test.by, test.prefix); !slices.Equal(got, test.want) {
			t.Errorf("%d finds by %q: %v, want %v", test.by, test.prefix, got, test.want)
		}
	}
	for _, bad := range []string{"", "u", "ü", "\xff\xff"} {
		_, err := w.server.FindPeople(context.Background(), &rpc.PeopleSearch{UID: 1, Prefix: bad})
		if rpc.CodeOf(err) != msgdef.CodeBadArgument {
			t.Errorf("%q: %v", bad, err)
		}
	}
	w.does(shows(2, 2, msgdef.Profile{Name: "Eve"}), 0)
	if got := w.finds(1, "ur"); len(got) != 0 {
		t.Errorf("found by the name before: %v", got)
	}
}

// TestFindPeopleIsBounded has nobody list everybody.
func TestFindPeopleIsBounded(t *testing.T) {
	w := newWorld(t, 0)
	for i := range 30 {
		_, err := w.store.CreateAccount(fmt.Sprintf("same%02d", i), "", w.clock.now())
		w.must(err)
	}
	if got := w.finds(1, "same"); len(got) != mostPeople {
		t.Errorf("%d at once", len(got))
	}
	for range findsMinute - 1 {
		w.finds(1, "same00")
	}
	_, err := w.server.FindPeople(context.Background(), &rpc.PeopleSearch{UID: 1, Prefix: "same"})
	if rpc.CodeOf(err) != msgdef.CodeBusy {
		t.Errorf("too often: %v", err)
	}
	w.finds(2, "same")
	w.clock.add(time.Minute)
	w.finds(1, "same")
}

// TestFindPeopleModes has an installation decide.
func TestFindPeopleModes(t *testing.T) {
	w := newWorld(t, 12, func(o *Options) { o.FindPeople = FindByName })
	if got := w.finds(3, "u1"); !slices.Equal(got, []uint64{1}) {
		t.Errorf("by the whole name: %v", got)
	}
	w.options.FindPeople = FindNobody
	w.restart()
	_, err := w.server.FindPeople(context.Background(), &rpc.PeopleSearch{UID: 1, Prefix: "u1"})
	if rpc.CodeOf(err) != msgdef.CodeForbidden {
		t.Errorf("nobody: %v", err)
	}
}
