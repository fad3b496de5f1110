package loopback

import (
	"context"

	"github.com/sim-im/sim/msgdef/rpc"
)

// Service returns a message service that reaches impl through bytes.
func Service(impl rpc.Service) rpc.Service {
	return service{impl}
}

// service carries the calls of rpc.Service.
type service struct {
	impl rpc.Service
}

func (s service) Send(ctx context.Context, in *rpc.Sends, to rpc.SendSink) error {
	return tell(ctx, in, func(ctx context.Context, arg *rpc.Sends) error {
		return s.impl.Send(ctx, arg, sink{to})
	})
}

func (s service) GetMsg(ctx context.Context, in *rpc.Pulls) (*rpc.Pages, error) {
	return ask(ctx, in, s.impl.GetMsg)
}

func (s service) GetConv(ctx context.Context, in *rpc.ConvPulls) (*rpc.ConvPages, error) {
	return ask(ctx, in, s.impl.GetConv)
}

func (s service) Heads(ctx context.Context, in *rpc.HeadsQuery) (*rpc.HeadsReply, error) {
	return ask(ctx, in, s.impl.Heads)
}

func (s service) Read(ctx context.Context, in *rpc.Reads) (*rpc.ReadResults, error) {
	return ask(ctx, in, s.impl.Read)
}

func (s service) SaveCursors(ctx context.Context, in *rpc.Cursors) error {
	return tell(ctx, in, s.impl.SaveCursors)
}

func (s service) Arrived(ctx context.Context, in *rpc.Cursors) (*rpc.Arrivals, error) {
	return ask(ctx, in, s.impl.Arrived)
}

func (s service) Login(ctx context.Context, in *rpc.LoginRequest) (*rpc.LoginReply, error) {
	return ask(ctx, in, s.impl.Login)
}

func (s service) ChangePassword(ctx context.Context, in *rpc.PasswordChange) (*rpc.PasswordReply, error) {
	return ask(ctx, in, s.impl.ChangePassword)
}

func (s service) DeleteAccount(ctx context.Context, in *rpc.AccountDeletion) error {
	return tell(ctx, in, s.impl.DeleteAccount)
}

func (s service) Lookup(ctx context.Context, in *rpc.LookupRequest) (*rpc.LookupReply, error) {
	return ask(ctx, in, s.impl.Lookup)
}

func (s service) RegisterPush(ctx context.Context, in *rpc.PushToken) error {
	return tell(ctx, in, s.impl.RegisterPush)
}

func (s service) Resume(ctx context.Context, in *rpc.ResumeRequest) (*rpc.LoginReply, error) {
	return ask(ctx, in, s.impl.Resume)
}

func (s service) Groups(ctx context.Context, in *rpc.GroupsQuery) (*rpc.GroupsReply, error) {
	return ask(ctx, in, s.impl.Groups)
}

func (s service) FindGroups(ctx context.Context, in *rpc.GroupSearch) (*rpc.GroupsReply, error) {
	return ask(ctx, in, s.impl.FindGroups)
}

func (s service) Members(ctx context.Context, in *rpc.MembersQuery) (*rpc.MembersReply, error) {
	return ask(ctx, in, s.impl.Members)
}

func (s service) Talks(ctx context.Context, in *rpc.TalksQuery) (*rpc.TalksReply, error) {
	return ask(ctx, in, s.impl.Talks)
}

func (s service) Watch(ctx context.Context, in *rpc.Watches) (*rpc.WatchReplies, error) {
	return ask(ctx, in, s.impl.Watch)
}

func (s service) ConvHeads(ctx context.Context, in *rpc.ConvHeadsQuery) (*rpc.ConvHeadsReply, error) {
	return ask(ctx, in, s.impl.ConvHeads)
}

func (s service) MediaToken(ctx context.Context, in *rpc.MediaTokenQuery) (*rpc.MediaTokenReply, error) {
	return ask(ctx, in, s.impl.MediaToken)
}

func (s service) MediaLinks(ctx context.Context, in *rpc.MediaLinksQuery) (*rpc.MediaLinksReply, error) {
	return ask(ctx, in, s.impl.MediaLinks)
}
