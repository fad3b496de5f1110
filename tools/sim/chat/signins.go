package chat

import (
	"context"
	"fmt"
	"strconv"

	"github.com/sim-im/sim/msgdef"
)

// signIns is :signins [n].
type signIns struct{ limit int }

const (
	signInPage = 20
	signInMost = 100
)

func readSignIns(args []string, _ string) (command, string) {
	if len(args) == 0 {
		return signIns{signInPage}, ""
	}
	n, err := strconv.Atoi(args[0])
	if err != nil || n < 1 || n > signInMost {
		return nil, fmt.Sprintf("%q is no number from 1 to %d", args[0], signInMost)
	}
	return signIns{n}, ""
}

// signInsEvent answers :signins, newest session first.
type signInsEvent struct {
	Event   string      `json:"event"` // signins
	SignIns []signInRow `json:"signins"`
	More    bool        `json:"more"` // there are older ones
}

type signInRow struct {
	Device   uint64 `json:"device,string"`
	Platform int    `json:"platform"`
	Address  string `json:"address,omitempty"`
	Gate     string `json:"gate"`
	Began    int64  `json:"began"`
	Ended    int64  `json:"ended,omitempty"`
	End      string `json:"end"`            // lasts, or how it ended
	Here     bool   `json:"here,omitempty"` // of this device
}

// run lists the user's sessions.
func (c signIns) run(ctx context.Context, s *session) error {
	ctx, cancel := s.timeout(ctx)
	defer cancel()
	page, err := s.client.SignIns(ctx, nil, c.limit)
	if err != nil {
		return unanswered("where you are signed in", err)
	}
	e := signInsEvent{Event: "signins", SignIns: []signInRow{}, More: page.More}
	for i := range page.SignIns {
		e.SignIns = append(e.SignIns, signInOf(&page.SignIns[i], s.client.Device()))
	}
	s.screen.show(e)
	return nil
}

func signInOf(in *msgdef.SignIn, here uint64) signInRow {
	return signInRow{
		Device: in.Device, Platform: int(in.Platform), Address: in.Address, Gate: in.Gate,
		Began: in.Began, Ended: in.Ended, End: in.End.String(), Here: in.Device == here,
	}
}

func (s *textScreen) signIns(e signInsEvent) {
	for _, in := range e.SignIns {
		device, until := fmt.Sprintf("device %x", in.Device), "lasts"
		if in.Here {
			device = "this device"
		}
		if in.Ended != 0 {
			until = "until " + s.clock(in.Ended) + ", " + in.End
		}
		fmt.Fprintf(s.out, "%s %s from %s at %s, %s\n", s.clock(in.Began), device, printable(in.Address), printable(in.Gate), until)
	}
	if e.More {
		fmt.Fprintln(s.out, "   and older ones")
	}
}
