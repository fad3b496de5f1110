package chat

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/msgdef"
)

type (
	profile    struct{ user string }        // :profile [user]
	setProfile struct{ fields [][2]string } // :profile set name=… about=… avatar=file hidden=yes|no
)

// Events of --json about profiles; see messageEvent for what they have in common.
type (
	// profileEvent answers :profile, and says that the user shows themself so from
	// another device.
	profileEvent struct {
		Event string `json:"event"` // profile
		profileShown
	}

	profileShown struct {
		User    string `json:"user"`
		Name    string `json:"name,omitempty"`
		About   string `json:"about,omitempty"`
		Avatar  string `json:"avatar,omitempty"` // a link, which holds for minutes
		Hidden  bool   `json:"hidden,omitempty"`
		Version uint64 `json:"version,omitempty"`
		Deleted bool   `json:"deleted,omitempty"` // there is nothing but the name any more
	}

	// peopleEvent answers :find.
	peopleEvent struct {
		Event string         `json:"event"` // people
		List  []profileShown `json:"list"`
	}
)

// profileFields are what :profile set sets.
func profileFields() []string { return []string{"name", "about", "avatar", "hidden"} }

func readProfile(args []string, rest string) (command, string) {
	switch {
	case len(args) == 0:
		return profile{}, ""
	case args[0] != "set":
		if len(args) > 1 {
			return nil, "is :profile [user], or :profile set name=… about=… avatar=file hidden=yes|no"
		}
		return profile{args[0]}, ""
	}
	var set setProfile
	for _, word := range args[1:] {
		if name, value, ok := field(word); ok {
			set.fields = append(set.fields, [2]string{name, value})
		} else if n := len(set.fields); n > 0 {
			set.fields[n-1][1] += " " + word
		} else {
			return nil, fmt.Sprintf("%q is none of name=, about=, avatar= and hidden=", word)
		}
	}
	if len(set.fields) == 0 {
		return nil, "sets nothing: name=… about=… avatar=file hidden=yes|no"
	}
	return set, ""
}

// field splits a word that begins a field of a profile.
func field(word string) (name, value string, ok bool) {
	name, value, ok = strings.Cut(word, "=")
	for _, known := range profileFields() {
		if ok && name == known {
			return name, value, true
		}
	}
	return "", "", false
}

// run shows how somebody shows themself.
func (p profile) run(ctx context.Context, s *session) error {
	ctx, cancel := s.timeout(ctx)
	defer cancel()
	uid := s.client.UID()
	if p.user != "" && p.user != s.client.Account() {
		uids, err := s.uids(ctx, []string{p.user})
		if err != nil {
			return err
		}
		uid = uids[0]
	}
	list, err := s.client.Profiles(ctx, nil, uid)
	if err != nil {
		return unanswered(":profile", err)
	}
	for i := range list {
		s.screen.show(profileEvent{Event: "profile", profileShown: s.profile(ctx, &list[i])})
	}
	return nil
}

// profile makes what is shown of one.
func (s *session) profile(ctx context.Context, p *msgdef.UserProfile) profileShown {
	shown := profileShown{User: p.Account, Name: p.Profile.Name, About: p.Profile.About, Hidden: p.Profile.Hidden, Version: p.Version, Deleted: p.Deleted}
	if p.Profile.Avatar != [16]byte{} {
		links, err := s.client.MediaLinks(ctx, msgdef.MediaRef{ID: p.Profile.Avatar, Conv: msgdef.Stream(p.UID)})
		if err == nil {
			shown.Avatar = links.List[0].URL
		}
	}
	return shown
}

// run changes what the line names, and leaves the rest as it is.
func (p setProfile) run(ctx context.Context, s *session) error {
	ctx, cancel := context.WithTimeout(ctx, transferMost)
	defer cancel()
	list, err := s.client.Profiles(ctx, nil, s.client.UID())
	if err != nil {
		return unanswered(":profile set", err)
	}
	if len(list) != 1 {
		return &client.Error{Code: msgdef.CodeUnknownUser, Detail: "the account is gone"}
	}
	own := list[0].Profile
	for _, f := range p.fields {
		if err := s.setField(ctx, &own, f[0], f[1]); err != nil {
			return err
		}
	}
	sent, err := s.client.SetProfile(own).Wait(ctx)
	if err != nil {
		return unsent("your profile", err)
	}
	list[0].Profile, list[0].Version = own, sent.CSeq
	s.screen.show(profileEvent{Event: "profile", profileShown: s.profile(ctx, &list[0])})
	return nil
}

func (s *session) setField(ctx context.Context, own *msgdef.Profile, name, value string) error {
	switch name {
	case "name":
		own.Name = value
	case "about":
		own.About = value
	case "hidden":
		if value != "yes" && value != "no" {
			return &LineError{Line: ":profile set hidden=" + value, Why: "is hidden=yes or hidden=no"}
		}
		own.Hidden = value == "yes"
	case "avatar":
		return s.setAvatar(ctx, own, value)
	}
	return nil
}

// setAvatar uploads a picture; no name takes the avatar away.
func (s *session) setAvatar(ctx context.Context, own *msgdef.Profile, name string) error {
	if own.Avatar = [16]byte{}; name == "" {
		return nil
	}
	file, err := os.Open(name)
	if err != nil {
		return &LineError{Line: ":profile set avatar=" + name, Why: err.Error()}
	}
	defer file.Close()
	m, err := s.client.Upload(ctx, client.File{Name: filepath.Base(name), Content: file})
	if err != nil {
		return unsent("your profile", err)
	}
	own.Avatar = m.ID
	return nil
}

// shownElsewhere shows how the user shows themself by another device of theirs, if
// that is what a message says.
func (s *session) shownElsewhere(m *client.Message, says any) bool {
	p, ok := says.(*msgdef.Profile)
	if ok {
		s.screen.show(profileEvent{Event: "profile", profileShown: profileShown{
			User: s.client.Account(), Name: p.Name, About: p.About, Hidden: p.Hidden, Version: m.CSeq,
		}})
	}
	return ok
}

// people shows whom a beginning of a name finds.
func (s *session) people(ctx context.Context, prefix string) error {
	list, err := s.client.FindPeople(ctx, prefix)
	var refused *client.Error
	if errors.As(err, &refused) && refused.Code == msgdef.CodeForbidden {
		return nil // there are groups only to be found here
	}
	if err != nil {
		return unanswered(":find "+prefix, err)
	}
	e := peopleEvent{Event: "people", List: []profileShown{}}
	for _, p := range list {
		e.List = append(e.List, profileShown{User: p.Account, Name: p.Profile.Name, About: p.Profile.About, Version: p.Version})
	}
	s.screen.show(e)
	return nil
}

func (s *textScreen) profile(p profileShown) {
	fmt.Fprintf(s.out, "-- %s\n", p.String())
	if p.Avatar != "" {
		fmt.Fprintf(s.out, "   %s\n", printable(p.Avatar))
	}
}

// String is a profile for people, on one line.
func (p profileShown) String() string {
	text := printable(p.User)
	if p.Deleted {
		text += " has deleted their account"
	}
	if p.Name != "" {
		text += " is " + printable(p.Name)
	}
	if p.About != "" {
		text += ": " + printable(p.About)
	}
	if p.Hidden {
		text += " (not found by :find)"
	}
	return text
}

func (s *textScreen) foundPeople(e peopleEvent) {
	for _, p := range e.List {
		fmt.Fprintf(s.out, "-- %s\n", p.String())
	}
	if len(e.List) == 0 {
		fmt.Fprintln(s.out, "-- nobody's name begins so")
	}
}
