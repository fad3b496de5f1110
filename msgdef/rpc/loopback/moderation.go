package loopback

import (
	"context"

	"github.com/sim-im/sim/msgdef/rpc"
)

// Moderation returns what operators do to accounts, reaching impl through bytes.
func Moderation(impl rpc.Moderation) rpc.Moderation { return moderation{impl} }

// moderation carries the calls of rpc.Moderation.
type moderation struct {
	impl rpc.Moderation
}

func (m moderation) Ban(ctx context.Context, in *rpc.Sanction) (*rpc.AccountState, error) {
	return ask(ctx, in, m.impl.Ban)
}

func (m moderation) Unban(ctx context.Context, in *rpc.Sanction) (*rpc.AccountState, error) {
	return ask(ctx, in, m.impl.Unban)
}

func (m moderation) Revoke(ctx context.Context, in *rpc.Sanction) (*rpc.AccountState, error) {
	return ask(ctx, in, m.impl.Revoke)
}

func (m moderation) Remove(ctx context.Context, in *rpc.Sanction) (*rpc.AccountState, error) {
	return ask(ctx, in, m.impl.Remove)
}

func (m moderation) SetPassword(ctx context.Context, in *rpc.PasswordReset) (*rpc.AccountState, error) {
	return ask(ctx, in, m.impl.SetPassword)
}

func (m moderation) Inspect(ctx context.Context, in *rpc.Sanction) (*rpc.AccountState, error) {
	return ask(ctx, in, m.impl.Inspect)
}

func (m moderation) SignInsOf(ctx context.Context, in *rpc.SignInsQuery) (*rpc.SignInsReply, error) {
	return ask(ctx, in, m.impl.SignInsOf)
}

func (m moderation) ExportOf(ctx context.Context, in *rpc.ExportQuery) (*rpc.ExportPage, error) {
	return ask(ctx, in, m.impl.ExportOf)
}
