package chat

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// command is what one line of input asks for.
type command interface {
	run(ctx context.Context, s *session) error
}

type (
	send    struct{ to, text string } // user;;text, #group;;text
	history struct {                  // :history user [n]
		with  string
		limit int
	}
	online struct{}                         // :olu
	pause  struct{ duration time.Duration } // :sleep seconds
	help   struct{}                         // :help
	quit   struct{}                         // :q
	empty  struct{}                         // nothing but spaces
)

const (
	historyPage = 20  // messages, when a line does not say
	historyMost = 200 // messages of one page
	sleepMost   = time.Hour
)

// HelpText returns what can be typed, an indented line each.
func HelpText() string {
	return "    " + strings.ReplaceAll(strings.TrimSpace(helpText), "\n", "\n    ") + "\n"
}

const helpText = `user;;text          send text to user
#group;;text        or to a group, named as :talks shows it; @user addresses a member
:send to file       a picture, a sound, a video, any file; :save to n file keeps that of message n
:reply to n text    the same, in answer to message n
:typing to          they see that you are writing
:fade to seconds text      a text that nobody can read after so long
:later to 10m text  sent by the server then, or at 18:30; :later lists, :later cancel n
:edit to n text     other words for it; :recall to n takes them back
:react to n emoji   an emoji to it; :unreact takes it away; :pin to n, :unpin
:pins to            what is pinned there
:history user [n]   the newest n messages with user or #group (20); again pages back
:search to text     what was said there; everywhere searches all conversations
:talks              your conversations, what is unread, and what you set
:archive to         put it away until something new comes; :unarchive
:silence to minutes no notifications but for who names you; 0 ends it
:top to [place]     pin it above others (1); :untop
:unread to          mark it unread, until you write there or read on
:draft to [text]    keep what you began to write, on all your devices; no text drops it
:delete to n ...    messages you do not want to see any more; others still do
:clear to [n]       all of them up to n, or all
:olu                who is online
:watch user ...     whether they are online, and each change; #group watches 500 of its members,
                    from the first, or those [after user], in the place of those before; :unwatch
:online #group      how many of its members are online
:invisible          others see you offline; :visible
:signins [n]        where and when you were signed in, newest first (20)
:export file        all that is kept of your account, as lines of JSON; no file is overwritten
:friend add user [greeting]    ask to be friends; :friend accept, decline, withdraw or remove user
:friends            who they are, and who asks or was asked
:profile [user]     how somebody shows themself
:profile set name=text about=text avatar=file hidden=yes|no   how you do, any of these
:block user         they do not reach you any more; :unblock
:keep user days     for how many days what either of you writes from now on can be read; 0: no end
:found name [user ...]     make a group with others; _ stands for a space in its name
:find prefix        people, and listed groups, whose name begins so
:members #group     who is in it
:invite #group user ...    have others in it; :remove, :ban and :unban alike
:join #group        come in, where it is open; :ask where one asks; :leave
:role #group admin|member user ...   what others are
:mute #group minutes user ...        0 lets them write again
:set #group word ...       open, ask or invited; listed or hidden; quiet (only admins write) or loud;
                           keep=DAYS drops older messages, keep=0 leaves that to the server
:rename #group name; :announce #group text; :transfer #group user; :dissolve #group
:delete-account     deletes your account, for good; asks for its name and the password
:push log           notifications go to the server's log while you are away
:push webhook token or to its webhook with token; :push off ends them
:sleep seconds      wait and show what comes in, for scripts
:help               this
:q                  leave, when everything sent is acknowledged
`

// LineError says what is wrong with a line of input.
type LineError struct {
	Line string
	Why  string
}

// Error implements error.
func (e *LineError) Error() string { return fmt.Sprintf("%q: %s", e.Line, e.Why) }

// parse reads a line. The error is a *LineError.
func parse(line string) (command, error) {
	line = strings.TrimRight(line, "\r\n")
	trimmed := strings.TrimSpace(line)
	wrong := func(why string) (command, error) { return nil, &LineError{Line: line, Why: why} }
	switch {
	case trimmed == "":
		return empty{}, nil
	case !strings.HasPrefix(trimmed, ":"):
		to, text, ok := strings.Cut(line, ";;")
		to = strings.TrimSpace(to)
		if !ok || to == "" || text == "" {
			return wrong("neither user;;text nor a command; :help shows both")
		}
		if !utf8.ValidString(line) {
			return wrong("is not UTF-8")
		}
		return send{to: to, text: text}, nil
	}
	words := strings.Fields(trimmed)
	if g, ok := groupLines()[words[0]]; ok {
		return parseGroup(trimmed, g, words[1:])
	}
	for _, lines := range []map[string]groupLine{settingLines(), laterLines()} {
		if g, ok := lines[words[0]]; ok {
			return parseGroup(trimmed, g, words[1:])
		}
	}
	if g, ok := friendLines()[words[0]]; ok {
		return parseGroup(trimmed, g, words[1:])
	}
	switch name, args := words[0], words[1:]; {
	case name == ":history":
		return parseHistory(line, args)
	case name == ":push":
		return parsePush(line, args)
	case name == ":sleep":
		return parseSleep(line, args)
	case plain(name) == nil:
		return wrong("unknown command; :help shows them all")
	case len(args) > 0:
		return wrong(name + " takes no arguments")
	default:
		return plain(name), nil
	}
}

// plain returns the command without arguments of a name, nil when there is
// none.
func plain(name string) command {
	switch name {
	case ":olu":
		return online{}
	case ":help", ":h", ":?":
		return help{}
	case ":q", ":quit":
		return quit{}
	}
	return nil
}

func parseHistory(line string, args []string) (command, error) {
	h := history{limit: historyPage}
	if len(args) < 1 || len(args) > 2 {
		return nil, &LineError{Line: line, Why: "is :history user|#group [n]"}
	}
	h.with = args[0]
	if len(args) == 2 {
		n, err := strconv.Atoi(args[1])
		if err != nil || n < 1 || n > historyMost {
			return nil, &LineError{Line: line, Why: fmt.Sprintf("%q is not a number from 1 to %d", args[1], historyMost)}
		}
		h.limit = n
	}
	return h, nil
}

func parseSleep(line string, args []string) (command, error) {
	if len(args) == 1 {
		seconds, err := strconv.ParseFloat(args[0], 64)
		if err == nil && seconds > 0 && seconds <= sleepMost.Seconds() {
			return pause{time.Duration(seconds * float64(time.Second))}, nil
		}
	}
	return nil, &LineError{Line: line, Why: "is :sleep seconds, above 0 and at most an hour"}
}
