package msgdef

// SettingAct is what a Setting does.
type SettingAct uint8

// What users set for conversations of theirs. Off takes back those up to
// SettingDraft.
const (
	SettingArchive SettingAct = 1 // it is put away until there is a message after CSeq
	SettingMute    SettingAct = 2 // its messages are not pushed before Until, but those that mention the user by id
	SettingPin     SettingAct = 3 // it stands above others, at Place
	SettingUnread  SettingAct = 4 // it looks unread until the user writes, or reads its newest message
	SettingDraft   SettingAct = 5 // Draft is what the user has begun to write
	SettingDelete  SettingAct = 6 // the messages at CSeqs are not served to the user any more
	SettingClear   SettingAct = 7 // none up to CSeq are

	SettingInvisible SettingAct = 20 // others see the user offline; Conv is the user's own stream
)

// Setting is the body of a message of ContentSetting in a user's own stream: what
// they want of a conversation, on all their devices. Others do not notice.
//
//msgdef:struct
type Setting struct {
	Conv  [16]byte
	Act   SettingAct
	Off   bool
	CSeq  uint64    // of SettingArchive and SettingClear, from 1
	Until int64     // of SettingMute: Unix milliseconds
	Place uint32    // of SettingPin, from 1; two may have the same
	Draft TalkDraft // of SettingDraft; not both empty
	CSeqs []uint64  `max:"100"` // of SettingDelete, from 1
}

// TalkDraft is what a user has begun to write in a conversation.
//
//msgdef:struct
type TalkDraft struct {
	Text  string `max:"2048"` // bytes
	Reply uint64 // cseq of the message that is answered; 0 for none
}

// TalkState is what settings have made of a conversation of a user.
//
//msgdef:struct
type TalkState struct {
	Changed  uint64 // cseq in the user's stream of the newest Setting of it: earlier ones are in here
	Archived uint64 // a message after this cseq brings it back; 0: it is not archived
	Muted    int64  // Unix milliseconds until which it is; 0: it is not
	Place    uint32 // where it is pinned; 0: nowhere
	Unread   uint64 // cseq of the newest message when it was marked unread; 0: it is not marked
	Draft    TalkDraft
	Drafted  uint64 // cseq in the user's stream of the Setting with Draft; 0 for none
	Cleared  uint64 // messages up to this cseq are not served
	Deleted  uint32 // and so many above

	Invisible int64 `gen:"2"` // of the own stream: since when others see the user offline, Unix milliseconds; 0: they do not

	Keep uint16 `gen:"3"` // of a pair: days that new messages live at most, as the newest Keep says; 0: as long as their senders say
	Kept uint64 `gen:"3"` // cseq in the pair of that message; 0 for none
}
