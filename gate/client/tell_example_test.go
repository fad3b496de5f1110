package client_test

import (
	"errors"
	"fmt"
	"log"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/msgdef/vectors/kinds"
)

// orders takes what the services of an application send. kinds stands for the
// package of its definitions.
type orders struct{}

func (orders) HandleNames(m *kinds.Names) error { fmt.Println("names of", m.UserID); return nil }
func (orders) HandleTexts(m *kinds.Texts) error { fmt.Println(m.Text); return nil }

func (orders) HandleLists(*kinds.Lists) error       { return nil }
func (orders) HandleGrown(*kinds.Grown) error       { return nil }
func (orders) HandleEnvelope(*kinds.Envelope) error { return nil }
func (orders) HandleDeep(*kinds.Deep) error         { return nil }

// Have generated code take the frames of an application apart, and tell its
// services something.
func ExampleTell() {
	var decoder kinds.DownDecoder
	onFrame := func(f client.Frame) {
		if err := client.Dispatch(f, &decoder, kinds.DownHandler(orders{}), kinds.FromJSON); err != nil {
			log.Printf("frame %v: %v", f.Type, err)
		}
	}
	options := client.Options{
		OnFrame: onFrame,
		OnRefused: func(r client.Refused) {
			log.Printf("frame %d was not served: %v", r.Number, r.Err)
		},
	}
	ask := func(c *client.Client) error { // of New with these options, and connected
		_, err := client.Tell(c, &kinds.Scalars{Int64: 1})
		if errors.Is(err, client.ErrDisconnected) {
			log.Print("offline: nothing is kept, tell it again later")
		}
		return err
	}
	_, _ = options, ask

	// What a service sends arrives like this.
	answer := kinds.Texts{Text: "you have one order"}
	onFrame(client.Frame{Type: 0x8002, Body: answer.Append(nil)})
	// Output: you have one order
}
