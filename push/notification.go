package push

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/push/provider"
)

// notification makes what a provider gets of what the outbox resolved. The
// error says that the message cannot be read.
func (o *Options) notification(row *rpc.PushRow, target *rpc.PushTarget) (*provider.Notification, error) {
	var m msgdef.Message
	if err := m.Decode(target.Message); err != nil {
		return nil, err
	}
	n := &provider.Notification{
		ID:  notificationID(o.Origin, row),
		UID: row.UID, Device: row.Device, Token: target.Token,
		From: target.From, Conversation: m.Conv, CSeq: m.CSeq, USeq: row.USeq,
		Kind: m.Kind, At: time.UnixMilli(m.At),
	}
	if m.Kind == msgdef.ContentText && !o.HideText {
		n.Text = preview(m.Body)
	}
	return n, nil
}

// notificationID names a push: the same for every attempt, and different for
// every row, also of a store that was put back to an earlier state and counts
// its rows anew.
func notificationID(origin string, row *rpc.PushRow) string {
	sum := sha256.Sum256(row.Append(append([]byte(origin), 0)))
	return "msg_" + hex.EncodeToString(sum[:16])
}

// preview returns the first provider.MaxText bytes of a text, less the part of
// a character at their end. What is no UTF-8 is shown as U+FFFD.
func preview(body []byte) string {
	cut := len(body) > provider.MaxText+utf8.UTFMax
	if cut {
		body = body[:provider.MaxText+utf8.UTFMax]
	}
	text := strings.ToValidUTF8(string(body), "\uFFFD")
	if len(text) <= provider.MaxText {
		return text
	}
	end := provider.MaxText
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end]
}
