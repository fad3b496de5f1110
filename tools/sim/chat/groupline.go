package chat

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/sim-im/sim/msgdef"
)

type (
	found struct { // :found name [user ...]
		name  string
		users []string
	}
	act struct { // :invite, :join, ...
		group  string
		users  []string
		change msgdef.GroupChange
		lasts  time.Duration // of :mute
	}
	inform struct { // :set, :rename, :announce
		group  string
		change func(*msgdef.GroupInfo)
	}
	find    struct{ prefix string } // :find prefix
	members struct{ group string }  // :members #group
	talks   struct{}                // :talks
	reply   struct {                // :reply to number text
		to   string
		cseq uint64
		text string
	}
)

// groupLine is how a command about groups is read.
type groupLine struct {
	usage string // begins with the name
	least int    // fewest arguments
	most  int    // and most; 0: no bound
	read  func(args []string, rest string) (command, string)
}

// mostMuted bounds :mute.
const mostMuted = 365 * 24 * time.Hour

// groupLines returns the commands about groups, by name. read returns why a line
// makes no sense.
func groupLines() map[string]groupLine {
	return map[string]groupLine{
		":found":     {":found name [user ...]", 1, 0, readFound},
		":invite":    {":invite #group user ...", 2, 0, readAct(msgdef.GroupAdd)},
		":join":      {":join #group", 1, 1, readAct(msgdef.GroupJoin)},
		":ask":       {":ask #group", 1, 1, readAct(msgdef.GroupAsk)},
		":leave":     {":leave #group", 1, 1, readAct(msgdef.GroupLeave)},
		":remove":    {":remove #group user ...", 2, 0, readAct(msgdef.GroupRemove)},
		":ban":       {":ban #group user ...", 2, 0, readAct(msgdef.GroupBan)},
		":unban":     {":unban #group user ...", 2, 0, readAct(msgdef.GroupUnban)},
		":transfer":  {":transfer #group user", 2, 2, readAct(msgdef.GroupTransfer)},
		":dissolve":  {":dissolve #group", 1, 1, readAct(msgdef.GroupDissolve)},
		":role":      {":role #group admin|member user ...", 3, 0, readRole},
		":mute":      {":mute #group minutes user ...", 3, 0, readMute},
		":set":       {":set #group open|ask|invited listed|hidden quiet|loud keep=DAYS", 2, 0, readSet},
		":rename":    {":rename #group name", 2, 2, readRename},
		":announce":  {":announce #group text", 2, 0, readAnnounce},
		":find":      {":find prefix", 1, 1, readFind},
		":members":   {":members #group", 1, 1, readMembers},
		":talks":     {":talks", 0, 0, readTalks},
		":watch":     {":watch user ...|#group [after user]", 1, 0, readWatch},
		":online":    {":online #group", 1, 1, readPresent},
		":unwatch":   {":unwatch", 0, 0, readUnwatch},
		":invisible": {":invisible", 0, 0, readInvisible(true)},
		":visible":   {":visible", 0, 0, readInvisible(false)},
		":signins":   {":signins [n]", 0, 1, readSignIns},
		":export":    {":export file", 1, 0, readExport},
		deleteLine:   {deleteLine, 0, 0, readDeleteAccount},
		":send":      {":send user|#group file", 2, 0, readAttach},
		":save":      {":save user|#group number file", 3, 0, readSave},
		":reply":     {":reply user|#group number text", 3, 0, readReply},
		":typing":    {":typing user|#group", 1, 1, readTyping},
		":search":    {":search user|#group|everywhere text", 2, 0, readSearch},
		":fade":      {":fade user|#group seconds text", 3, 0, readFade},
		":edit":      {":edit user|#group number text", 3, 0, readRevise(msgdef.ContentEdit, false)},
		":recall":    {":recall user|#group number", 2, 2, readRevise(msgdef.ContentRecall, false)},
		":react":     {":react user|#group number emoji", 3, 3, readRevise(msgdef.ContentReaction, false)},
		":unreact":   {":unreact user|#group number emoji", 3, 3, readRevise(msgdef.ContentReaction, true)},
		":pin":       {":pin user|#group number", 2, 2, readRevise(msgdef.ContentPin, false)},
		":pins":      {":pins user|#group", 1, 1, readPins},
		":unpin":     {":unpin user|#group number", 2, 2, readRevise(msgdef.ContentPin, true)},
	}
}

