package chat

import "fmt"

// group shows events about groups to people.
func (s *textScreen) group(event any) {
	switch e := event.(type) {
	case foundEvent:
		fmt.Fprintf(s.out, "-- founded %s\n", printable(e.Group))
	case leftEvent:
		if e.Dissolved {
			fmt.Fprintf(s.out, "-- %s is dissolved\n", printable(e.Group))
		} else {
			fmt.Fprintf(s.out, "-- you are in %s no more\n", printable(e.Group))
		}
	case groupsEvent:
		s.foundGroups(e)
	case membersEvent:
		s.members(e)
	case talksEvent:
		s.talks(e)
	case settingEvent:
		s.set(e)
	case laterEvent:
		s.later(e)
	case latersEvent:
		s.laters(e)
	case relationsEvent:
		s.relations(e)
	case blockEvent:
		s.block(e)
	case profileEvent:
		s.profile(e.profileShown)
	case peopleEvent:
		s.foundPeople(e)
	}
}

func (s *textScreen) foundGroups(e groupsEvent) {
	if len(e.Groups) == 0 {
		fmt.Fprintln(s.out, "-- no listed group begins so")
		return
	}
	for _, g := range e.Groups {
		fmt.Fprintf(s.out, "-- %s, %s, %s\n", printable(g.Group), plural(g.Members, "member"), g.Entry)
	}
	if e.More {
		fmt.Fprintln(s.out, "   and more; a longer beginning finds them")
	}
}

func (s *textScreen) members(e membersEvent) {
	fmt.Fprintf(s.out, "-- %s, %s, %s\n", printable(e.Group), plural(e.Members, "member"), e.Entry)
	if e.Announcement != "" {
		fmt.Fprintf(s.out, "   announcement: %s\n", printable(e.Announcement))
	}
	if e.Keep > 0 {
		fmt.Fprintf(s.out, "   messages are kept for %s\n", plural(int(e.Keep), "day"))
	}
	for _, m := range e.List {
		muted := ""
		if m.Muted > s.now().UnixMilli() {
			muted = ", muted until " + s.clock(m.Muted)
		}
		fmt.Fprintf(s.out, "   %s (%s, has read up to #%d%s)\n", printable(m.User), m.Role, m.Read, muted)
	}
}

func (s *textScreen) talks(e talksEvent) {
	if len(e.Talks) == 0 {
		fmt.Fprintln(s.out, "-- no conversations yet")
	}
	for _, t := range e.Talks {
		fmt.Fprintf(s.out, "-- %s, %d unread%s\n", printable(t.With), t.Unread, t.notes(s.now().UnixMilli(), s.clock))
		if m := t.Newest; m != nil {
			fmt.Fprint(s.out, "   ")
			s.message(m.At, fmt.Sprintf("#%d %s", m.CSeq, printable(m.From)), m.content)
		}
	}
	if e.More {
		fmt.Fprintln(s.out, "   and more than can be listed")
	}
}

// plural counts things.
func plural(n int, of string) string {
	if n != 1 {
		of += "s"
	}
	return fmt.Sprintf("%d %s", n, of)
}
