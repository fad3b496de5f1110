package client_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/secure"
)

// Log in, say hello to bob, print what comes.
func Example() {
	text, err := os.ReadFile(".sim/roots.json")
	if err != nil {
		log.Fatal(err)
	}
	roots, err := secure.ParseRoots(text)
	if err != nil {
		log.Fatal(err)
	}
	c, err := client.New(client.Options{
		Address:  "127.0.0.1:7100",
		Roots:    roots,
		Account:  "alice",
		Password: "secret",
		State:    client.NewFileState("alice.json"),
		OnMessage: func(m *client.Message) {
			fmt.Printf("%s %d: %s\n", m.Time().Format(time.Kitchen), m.From, m.Body)
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()

	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := c.Connect(ctx); err != nil {
		log.Fatal(err)
	}
	found, err := c.Lookup(ctx, "bob")
	if err != nil {
		log.Fatal(err)
	}
	conv := msgdef.Pair(c.UID(), found["bob"])
	sent, err := c.Send(ctx, conv, msgdef.ContentText, []byte("hello"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("stored as number", sent.CSeq)
}

// What became of a message that could not be sent in time.
func ExampleClient_Send() {
	send := func(ctx context.Context, c *client.Client, conv msgdef.Conversation) string {
		_, err := c.Send(ctx, conv, msgdef.ContentText, []byte("hello"))
		var refused *client.Error
		switch {
		case err == nil:
			return "stored"
		case errors.As(err, &refused):
			return "refused: " + refused.Code.String()
		case errors.Is(err, client.ErrOutcomeUnknown):
			return "maybe stored"
		}
		return "not stored"
	}
	_ = send
}

// Queue while offline, and see later what became of it.
func ExampleClient_Queue() {
	var c *client.Client // of New, connected or not
	later := func(conv msgdef.Conversation) {
		h := c.Queue(conv, msgdef.ContentText, []byte("on the train"))
		go func() {
			<-h.Done()
			sent, err := h.Wait(context.Background())
			fmt.Println(sent.CSeq, err)
		}()
	}
	_ = later
}

// Answer messages in a loop of one's own, which may wait for the server.
func ExampleClient_Messages() {
	echo := func(ctx context.Context, c *client.Client) error {
		messages, err := c.Messages(100)
		if err != nil {
			return err
		}
		if err := c.Connect(ctx); err != nil {
			return err
		}
		for m := range messages {
			if m.From == c.UID() {
				continue
			}
			if _, err := c.Send(ctx, m.Conv, m.Kind, m.Body); err != nil {
				return err
			}
		}
		return nil
	}
	_ = echo
}

// Page a conversation from its newest message back to its first.
func ExampleClient_History() {
	all := func(ctx context.Context, c *client.Client, conv msgdef.Conversation) error {
		for before := uint64(0); ; {
			page, err := c.History(ctx, conv, before, 100)
			if err != nil || len(page.Messages) == 0 {
				return err
			}
			for i := len(page.Messages) - 1; i >= 0; i-- {
				fmt.Println(page.Messages[i].CSeq, string(page.Messages[i].Body))
			}
			before = page.Messages[0].CSeq
		}
	}
	_ = all
}
