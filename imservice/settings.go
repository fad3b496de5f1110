package imservice

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// mostDeleted is how many single messages of a conversation a user deletes at most,
// beside what they clear.
const mostDeleted = 10000

var (
	errBadSetting   = &rpc.Error{Code: msgdef.CodeBadArgument, Detail: "not a setting that makes sense"}
	errNothingThere = &rpc.Error{Code: msgdef.CodeUnknownConversation, Detail: "the conversation has no messages"}
	errManyDeleted  = &rpc.Error{Code: msgdef.CodeManyDeleted, Detail: "as many messages are deleted as may be: clear the conversation"}
)

// settled is what a setting makes of a conversation of its user.
type settled struct {
	store.SettingRow                   // as it will be, but for Changed and Drafted
	drafted          bool              // it has a new draft
	superseded       *msgdef.Message   // the setting whose draft counts no more, without it; nil for none
	hidden           []store.HiddenRow // what is not served any more
}

// settle tells what the setting in an item makes of a conversation, or why it may
// not.
func (q *sequencer) settle(b *batch, it *rpc.Send) (*settled, error) {
	var asked msgdef.Setting
	if asked.Decode(it.Body) != nil || asked.Validate() != nil {
		return nil, errBadSetting
	}
	if asked.Act == msgdef.SettingInvisible {
		return q.hide(b, it.UID, &asked)
	}
	since, err := q.since(asked.Conv, it.UID)
	if err != nil {
		return nil, err
	}
	head, err := q.newest(asked.Conv)
	if err != nil {
		return nil, err
	}
	if head == 0 {
		return nil, errNothingThere
	}
	made := &settled{SettingRow: store.SettingRow{TalkName: store.TalkName{UID: it.UID, Conv: asked.Conv}}}
	if made.TalkState, err = q.talkState(b, made.TalkName); err != nil {
		return nil, err
	}
	switch asked.Act {
	case msgdef.SettingDelete:
		return made, q.delete(b, made, &asked, since, head)
	case msgdef.SettingClear:
		return made, q.clear(b, made, &asked, head)
	case msgdef.SettingDraft:
		return made, q.draft(b, made, &asked)
	}
	return made, made.mark(&asked, head)
}

// talkState returns what a user has set for a conversation, as of what was built
// before.
func (q *sequencer) talkState(b *batch, of store.TalkName) (state msgdef.TalkState, err error) {
	for i := range slices.Backward(b.commit.Settings) {
		if row := &b.commit.Settings[i]; row.TalkName == of {
			return row.TalkState, nil
		}
	}
	list, err := q.store.TalkStates(nil, []store.TalkName{of})
	if err != nil {
		return state, err
	}
	return list[0], nil
}

// mark does what needs nothing but the row.
func (made *settled) mark(asked *msgdef.Setting, head uint64) error {
	on := !asked.Off
	switch asked.Act {
	case msgdef.SettingArchive:
		made.Archived = 0
		if on {
			made.Archived = asked.CSeq
		}
		return unless(!on || asked.CSeq > 0 && asked.CSeq <= head)
	case msgdef.SettingMute:
		made.Muted = 0
		if on {
			made.Muted = asked.Until
		}
		return unless(!on || asked.Until > 0)
	case msgdef.SettingPin:
		made.Place = 0
		if on {
			made.Place = asked.Place
		}
		return unless(!on || asked.Place > 0)
	case msgdef.SettingUnread:
		made.Unread = 0
		if on {
			made.Unread = head
		}
		return nil
	}
	return errBadSetting
}

// unless returns nil where a setting makes sense.
func unless(good bool) error {
	if good {
		return nil
	}
	return errBadSetting
}

