package imservice

import (
	"context"
	"encoding/hex"
	"log/slog"
)

// trace logs what became of each message of a batch, at a level that is for
// debugging only: the lines cost more than the messages. Device and counter are
// what a gate logs of it as well.
func (y *syncer) trace(b *batch) {
	if !y.log.Enabled(context.Background(), slog.LevelDebug) {
		return
	}
	for i := range b.items {
		m, r := &b.items[i], &b.results[i]
		y.log.Debug("message", "uid", m.UID, "device", m.Device, "counter", m.Counter,
			"conversation", hex.EncodeToString(m.Conv[:]), "code", r.Code.String(), "cseq", r.CSeq, "useq", r.USeq)
	}
}
