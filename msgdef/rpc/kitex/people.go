package kitex

import (
	"context"

	"github.com/sim-im/sim/msgdef/rpc"
)

// Relations implements rpc.People.
func (m messages) Relations(ctx context.Context, in *rpc.RelationsQuery) (*rpc.RelationsReply, error) {
	return ask[rpc.RelationsQuery, rpc.RelationsReply](ctx, m.caller, methodRelations, in)
}

// Profiles implements rpc.People.
func (m messages) Profiles(ctx context.Context, in *rpc.ProfilesQuery) (*rpc.ProfilesReply, error) {
	return ask[rpc.ProfilesQuery, rpc.ProfilesReply](ctx, m.caller, methodProfiles, in)
}

// FindPeople implements rpc.People.
func (m messages) FindPeople(ctx context.Context, in *rpc.PeopleSearch) (*rpc.ProfilesReply, error) {
	return ask[rpc.PeopleSearch, rpc.ProfilesReply](ctx, m.caller, methodFindPeople, in)
}
