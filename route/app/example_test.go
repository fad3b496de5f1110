package app_test

import (
	"context"
	"log"
	"os"
	"os/signal"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/vectors/kinds"
	"github.com/sim-im/sim/route/app"
)

// hotel serves one frame. It implements the interface that is generated beside
// the messages. kinds stands for their package here, which has more of them than
// a hotel has methods for.
type hotel struct {
	kinds.UpHandler
	*app.Call
}

// HandleScalars books a room, answers the client who asked, and tells all
// devices of the user.
func (h hotel) HandleScalars(book *kinds.Scalars) error {
	if book.Int64 > 12 {
		return app.Refuse(msgdef.CodeForbidden, "there is no room %d", book.Int64)
	}
	if err := app.Reply(h.Call, &kinds.Texts{Text: "it is yours"}); err != nil {
		return err
	}
	_, err := app.Tell(h.Context(), h.Service(), &kinds.Grown{ID: uint64(book.Int64), Name: "booked"}, h.UID)
	return err
}

// A whole business service, for `sim dev` on the same machine.
func ExampleServe() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	stop() // in an example that is tested

	err := app.Serve(ctx, app.Options{
		Service: "hotel", First: 0x8000, Last: 0x80ff, Routes: []string{"127.0.0.1:7103"},
	}, func(c *app.Call) error {
		return app.Dispatch(c, new(kinds.UpDecoder), kinds.UpHandler(hotel{Call: c}), kinds.FromJSON)
	})
	if err != nil {
		log.Fatal(err)
	}
	// Output:
}
