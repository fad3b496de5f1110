package chat

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/msgdef"
)

// wish is a setting of a conversation: :archive, :silence, :top, :unread, :draft,
// :delete, :clear.
type wish struct {
	to     string
	set    msgdef.Setting
	lasts  time.Duration // of :silence
	newest bool          // it is about the newest message, whichever that is
}

// settingEvent is a setting, of this device or of another one of the user.
type settingEvent struct {
	Event        string   `json:"event"` // setting
	Conversation string   `json:"conversation"`
	With         string   `json:"with"`
	Act          string   `json:"act"` // as msgdef.SettingAct names it
	Off          bool     `json:"off,omitempty"`
	Of           []uint64 `json:"of,omitempty"` // messages
	Until        int64    `json:"until,omitempty"`
	Place        uint32   `json:"place,omitempty"`
	Draft        string   `json:"draft,omitempty"`
	Reply        uint64   `json:"reply,omitempty"`
	CSeq         uint64   `json:"cseq"` // in the user's own stream
	At           int64    `json:"at"`
}

// settingLines returns the commands for settings, by name.
func settingLines() map[string]groupLine {
	return map[string]groupLine{
		":archive":   {":archive user|#group", 1, 1, readPut(msgdef.SettingArchive, false)},
		":unarchive": {":unarchive user|#group", 1, 1, readPut(msgdef.SettingArchive, true)},
		":silence":   {":silence user|#group minutes", 2, 2, readSilence},
		":top":       {":top user|#group [place]", 1, 2, readTop},
		":untop":     {":untop user|#group", 1, 1, readPut(msgdef.SettingPin, true)},
		":unread":    {":unread user|#group", 1, 1, readPut(msgdef.SettingUnread, false)},
		":draft":     {":draft user|#group [text]", 1, math.MaxInt, readDraft},
		":delete":    {":delete user|#group number ...", 2, 101, readDelete},
		":clear":     {":clear user|#group [number]", 1, 2, readClear},
	}
}

func readPut(act msgdef.SettingAct, off bool) func([]string, string) (command, string) {
	return func(args []string, _ string) (command, string) {
		return wish{to: args[0], set: msgdef.Setting{Act: act, Off: off}, newest: act == msgdef.SettingArchive && !off}, ""
	}
}

func readSilence(args []string, _ string) (command, string) {
	minutes, err := strconv.ParseUint(args[1], 10, 32)
	if lasts := time.Duration(minutes) * time.Minute; err == nil && lasts <= mostMuted {
		return wish{to: args[0], set: msgdef.Setting{Act: msgdef.SettingMute, Off: lasts == 0}, lasts: lasts}, ""
	}
	return nil, fmt.Sprintf("%q is no number of minutes: 0 ends it, and %d are most", args[1], int(mostMuted.Minutes()))
}

func readTop(args []string, _ string) (command, string) {
	place := uint64(1)
	if len(args) == 2 {
		var err error
		if place, err = strconv.ParseUint(args[1], 10, 32); err != nil || place == 0 {
			return nil, fmt.Sprintf("%q is no place: 1 is the first", args[1])
		}
	}
	return wish{to: args[0], set: msgdef.Setting{Act: msgdef.SettingPin, Place: uint32(place)}}, ""
}

func readDraft(args []string, rest string) (command, string) {
	text := strings.TrimSpace(strings.TrimPrefix(rest, args[0]))
	return wish{to: args[0], set: msgdef.Setting{
		Act: msgdef.SettingDraft, Draft: msgdef.TalkDraft{Text: text}, Off: text == "",
	}}, ""
}

func readDelete(args []string, _ string) (command, string) {
	set := msgdef.Setting{Act: msgdef.SettingDelete}
	for _, word := range args[1:] {
		cseq, why := numbered(word)
		if why != "" {
			return nil, why
		}
		set.CSeqs = append(set.CSeqs, cseq)
	}
	return wish{to: args[0], set: set}, ""
}

func readClear(args []string, _ string) (command, string) {
	w := wish{to: args[0], set: msgdef.Setting{Act: msgdef.SettingClear}, newest: len(args) == 1}
	why := ""
	if !w.newest {
		w.set.CSeq, why = numbered(args[1])
	}
	return w, why
}

