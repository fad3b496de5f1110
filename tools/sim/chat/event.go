package chat

import (
	"encoding/hex"

	"github.com/sim-im/sim/msgdef"
)

// The events of --json, one object a line. Times are Unix milliseconds,
// conversations 32 hexadecimal digits, people account names.
type (
	// messageEvent is a message of the inbox.
	messageEvent struct {
		Event        string `json:"event"` // message
		Conversation string `json:"conversation"`
		From         string `json:"from"`
		To           string `json:"to,omitempty"`    // when the user wrote it on another device
		Group        string `json:"group,omitempty"` // where it is no conversation of two
		content
		CSeq uint64 `json:"cseq"`
		USeq uint64 `json:"useq"`
		At   int64  `json:"at"`
	}

	// sentEvent is a message that is durable.
	sentEvent struct {
		Event        string `json:"event"` // sent
		Conversation string `json:"conversation"`
		To           string `json:"to"`
		content
		CSeq uint64 `json:"cseq"`
		USeq uint64 `json:"useq"`
		At   int64  `json:"at"`
	}

	// readEvent says how far somebody has read.
	readEvent struct {
		Event        string `json:"event"` // read
		Conversation string `json:"conversation"`
		Group        string `json:"group,omitempty"`
		By           string `json:"by"`
		CSeq         uint64 `json:"cseq"`
	}

	// deliveredEvent says how far a device of the other one of two has what was written.
	deliveredEvent struct {
		Event        string `json:"event"` // delivered
		Conversation string `json:"conversation"`
		To           string `json:"to"`
		CSeq         uint64 `json:"cseq"`
	}

	// searchEvent answers :search.
	searchEvent struct {
		Event    string        `json:"event"` // search
		Text     string        `json:"text"`
		Messages []searchShown `json:"messages"`
		More     bool          `json:"more"` // there are more than are listed
	}

	searchShown struct {
		Conversation string `json:"conversation"`
		With         string `json:"with"`
		pastMessage
	}

	// typingEvent says that somebody is writing, or is no more.
	typingEvent struct {
		Event        string `json:"event"` // typing
		Conversation string `json:"conversation"`
		Group        string `json:"group,omitempty"`
		By           string `json:"by"`
		Off          bool   `json:"off,omitempty"`
	}

	// expiredEvent says that nobody can read a message any more.
	expiredEvent struct {
		Event        string `json:"event"` // expired
		Conversation string `json:"conversation"`
		With         string `json:"with"`
		CSeq         uint64 `json:"cseq"`
	}

	// presenceEvent answers :olu.
	presenceEvent struct {
		Event string       `json:"event"` // presence
		Total int          `json:"total"` // users online, which may be more than are listed
		Users []onlineUser `json:"users"`
	}

	onlineUser struct {
		User    string `json:"user"`
		Devices int    `json:"devices"`
		Since   int64  `json:"since"`
	}

	// historyEvent answers :history, oldest message first.
	historyEvent struct {
		Event        string        `json:"event"` // history
		Conversation string        `json:"conversation"`
		With         string        `json:"with"`
		Messages     []pastMessage `json:"messages"`
		More         bool          `json:"more"` // there are older ones
		Reads        []readMark    `json:"reads"`
	}

	pastMessage struct {
		From   string `json:"from"`
		Former bool   `json:"from_deleted,omitempty"` // their account is deleted
		content
		CSeq uint64 `json:"cseq"`
		At   int64  `json:"at"`
	}

	// pinsEvent answers :pins, newest message first.
	pinsEvent struct {
		Event        string        `json:"event"` // pins
		Conversation string        `json:"conversation"`
		With         string        `json:"with"`
		Messages     []pastMessage `json:"messages"`
		More         bool          `json:"more"` // there are older ones
	}

	readMark struct {
		User string `json:"user"`
		CSeq uint64 `json:"cseq"`
	}

	// stateEvent says that the connection changed.
	stateEvent struct {
		Event   string `json:"event"` // state
		State   string `json:"state"` // connecting, online, waiting, stopped
		User    string `json:"user"`
		Reason  string `json:"reason,omitempty"`
		RetryMS int64  `json:"retry_ms,omitempty"` // until the next try
	}

	// resyncEvent says that messages may be missing.
	resyncEvent struct {
		Event string `json:"event"` // resync
	}

	// errorEvent says what went wrong, and with which line of input.
	errorEvent struct {
		Event   string `json:"event"` // error
		Code    string `json:"code"`  // of the server, or usage, unreachable, untrusted, not_acknowledged, failed
		Message string `json:"message"`
		Line    int    `json:"line,omitempty"`
	}
)

// conversation returns the name of a conversation as events carry it.
func conversation(conv msgdef.Conversation) string { return hex.EncodeToString(conv[:]) }
