package export

import (
	"bytes"
	"encoding/json"
)

// Places of types among types.
const (
	kindHeader = iota
	kindAccount
	kindProfile
	kindSetting
	kindRelation
	kindDevice
	kindPushDevice
	kindSignIn
	kindLater
	kindGroup
	kindConversation
	kindMessage
	kindFooter
)

// place checks that a line stands where it may, and says what it has to.
func (v *verifier) place(kind int, text []byte) {
	if v.last == kindFooter {
		return // enough was said
	}
	if v.report.Lines == 1 && kind != kindHeader {
		v.fault("is no header")
	}
	if !v.follows(kind) {
		v.fault("of type %s does not follow one of type %s", types()[kind], types()[v.last])
	}
	if kind != v.last && kind < kindGroup {
		v.after = order{}
	}
	if kind < kindFooter { // which was read
		v.ascends(kind, text)
	}
}

// follows tells whether a line of a type may stand after that before it.
func (v *verifier) follows(kind int) bool {
	switch {
	case v.report.Lines == 1, kind == kindGroup, kind == kindConversation:
		return true
	case kind == kindMessage:
		return v.last == kindConversation || v.last == kindMessage
	}
	return kind > v.last || kind == v.last && kind >= kindSetting
}

// ordered is what the order of lines follows from.
type ordered struct {
	UID          ID     `json:"uid"`
	Device       ID     `json:"device"`
	Number       uint64 `json:"number"`
	Conversation Name   `json:"conversation"`
	Began        Time   `json:"began"`
}

// ascends checks that a line is after that before it in the order of its type, so that
// none is twice.
func (v *verifier) ascends(kind int, text []byte) {
	var l ordered
	err := json.Unmarshal(text, &l)
	if err == nil && kind == kindHeader {
		err = v.header(text)
	}
	if err != nil {
		v.fault("is not as one of type %s is: %v", types()[kind], err)
		return
	}
	was := v.after
	switch kind {
	case kindRelation:
		v.after.number = uint64(l.UID)
		v.ascending(was.number, v.after.number)
	case kindDevice, kindPushDevice:
		v.after.number = uint64(l.Device)
		v.ascending(was.number, v.after.number)
	case kindLater:
		v.after.number = l.Number
		v.ascending(was.number, v.after.number)
	case kindSignIn:
		if v.after.began = l.Began; was.began != 0 && l.Began > was.began {
			v.fault("is newer than the session before it")
		}
	case kindGroup, kindConversation:
		v.after = order{conv: l.Conversation}
		if c := bytes.Compare(was.conv[:], l.Conversation[:]); c > 0 || c == 0 && v.last != kindGroup {
			v.fault("is of a conversation that is not after the one before it")
		}
	case kindMessage:
		if l.Conversation != was.conv {
			v.fault("is of another conversation than the one before it")
		}
		v.after.number = l.Number
		v.ascending(was.number, l.Number)
	}
}

// ascending checks a number.
func (v *verifier) ascending(was, is uint64) {
	if is <= was {
		v.fault("has the number %d after %d", is, was)
	}
}

// header checks what the file is.
func (v *verifier) header(text []byte) error {
	h := &v.report.Header
	if err := json.Unmarshal(text, h); err != nil {
		return err
	}
	if h.Format != Format || h.Version != Version {
		v.fault("says that the format is %.40q, version %d; want %q, version %d", h.Format, h.Version, Format, Version)
	}
	return nil
}
