package mobile

import (
	"fmt"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/msgdef"
)

// Client is one device of a user; see client.Client.
type Client struct {
	c         *client.Client
	presences presences
}

// NewClient takes the state and returns a client that is not yet connected;
// messages may be queued already. A state whose queue was damaged is told once:
// another NewClient goes on with what is whole.
func NewClient(config *Config, listener Listener) (*Client, error) {
	o, err := config.options()
	if err != nil {
		return nil, err
	}
	if listener != nil {
		listen(&o, listener)
	}
	if config.Receipts != nil {
		receive(&o, config.Receipts)
	}
	c := new(Client)
	o.OnPresence = c.presences.tell
	if c.c, err = client.New(o); err != nil {
		return nil, err
	}
	return c, nil
}

// Connect logs in; from then on the client stays connected by itself, until it
// is closed or its State is PhaseStopped.
func (c *Client) Connect(call *Call) error {
	ctx, cancel := call.context()
	defer cancel()
	return c.c.Connect(ctx)
}

// Close ends the client. A Listener cannot call it.
func (c *Client) Close() error { return c.c.Close() }

// State returns the present state of the connection.
func (c *Client) State() *State { return stateOf(c.c.Status()) }

// UID returns the user's id, 0 before the first login.
func (c *Client) UID() int64 { return int64(c.c.UID()) }

// Account returns the user's name.
func (c *Client) Account() string { return c.c.Account() }

// SetBackground follows whether somebody looks at the app.
func (c *Client) SetBackground(background bool) { c.c.SetAppState(background) }

// NetworkChanged says that the machine is on another network, of a kind like
// "wifi" or "cell".
func (c *Client) NetworkChanged(kind string, call *Call) error {
	ctx, cancel := call.context()
	defer cancel()
	c.c.SetNetwork(kind)
	return c.c.Rebind(ctx)
}

// Queue keeps a message and sends it, now or when there is a connection, in this
// run of the app or a later one. It writes a file, which takes milliseconds.
func (c *Client) Queue(conv []byte, kind int, body []byte) (*Pending, error) {
	return c.QueueUntil(conv, kind, body, 0)
}

// QueueUntil is Queue for a message that is of no use from a time on, in Unix
// milliseconds and at most 6 days from now: it fails with KindExpired then. 0 is
// none of its own, which is 3 days.
func (c *Client) QueueUntil(conv []byte, kind int, body []byte, millis int64) (*Pending, error) {
	return c.QueueDraft(conv, &Draft{Kind: kind, Body: body, UntilMillis: millis})
}

// Pending returns the messages that are queued, of earlier runs too.
func (c *Client) Pending() *PendingList { return &PendingList{c.c.Queued()} }

// Flush returns when nothing is queued.
func (c *Client) Flush(call *Call) error {
	ctx, cancel := call.context()
	defer cancel()
	return c.c.Flush(ctx)
}

// History returns at most limit messages of a conversation below a cseq, the
// newest for 0, in ascending order.
func (c *Client) History(conv []byte, before int64, limit int, call *Call) (*MessageList, error) {
	id, err := conversation(conv)
	if err != nil {
		return nil, err
	}
	ctx, cancel := call.context()
	defer cancel()
	page, err := c.c.History(ctx, id, uint64(before), limit)
	if err != nil {
		return nil, err
	}
	return &MessageList{list: page.Messages, delivered: page.Delivered}, nil
}

// MarkRead tells that the user has read a conversation up to a cseq.
func (c *Client) MarkRead(conv []byte, cseq int64) error {
	id, err := conversation(conv)
	if err != nil {
		return err
	}
	return c.c.MarkRead(id, uint64(cseq))
}

// Lookup returns the uid of a name, 0 where there is none.
func (c *Client) Lookup(name string, call *Call) (int64, error) {
	ctx, cancel := call.context()
	defer cancel()
	found, err := c.c.Lookup(ctx, name)
	return int64(found[name]), err
}

// Name returns the name of a user, "" where there is none.
func (c *Client) Name(uid int64, call *Call) (string, error) {
	ctx, cancel := call.context()
	defer cancel()
	found, err := c.c.Names(ctx, uint64(uid))
	return found[uint64(uid)], err
}

// IsOnline reports whether a user is online.
func (c *Client) IsOnline(uid int64, call *Call) (bool, error) {
	ctx, cancel := call.context()
	defer cancel()
	found, err := c.c.Online(ctx, uint64(uid))
	return len(found.Users) > 0, err
}

// DeleteAccount deletes the account, for good: all devices are ended with KindDeleted,
// and nothing of it stays on this one. The proof is the password, or a token of the
// issuer.
func (c *Client) DeleteAccount(proof string, call *Call) error {
	ctx, cancel := call.context()
	defer cancel()
	return c.c.DeleteAccount(ctx, proof)
}

// ChangePassword puts another password in the place of the account's: all other
// devices have to log in with it, and this one goes on.
func (c *Client) ChangePassword(old, new string, call *Call) error {
	ctx, cancel := call.context()
	defer cancel()
	return c.c.ChangePassword(ctx, old, new)
}

// RegisterPush says where notifications go while the app is not connected: a
// provider of msgdef.PushProvider, and the token that it gave the app.
func (c *Client) RegisterPush(provider int, token []byte, call *Call) error {
	if provider < 0 || provider > 255 {
		return fmt.Errorf("mobile: provider %d; 0 to 255", provider)
	}
	ctx, cancel := call.context()
	defer cancel()
	return c.c.RegisterPush(ctx, msgdef.PushProvider(provider), token)
}
