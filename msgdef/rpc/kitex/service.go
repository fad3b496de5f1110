package kitex

import (
	"context"

	"github.com/sim-im/sim/msgdef/rpc"
)

// Service is a message service in another process.
type Service struct {
	messages
}

var (
	_ rpc.Service = (*Service)(nil)
	_ rpc.Leases  = (*Service)(nil)
	_ rpc.Outbox  = (*Service)(nil)
)

// DialService returns a message service at any of the endpoints. It does not
// connect yet. The error says which option is wrong.
func DialService(o ClientOptions) (*Service, error) {
	c, err := o.open(messageService())
	if err != nil {
		return nil, err
	}
	return &Service{newMessages(c)}, nil
}

// Lease implements rpc.Leases.
func (s *Service) Lease(ctx context.Context, in *rpc.LeaseRequest) (*rpc.LeaseReply, error) {
	return ask[rpc.LeaseRequest, rpc.LeaseReply](ctx, s.caller, methodLease, in)
}

// Due implements rpc.Outbox. The time it may wait adds to the timeout.
func (s *Service) Due(ctx context.Context, in *rpc.DueRequest) (*rpc.DueReply, error) {
	wait := millis(in.Wait)
	return askFor[rpc.DueRequest, rpc.DueReply](ctx, s.caller, methodDue, in, wait+s.options.timeoutOf(methodDue))
}

// Resolve implements rpc.Outbox.
func (s *Service) Resolve(ctx context.Context, in *rpc.PushRows) (*rpc.PushTargets, error) {
	return ask[rpc.PushRows, rpc.PushTargets](ctx, s.caller, methodResolve, in)
}

// Confirm implements rpc.Outbox.
func (s *Service) Confirm(ctx context.Context, in *rpc.PushOutcomes) error {
	return tell(ctx, s.caller, methodConfirm, in)
}

// messages is the part of a far end that route and message service share:
// rpc.Service.
type messages struct {
	*caller
	sender *sender
}

// newMessages returns the calls over c.
func newMessages(c *caller) messages {
	return messages{caller: c, sender: newSender(c)}
}

// Close ends calls under way with CodeShuttingDown and waits for them.
func (m messages) Close() {
	m.caller.close()
	m.sender.close()
}

// Send implements rpc.Messages. It returns after the outcomes were handed to
// the sink.
func (m messages) Send(ctx context.Context, in *rpc.Sends, to rpc.SendSink) error {
	return m.sender.send(ctx, in, to)
}

// GetMsg implements rpc.Messages.
func (m messages) GetMsg(ctx context.Context, in *rpc.Pulls) (*rpc.Pages, error) {
	return ask[rpc.Pulls, rpc.Pages](ctx, m.caller, methodGetMsg, in)
}

// GetConv implements rpc.Messages.
func (m messages) GetConv(ctx context.Context, in *rpc.ConvPulls) (*rpc.ConvPages, error) {
	return ask[rpc.ConvPulls, rpc.ConvPages](ctx, m.caller, methodGetConv, in)
}

// Heads implements rpc.Messages.
func (m messages) Heads(ctx context.Context, in *rpc.HeadsQuery) (*rpc.HeadsReply, error) {
	return ask[rpc.HeadsQuery, rpc.HeadsReply](ctx, m.caller, methodHeads, in)
}

// Read implements rpc.Messages.
func (m messages) Read(ctx context.Context, in *rpc.Reads) (*rpc.ReadResults, error) {
	return ask[rpc.Reads, rpc.ReadResults](ctx, m.caller, methodRead, in)
}

// SaveCursors implements rpc.Messages.
func (m messages) SaveCursors(ctx context.Context, in *rpc.Cursors) error {
	return tell(ctx, m.caller, methodSaveCursors, in)
}

// Arrived implements rpc.Messages.
func (m messages) Arrived(ctx context.Context, in *rpc.Cursors) (*rpc.Arrivals, error) {
	return ask[rpc.Cursors, rpc.Arrivals](ctx, m.caller, methodArrived, in)
}

