package loopback

import (
	"context"

	"github.com/sim-im/sim/msgdef/rpc"
)

func (s service) Relations(ctx context.Context, in *rpc.RelationsQuery) (*rpc.RelationsReply, error) {
	return ask(ctx, in, s.impl.Relations)
}

func (s service) Profiles(ctx context.Context, in *rpc.ProfilesQuery) (*rpc.ProfilesReply, error) {
	return ask(ctx, in, s.impl.Profiles)
}

func (s service) FindPeople(ctx context.Context, in *rpc.PeopleSearch) (*rpc.ProfilesReply, error) {
	return ask(ctx, in, s.impl.FindPeople)
}