// draft puts a draft in the place of the one before, which is nowhere then.
func (q *sequencer) draft(b *batch, made *settled, asked *msgdef.Setting) (err error) {
	if !asked.Off && asked.Draft == (msgdef.TalkDraft{}) {
		return errBadSetting
	}
	made.superseded, err = q.withoutDraft(b, made.UID, made.Drafted)
	made.Draft, made.Drafted, made.drafted = msgdef.TalkDraft{}, 0, !asked.Off
	if made.drafted {
		made.Draft = asked.Draft
	}
	return err
}

// withoutDraft returns a setting of a user without the draft in it.
func (q *sequencer) withoutDraft(b *batch, uid, cseq uint64) (*msgdef.Message, error) {
	if cseq == 0 {
		return nil, nil
	}
	encoded, err := q.stored(b, msgdef.Stream(uid), cseq)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil // it is kept no longer
	}
	if err != nil {
		return nil, fmt.Errorf("setting %d: %w", cseq, err)
	}
	m, s := new(msgdef.Message), msgdef.Setting{}
	if err := errors.Join(m.Decode(encoded), s.Decode(m.Body)); err != nil {
		return nil, fmt.Errorf("setting %d: %w", cseq, err)
	}
	s.Draft = msgdef.TalkDraft{}
	m.Body = s.Append(nil)
	return m, nil
}

// clear hides all messages up to one, which those that were deleted before need not
// be any more.
func (q *sequencer) clear(b *batch, made *settled, asked *msgdef.Setting, head uint64) error {
	if asked.Off || asked.CSeq == 0 || asked.CSeq > head {
		return errBadSetting
	}
	if asked.CSeq <= made.Cleared {
		return nil
	}
	left, err := q.hidden(b, made.TalkName, asked.CSeq+1, head)
	made.Cleared, made.Deleted = asked.CSeq, uint32(len(left))
	if made.Unread <= made.Cleared {
		made.Unread = 0
	}
	made.hidden = []store.HiddenRow{{TalkName: made.TalkName, CSeq: asked.CSeq, Below: true}}
	return err
}

// delete hides single messages. Those that are hidden already stay so.
func (q *sequencer) delete(b *batch, made *settled, asked *msgdef.Setting, since, head uint64) error {
	if asked.Off || len(asked.CSeqs) == 0 {
		return errBadSetting
	}
	cseqs := distinct(asked.CSeqs, cmp.Compare[uint64])
	first, last := cseqs[0], cseqs[len(cseqs)-1]
	if first < since || last > head {
		return errBadSetting
	}
	before, err := q.hidden(b, made.TalkName, first, last)
	for _, cseq := range cseqs {
		if _, already := slices.BinarySearch(before, cseq); cseq > made.Cleared && !already {
			made.hidden = append(made.hidden, store.HiddenRow{TalkName: made.TalkName, CSeq: cseq})
		}
	}
	if made.Deleted += uint32(len(made.hidden)); made.Deleted > mostDeleted {
		return errManyDeleted
	}
	return err
}

// hidden returns which messages from one to another are deleted for a user, as of
// what was built before, ascending.
func (q *sequencer) hidden(b *batch, of store.TalkName, from, to uint64) ([]uint64, error) {
	list, err := q.store.Hidden(nil, of, from, to)
	for _, row := range b.commit.Hidden {
		switch {
		case row.TalkName != of:
		case row.Below:
			list = slices.DeleteFunc(list, func(cseq uint64) bool { return cseq <= row.CSeq })
		case row.CSeq >= from && row.CSeq <= to:
			list = append(list, row.CSeq)
		}
	}
	slices.Sort(list)
	return list, err
}

// set adds the rows of a setting at cseq of its user's stream.
func (b *batch) set(made *settled, cseq uint64) {
	made.Changed = cseq
	if made.drafted {
		made.Drafted = cseq
	}
	if made.superseded != nil {
		made.superseded.State = (&msgdef.MessageState{Changed: cseq}).Append(nil)
		b.replace(made.superseded)
	}
	b.commit.Settings = append(b.commit.Settings, made.SettingRow)
	b.commit.Hidden = append(b.commit.Hidden, made.hidden...)
}