// Login implements rpc.Accounts.
func (m messages) Login(ctx context.Context, in *rpc.LoginRequest) (*rpc.LoginReply, error) {
	return ask[rpc.LoginRequest, rpc.LoginReply](ctx, m.caller, methodLogin, in)
}

// ChangePassword implements rpc.Accounts. It is never made twice: the second
// would find that the old password is wrong.
func (m messages) ChangePassword(ctx context.Context, in *rpc.PasswordChange) (*rpc.PasswordReply, error) {
	return askOnce[rpc.PasswordChange, rpc.PasswordReply](ctx, m.caller, methodChangePassword, in)
}

// DeleteAccount implements rpc.Accounts.
func (m messages) DeleteAccount(ctx context.Context, in *rpc.AccountDeletion) error {
	return tell(ctx, m.caller, methodDeleteAccount, in)
}

// Lookup implements rpc.Accounts.
func (m messages) Lookup(ctx context.Context, in *rpc.LookupRequest) (*rpc.LookupReply, error) {
	return ask[rpc.LookupRequest, rpc.LookupReply](ctx, m.caller, methodLookup, in)
}

// RegisterPush implements rpc.PushTokens.
func (m messages) RegisterPush(ctx context.Context, in *rpc.PushToken) error {
	return tell(ctx, m.caller, methodRegisterPush, in)
}

// Resume implements rpc.Resumer.
func (m messages) Resume(ctx context.Context, in *rpc.ResumeRequest) (*rpc.LoginReply, error) {
	return ask[rpc.ResumeRequest, rpc.LoginReply](ctx, m.caller, methodResume, in)
}

// Groups implements rpc.Groups.
func (m messages) Groups(ctx context.Context, in *rpc.GroupsQuery) (*rpc.GroupsReply, error) {
	return ask[rpc.GroupsQuery, rpc.GroupsReply](ctx, m.caller, methodGroups, in)
}

// FindGroups implements rpc.Groups.
func (m messages) FindGroups(ctx context.Context, in *rpc.GroupSearch) (*rpc.GroupsReply, error) {
	return ask[rpc.GroupSearch, rpc.GroupsReply](ctx, m.caller, methodFindGroups, in)
}

// Members implements rpc.Groups.
func (m messages) Members(ctx context.Context, in *rpc.MembersQuery) (*rpc.MembersReply, error) {
	return ask[rpc.MembersQuery, rpc.MembersReply](ctx, m.caller, methodMembers, in)
}

// Talks implements rpc.Groups.
func (m messages) Talks(ctx context.Context, in *rpc.TalksQuery) (*rpc.TalksReply, error) {
	return ask[rpc.TalksQuery, rpc.TalksReply](ctx, m.caller, methodTalks, in)
}

// Watch implements rpc.Groups.
func (m messages) Watch(ctx context.Context, in *rpc.Watches) (*rpc.WatchReplies, error) {
	return ask[rpc.Watches, rpc.WatchReplies](ctx, m.caller, methodWatch, in)
}

// ConvHeads implements rpc.Groups.
func (m messages) ConvHeads(ctx context.Context, in *rpc.ConvHeadsQuery) (*rpc.ConvHeadsReply, error) {
	return ask[rpc.ConvHeadsQuery, rpc.ConvHeadsReply](ctx, m.caller, methodConvHeads, in)
}

// MediaToken implements rpc.Media.
func (m messages) MediaToken(ctx context.Context, in *rpc.MediaTokenQuery) (*rpc.MediaTokenReply, error) {
	return ask[rpc.MediaTokenQuery, rpc.MediaTokenReply](ctx, m.caller, methodMediaToken, in)
}

// MediaLinks implements rpc.Media.
func (m messages) MediaLinks(ctx context.Context, in *rpc.MediaLinksQuery) (*rpc.MediaLinksReply, error) {
	return ask[rpc.MediaLinksQuery, rpc.MediaLinksReply](ctx, m.caller, methodMediaLinks, in)
}
