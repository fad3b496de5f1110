package webhook

import (
	"encoding/hex"
	"encoding/json"
	"time"

	"github.com/sim-im/sim/push/provider"
)

// payload is the body of a call; doc.go shows one.
type payload struct {
	Type      string    `json:"type"`
	Timestamp time.Time `json:"timestamp"` // of the message
	Data      data      `json:"data"`
}

type data struct {
	UID          uint64 `json:"uid,string"`
	Device       uint64 `json:"device,string"`
	Token        []byte `json:"token"` // base64
	From         string `json:"from"`
	Conversation string `json:"conversation"` // hex
	CSeq         uint64 `json:"cseq,string"`
	USeq         uint64 `json:"useq,string"`
	Kind         uint8  `json:"kind"`
	Text         string `json:"text,omitempty"`
}

func encode(n *provider.Notification) ([]byte, error) {
	return json.Marshal(payload{
		Type:      "push",
		Timestamp: n.At.UTC(),
		Data: data{
			UID: n.UID, Device: n.Device, Token: n.Token, From: n.From,
			Conversation: hex.EncodeToString(n.Conversation[:]),
			CSeq:         n.CSeq, USeq: n.USeq, Kind: uint8(n.Kind), Text: n.Text,
		},
	})
}
