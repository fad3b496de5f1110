package kitex

import (
	"context"

	"github.com/sim-im/sim/msgdef/rpc"
)

// Moderation is what operators do to accounts, in another process.
type Moderation struct {
	*caller
}

var _ rpc.Moderation = (*Moderation)(nil)

// DialModeration returns the moderation of a message service at any of the
// endpoints. It does not connect yet. The error says which option is wrong.
func DialModeration(o ClientOptions) (*Moderation, error) {
	c, err := o.open(moderationService())
	if err != nil {
		return nil, err
	}
	return &Moderation{c}, nil
}

// Ban implements rpc.Moderation.
func (m *Moderation) Ban(ctx context.Context, in *rpc.Sanction) (*rpc.AccountState, error) {
	return m.do(ctx, methodBan, in)
}

// Unban implements rpc.Moderation.
func (m *Moderation) Unban(ctx context.Context, in *rpc.Sanction) (*rpc.AccountState, error) {
	return m.do(ctx, methodUnban, in)
}

// Revoke implements rpc.Moderation.
func (m *Moderation) Revoke(ctx context.Context, in *rpc.Sanction) (*rpc.AccountState, error) {
	return m.do(ctx, methodRevoke, in)
}

// Remove implements rpc.Moderation.
func (m *Moderation) Remove(ctx context.Context, in *rpc.Sanction) (*rpc.AccountState, error) {
	return m.do(ctx, methodRemove, in)
}

// SetPassword implements rpc.Moderation. A repetition sets the same once more.
func (m *Moderation) SetPassword(ctx context.Context, in *rpc.PasswordReset) (*rpc.AccountState, error) {
	return ask[rpc.PasswordReset, rpc.AccountState](ctx, m.caller, methodSetPassword, in)
}

// Inspect implements rpc.Moderation.
func (m *Moderation) Inspect(ctx context.Context, in *rpc.Sanction) (*rpc.AccountState, error) {
	return m.do(ctx, methodInspect, in)
}

// SignInsOf implements rpc.Moderation.
func (m *Moderation) SignInsOf(ctx context.Context, in *rpc.SignInsQuery) (*rpc.SignInsReply, error) {
	return ask[rpc.SignInsQuery, rpc.SignInsReply](ctx, m.caller, methodSignInsOf, in)
}

// ExportOf implements rpc.Moderation.
func (m *Moderation) ExportOf(ctx context.Context, in *rpc.ExportQuery) (*rpc.ExportPage, error) {
	return ask[rpc.ExportQuery, rpc.ExportPage](ctx, m.caller, methodExportOf, in)
}

// do makes one of the calls. A repetition finds done what was done.
func (m *Moderation) do(ctx context.Context, method string, in *rpc.Sanction) (*rpc.AccountState, error) {
	return ask[rpc.Sanction, rpc.AccountState](ctx, m.caller, method, in)
}

// Close ends calls under way with CodeShuttingDown.
func (m *Moderation) Close() { m.caller.close() }

// OfferModeration offers what operators do to accounts.
func OfferModeration(m rpc.Moderation) Offer {
	return Offer{service: moderationService(), methods: map[string]method{
		methodBan:         asking(m.Ban),
		methodUnban:       asking(m.Unban),
		methodRevoke:      asking(m.Revoke),
		methodRemove:      asking(m.Remove),
		methodSetPassword: asking(m.SetPassword),
		methodInspect:     asking(m.Inspect),
		methodSignInsOf:   asking(m.SignInsOf),
		methodExportOf:    asking(m.ExportOf),
	}}
}