// run queues the setting and shows that it is durable.
func (w wish) run(ctx context.Context, s *session) error {
	ctx, cancel := s.timeout(ctx)
	defer cancel()
	conv, err := s.conversation(ctx, w.to)
	if err != nil {
		return err
	}
	set := w.set
	if set.Conv = conv; w.newest {
		page, err := s.client.History(ctx, conv, 0, 1)
		if err != nil {
			return unanswered("what is new with "+w.to, err)
		}
		set.CSeq = page.Head
	}
	if w.lasts > 0 {
		set.Until = s.opts.Now().Add(w.lasts).UnixMilli()
	}
	sent, err := s.client.QueueSetting(&set).Wait(ctx)
	if err != nil {
		return unsent(w.to, err)
	}
	s.screen.show(s.setting(ctx, &set, sent.CSeq, sent.At))
	return nil
}

// setting makes what is shown of a setting.
func (s *session) setting(ctx context.Context, set *msgdef.Setting, cseq uint64, at int64) settingEvent {
	e := settingEvent{
		Event: "setting", Conversation: conversation(set.Conv), With: s.with(ctx, set.Conv), Act: set.Act.String(), Off: set.Off,
		Of: slices.Clone(set.CSeqs), Until: set.Until, Place: set.Place, Draft: set.Draft.Text, Reply: set.Draft.Reply, CSeq: cseq, At: at,
	}
	if set.CSeq > 0 {
		e.Of = []uint64{set.CSeq}
	}
	return e
}

// settingIn returns what a message of the user's own stream sets.
func settingIn(m *client.Message) (*msgdef.Setting, bool) {
	says, _ := m.Event()
	set, ok := says.(*msgdef.Setting)
	return set, ok
}

// set shows a setting to people.
func (s *textScreen) set(e settingEvent) {
	fmt.Fprintf(s.out, "%s -- %s: you %s\n", s.clock(e.At), printable(e.With), e.did(s.clock))
}

// did tells what the user has done.
func (e settingEvent) did(clock func(int64) string) string {
	switch {
	case e.Off:
		return map[string]string{
			msgdef.SettingArchive.String(): "brought it back", msgdef.SettingMute.String(): "let it be pushed",
			msgdef.SettingPin.String(): "unpinned it", msgdef.SettingUnread.String(): "marked it read",
			msgdef.SettingDraft.String(): "dropped the draft",
		}[e.Act]
	case e.Act == msgdef.SettingArchive.String():
		return "archived it"
	case e.Act == msgdef.SettingMute.String():
		return "silenced it until " + clock(e.Until)
	case e.Act == msgdef.SettingPin.String():
		return fmt.Sprintf("pinned it at %d", e.Place)
	case e.Act == msgdef.SettingUnread.String():
		return "marked it unread"
	case e.Act == msgdef.SettingDraft.String():
		return "began to write: " + printable(e.Draft)
	case e.Act == msgdef.SettingClear.String():
		return fmt.Sprintf("cleared it up to #%d", e.Of[0])
	}
	return "deleted " + strings.Join(hashed(e.Of), ", ")
}

func hashed(cseqs []uint64) (list []string) {
	for _, cseq := range cseqs {
		list = append(list, fmt.Sprintf("%s%d", groupMark, cseq))
	}
	return list
}

// stateShown is what the user has set for a conversation, see msgdef.TalkState.
type stateShown struct {
	Archived bool   `json:"archived,omitempty"`
	Muted    int64  `json:"muted,omitempty"` // until when
	Place    uint32 `json:"place,omitempty"`
	Unread   bool   `json:"marked_unread,omitempty"`
	Draft    string `json:"draft,omitempty"`
	Keep     uint16 `json:"keep,omitempty"` // days that new messages with a user last
}

func newStateShown(s *msgdef.TalkState) stateShown {
	return stateShown{Archived: s.Archived > 0, Muted: s.Muted, Place: s.Place, Unread: s.Unread > 0, Draft: s.Draft.Text, Keep: s.Keep}
}

// notes is what stands behind the name of a conversation.
func (s stateShown) notes(now int64, clock func(int64) string) (text string) {
	if s.Place > 0 {
		text += fmt.Sprintf(", pinned at %d", s.Place)
	}
	if s.Archived {
		text += ", archived"
	}
	if s.Muted > now {
		text += ", silent until " + clock(s.Muted)
	}
	if s.Unread {
		text += ", marked unread"
	}
	if s.Keep > 0 {
		text += ", new messages last " + plural(int(s.Keep), "day")
	}
	if s.Draft != "" {
		text += ", draft: " + printable(s.Draft)
	}
	return text
}
