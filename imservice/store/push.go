package store

import "github.com/sim-im/sim/msgdef"

// Outbox reads and removes the rows of Commit.Outbox. Reads see applied rows
// that are not yet durable; the caller bounds them.
type Outbox interface {
	// OutboxHead returns the greatest id there is, 0 when there is none. Ids of
	// rows that were removed are not counted.
	OutboxHead() (uint64, error)

	// OutboxRows appends to dst the rows with after < id ≤ upTo in ascending
	// order, at most limit of them.
	OutboxRows(dst []OutboxRow, after, upTo uint64, limit int) ([]OutboxRow, error)

	// OutboxRow returns the row with an id, or ErrNotFound.
	OutboxRow(id uint64) (OutboxRow, error)

	// RemoveOutbox removes rows, without waiting for durability: a power cut
	// may bring them back. Unknown ids are ignored.
	RemoveOutbox(ids []uint64) error
}

// PushToken is where notifications for a device go.
type PushToken struct {
	UID      uint64
	Device   uint64
	Provider msgdef.PushProvider
	Token    []byte // as the provider handed it out, never empty; owned by the caller
	Set      int64  // Unix milliseconds
}

// PushTokens keeps one token per device, and each token of a provider for one
// device. Changes are durable when the call returns.
type PushTokens interface {
	// PutPushToken stores a token in the place of the device's old one, and
	// takes it from the device that had the same one. ErrNotFound says that the
	// account was removed, see Deletions. Above limit the user's
	// tokens that were set first go; the new one always stays. It returns those
	// that went.
	PutPushToken(token PushToken, limit int) (gone []PushToken, err error)

	// PushToken returns the token of a device, or ErrNotFound.
	PushToken(uid, device uint64) (PushToken, error)

	// PushTokensOf lists the tokens of a user in ascending order of the device.
	PushTokensOf(uid uint64) ([]PushToken, error)

	// DropPushToken removes the token of a device, if it is the one given or nil
	// is. It tells whether there was one to remove.
	DropPushToken(uid, device uint64, token []byte) (bool, error)

	// PushTokenCount returns how many tokens there are. It reads all of them.
	PushTokenCount() (int, error)
}

// Terms counts, by region, how often its mastership has changed hands.
type Terms interface {
	// Term returns the greatest term of a region, 0 when there was none.
	Term(region string) (uint64, error)

	// PutTerm replaces the term of a region, durably. A region has 1 to 65535
	// bytes; engines need not take more than MaxKey.
	PutTerm(region string, term uint64) error
}
