package contracttest

import (
	"bytes"
	"context"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// gateLog is the far end of a route: a gate that writes down what it is told.
type gateLog struct{ record[event] }

// event is something that a connection was sent.
type event struct {
	epoch uint64
	conn  uint64
	kind  msgdef.Type      // TypeNotify, TypeKicked, or that of a pushed frame
	useq  uint64           // of a notify
	body  string           // of a notify's message, or of a frame
	json  string           // of a frame
	code  msgdef.ErrorCode // of a kick
}

// newGateLog returns an empty log.
func newGateLog() *gateLog { return &gateLog{newRecord[event]()} }

// Deliver implements rpc.Gate.
func (g *gateLog) Deliver(_ context.Context, batch *rpc.Deliveries) error {
	for _, d := range batch.To {
		g.add(event{
			epoch: batch.Epoch, conn: d.Conn, kind: msgdef.TypeNotify,
			useq: d.USeq, body: string(batch.Messages[d.Message]),
		})
	}
	return nil
}

// Push implements rpc.Gate.
func (g *gateLog) Push(_ context.Context, batch *rpc.Frames) error {
	for _, f := range batch.Items {
		g.add(event{epoch: batch.Epoch, conn: f.Conn, kind: msgdef.Type(f.Type), body: string(f.Body), json: string(f.JSON)})
	}
	return nil
}

// Kick implements rpc.Gate.
func (g *gateLog) Kick(_ context.Context, batch *rpc.Kicks) error {
	for _, k := range batch.Items {
		g.add(event{epoch: batch.Epoch, conn: k.Conn, kind: msgdef.TypeKicked, code: k.Code})
	}
	return nil
}

// readBy is the event of a receipt at a connection.
func readBy(epoch, conn uint64, receipt msgdef.ReadBy) event {
	return event{epoch: epoch, conn: conn, kind: msgdef.TypeReadBy, body: string(receipt.Append(nil))}
}

// filler is the content of a message that is told from others by its number.
func filler(n int) []byte {
	return bytes.Repeat([]byte{byte(n), byte(n >> 8)}, 8)
}