// parseGroup reads a command about groups; trimmed is the whole line.
func parseGroup(trimmed string, g groupLine, args []string) (command, error) {
	_, rest, _ := strings.Cut(trimmed, " ")
	name, _, _ := strings.Cut(g.usage, " ")
	if len(args) < g.least || g.most > 0 && len(args) > g.most || name == g.usage && len(args) > 0 {
		return nil, &LineError{Line: trimmed, Why: "is " + g.usage}
	}
	if strings.Contains(g.usage, " #group") && !strings.HasPrefix(args[0], groupMark) {
		return nil, &LineError{Line: trimmed, Why: fmt.Sprintf("%q is no group: its name begins with %s, as :talks shows it", args[0], groupMark)}
	}
	c, why := g.read(args, strings.TrimSpace(rest))
	if why != "" {
		return nil, &LineError{Line: trimmed, Why: why}
	}
	return c, nil
}

func readFound(args []string, _ string) (command, string) {
	return found{untyped(args[0]), args[1:]}, ""
}

// untyped is the name of a group that a line names.
func untyped(name string) string {
	return strings.ReplaceAll(strings.TrimPrefix(name, groupMark), spacer, " ")
}

func readAct(what msgdef.GroupAct) func([]string, string) (command, string) {
	return func(args []string, _ string) (command, string) {
		return act{group: args[0], users: args[1:], change: msgdef.GroupChange{Act: what}}, ""
	}
}

func readRole(args []string, _ string) (command, string) {
	c := act{group: args[0], users: args[2:], change: msgdef.GroupChange{Act: msgdef.GroupRank}}
	switch args[1] {
	case "admin":
		c.change.Role = msgdef.RoleAdmin
	case "member":
		c.change.Role = msgdef.RoleMember
	default:
		return nil, fmt.Sprintf("%q is no role: admin or member", args[1])
	}
	return c, ""
}

func readMute(args []string, _ string) (command, string) {
	minutes, err := strconv.ParseUint(args[1], 10, 32)
	if lasts := time.Duration(minutes) * time.Minute; err == nil && lasts <= mostMuted {
		return act{group: args[0], users: args[2:], change: msgdef.GroupChange{Act: msgdef.GroupMute}, lasts: lasts}, ""
	}
	return nil, fmt.Sprintf("%q is no number of minutes: 0 ends it, and %d are most", args[1], int(mostMuted.Minutes()))
}

func readSet(args []string, _ string) (command, string) {
	var wrong []string
	for _, word := range args[1:] {
		if !set(new(msgdef.GroupInfo), word) {
			wrong = append(wrong, strconv.Quote(word))
		}
	}
	if len(wrong) > 0 {
		return nil, strings.Join(wrong, ", ") + ": nothing to set; open, ask, invited, listed, hidden, quiet, loud or keep=DAYS"
	}
	return inform{args[0], func(info *msgdef.GroupInfo) {
		for _, word := range args[1:] {
			set(info, word)
		}
	}}, ""
}

// set changes what a word of :set says.
func set(info *msgdef.GroupInfo, word string) (known bool) {
	switch word {
	case "open":
		info.Entry = msgdef.EntryOpen
	case "ask":
		info.Entry = msgdef.EntryAsk
	case "invited":
		info.Entry = msgdef.EntryInvited
	case "listed", "hidden":
		info.Listed = word == "listed"
	case "quiet", "loud":
		info.Quiet = word == "quiet"
	default:
		days, isKeep := strings.CutPrefix(word, "keep=")
		n, err := strconv.ParseUint(days, 10, 16)
		info.Keep = uint16(n)
		return isKeep && err == nil
	}
	return true
}

func readRename(args []string, _ string) (command, string) {
	return inform{args[0], func(info *msgdef.GroupInfo) { info.Name = untyped(args[1]) }}, ""
}

func readAnnounce(args []string, rest string) (command, string) {
	text := strings.TrimSpace(strings.TrimPrefix(rest, args[0]))
	return inform{args[0], func(info *msgdef.GroupInfo) { info.Announcement = text }}, ""
}

func readFind(args []string, _ string) (command, string) { return find{untyped(args[0])}, "" }

func readMembers(args []string, _ string) (command, string) { return members{args[0]}, "" }

func readTalks([]string, string) (command, string) { return talks{}, "" }
