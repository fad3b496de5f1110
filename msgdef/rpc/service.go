package rpc

import "context"

// Messages is the message path of the message service. Routes offer it to
// gates by passing it on.
type Messages interface {
	// Send offers messages of one or many connections. Acceptance is not
	// acknowledgement: the outcome of every item arrives at the sink, exactly
	// once, in the order of the items of a connection, after the commit is
	// durable. In one process Send does not wait for it; between processes it
	// may return after the outcomes, so that a connection has one batch under
	// way and its order needs nobody's care. After an error the sink is not
	// called: no item was taken, or it is not known, which sending again under
	// the same counters settles.
	Send(ctx context.Context, batch *Sends, sink SendSink) error

	// GetMsg reads inboxes after cursors, never beyond the durable head.
	GetMsg(ctx context.Context, batch *Pulls) (*Pages, error)

	// GetConv reads conversations. Membership is checked inside.
	GetConv(ctx context.Context, batch *ConvPulls) (*ConvPages, error)

	// Heads returns the newest durable useq of users.
	Heads(ctx context.Context, batch *HeadsQuery) (*HeadsReply, error)

	// Read merges read positions by maximum and returns when they are durable.
	// On the way back a route tells the other members' live sessions.
	Read(ctx context.Context, batch *Reads) (*ReadResults, error)

	// Typing says which members of groups hear that others are writing there: of
	// whom may not write now, nobody does. On the way back a route tells them, and
	// the other one of a pair who is not to be spared.
	Typing(ctx context.Context, batch *Typings) (*TypingReply, error)

	// SaveCursors keeps the cursors of devices, merged by maximum. It may return
	// before they are durable: a cursor that is lost costs a repeated pull.
	SaveCursors(ctx context.Context, batch *Cursors) error

	// Arrived is SaveCursors, and says what of pairs has arrived by that. A route
	// does so for SaveCursors, and tells the other one's live sessions.
	Arrived(ctx context.Context, batch *Cursors) (*Arrivals, error)
}

// SendSink takes the outcomes of sends. Implementations are comparable, do not
// block, and copy what they keep.
type SendSink interface {
	Sent(*SendResults)
}

// Accounts is the user side of the message service.
type Accounts interface {
	// Login checks a proof and returns the account with its device's state.
	Login(ctx context.Context, req *LoginRequest) (*LoginReply, error)

	// ChangePassword replaces an account's password for a session that knows the
	// old one. It returns when that is durable, with all tokens, all tickets and all
	// other sessions of the account ended as by Revoke. Of changes at once one is
	// done. CodeWrongPassword says that the old password is another, CodeWeakPassword and
	// CodeSamePassword what is wrong with the new one, CodeForbidden that an issuer
	// outside has the password, or that the session is over; CodeBusy that too many
	// were wrong.
	ChangePassword(ctx context.Context, req *PasswordChange) (*PasswordReply, error)

	// DeleteAccount is Remove for a session that brings a fresh proof; again it does
	// nothing. CodeWrongPassword says that the proof is none of the account, CodeForbidden
	// that it is proven otherwise, or the session over, CodeBusy that too many were wrong.
	DeleteAccount(ctx context.Context, req *AccountDeletion) error

	// Lookup finds users by name and id; unknown ones are left out.
	Lookup(ctx context.Context, req *LookupRequest) (*LookupReply, error)
}

// Groups tells users of their groups and conversations. They change by messages,
// see msgdef.ContentGroup.
type Groups interface {
	// Groups returns those that exist and that the user may know of.
	Groups(ctx context.Context, query *GroupsQuery) (*GroupsReply, error)

	// FindGroups returns listed groups by the beginning of their name.
	FindGroups(ctx context.Context, search *GroupSearch) (*GroupsReply, error)

	// Members lists the members of a group. CodeUnknownConversation and
	// CodeForbidden refuse who is none.
	Members(ctx context.Context, query *MembersQuery) (*MembersReply, error)

	// Talks lists the conversations of a user.
	Talks(ctx context.Context, query *TalksQuery) (*TalksReply, error)

	// Watch tells who may have the messages of big groups as they come.
	Watch(ctx context.Context, batch *Watches) (*WatchReplies, error)

	// ConvHeads returns the newest durable messages of big groups.
	ConvHeads(ctx context.Context, query *ConvHeadsQuery) (*ConvHeadsReply, error)
}

// Past is what users look for in what was written.
type Past interface {
	// Pins returns the pinned messages of a conversation. CodeUnknownConversation
	// and CodeForbidden refuse who may not read it.
	Pins(ctx context.Context, query *PinsQuery) (*PinsReply, error)

	// FindMessages looks for a text in what a user may read. One conversation that
	// they may not read is refused like by Pins.
	FindMessages(ctx context.Context, search *MessageSearch) (*FoundMessages, error)

	// Laters returns what of a user waits to be sent, which is durable.
	Laters(ctx context.Context, query *LatersQuery) (*LatersReply, error)
}

// People is what users know of each other. It changes by messages, see
// msgdef.ContentFriend, msgdef.ContentBlock and msgdef.ContentProfile.
type People interface {
	// Relations lists what a user has with others.
	Relations(ctx context.Context, query *RelationsQuery) (*RelationsReply, error)

	// Profiles tells how users show themselves; unknown ones are left out.
	Profiles(ctx context.Context, query *ProfilesQuery) (*ProfilesReply, error)

	// FindPeople finds users by the beginning of their name. CodeForbidden says that
	// this installation does not let anybody, CodeBusy that somebody has asked too often.
	FindPeople(ctx context.Context, search *PeopleSearch) (*ProfilesReply, error)
}

// Media lets users at what is kept beside messages.
type Media interface {
	// MediaToken lets a user upload. CodeNoMedia says that there is nowhere to.
	MediaToken(ctx context.Context, query *MediaTokenQuery) (*MediaTokenReply, error)

	// MediaLinks tells where media can be read, to who may read the message that
	// carries them. The code of one that they may not, or that is not there, is in
	// its place.
	MediaLinks(ctx context.Context, query *MediaLinksQuery) (*MediaLinksReply, error)
}

// SignIns is the log of who was online from when to when, where, and why no longer.
type SignIns interface {
	// KeepSignIns keeps sessions that have begun or ended, and returns when they are
	// durable. It may be repeated: of what is told of a session twice one is kept.
	KeepSignIns(ctx context.Context, batch *SignInBatch) error

	// SignIns lists the sessions of the user with UID. One that lasts as far as
	// anybody was told, and whose gate is gone, has ended with msgdef.EndGateLost.
	SignIns(ctx context.Context, query *SignInsQuery) (*SignInsReply, error)
}

// Contacts tells users of others.
type Contacts interface {
	// Whereabouts says who is online, to who may know. Routes override it: the
	// message service alone says of nobody that they are.
	Whereabouts(ctx context.Context, query *WhereaboutsQuery) (*WhereaboutsReply, error)
}

// Resumer is how a gate learns that a session may come back without a proof.
type Resumer interface {
	// Resume returns the account and its device's state as Login does, without a
	// token. CodeBadCredentials says that what was proven before holds no more: a
	// login with a proof tells the user why.
	Resume(ctx context.Context, req *ResumeRequest) (*LoginReply, error)
}

// Tickets keeps what lets sessions be resumed at any gate of a region. Nothing
// may depend on a ticket being given out once only: a registry that was
// restored from an older copy gives it out again.
type Tickets interface {
	// KeepTickets keeps tickets until they are taken or expire. One that is lost
	// costs a full login.
	KeepTickets(ctx context.Context, batch *TicketBatch) error

	// TakeTicket removes a ticket and returns it. CodeBadCredentials says that
	// there is none.
	TakeTicket(ctx context.Context, take *TicketTake) (*Ticket, error)
}

// Moderation is what operators do to accounts. Each method returns when it is
// durable; sessions that it ends are ended within seconds, also when processes
// die meanwhile. CodeUnknownUser says that there is no such account.
type Moderation interface {
	// Ban refuses logins, and ends sessions with CodeBanned and the reason.
	Ban(ctx context.Context, s *Sanction) (*AccountState, error)

	// Unban lifts a ban. Tokens from before it hold no more.
	Unban(ctx context.Context, s *Sanction) (*AccountState, error)

	// Revoke ends sessions and tokens with CodeRevoked.
	Revoke(ctx context.Context, s *Sanction) (*AccountState, error)

	// Remove deletes an account, durably. Its name is nobody's again, nobody reaches it,
	// its sessions end with CodeDeleted; AccountState says how far it is cleaned up.
	Remove(ctx context.Context, s *Sanction) (*AccountState, error)

	// SetPassword replaces a password, and ends sessions and tokens with CodeRevoked.
	// CodeWeakPassword says what is wrong with it, CodeForbidden that an issuer has it.
	SetPassword(ctx context.Context, p *PasswordReset) (*AccountState, error)

	// Inspect returns the account as it is.
	Inspect(ctx context.Context, s *Sanction) (*AccountState, error)

	// SignInsOf lists the sessions of an account, see SignIns.
	SignInsOf(ctx context.Context, query *SignInsQuery) (*SignInsReply, error)

	// ExportOf returns a page of the export of an account, see Exports. It does for
	// one that is banned; CodeDeleted says that there is no more of it.
	ExportOf(ctx context.Context, query *ExportQuery) (*ExportPage, error)
}

// Evictor ends sessions on behalf of the message service.
type Evictor interface {
	// Evict has the sessions that the route knows ended. It may be repeated, and
	// should be for a minute, because a login may be under way, a gate stopped, a
	// call lost. CodeUnavailable says that there may be more sessions, or that the
	// route is not the master of its region: another one may be asked as well.
	Evict(ctx context.Context, batch *Evictions) error
}

// Sessions is how gates tell a route who is connected where.
type Sessions interface {
	// Register adds sessions of a gate. A session of the same user and device
	// elsewhere is displaced: its gate is told to kick it.
	Register(ctx context.Context, batch *SessionBatch) error

	// Unregister removes sessions that ended; unknown ones are ignored.
	Unregister(ctx context.Context, batch *SessionBatch) error

	// Presence tells who is online.
	Presence(ctx context.Context, req *PresenceRequest) (*PresenceReply, error)
}

// Roster is how a gate keeps an image of its sessions equal to the original:
// in every route of its region, so that any of them delivers, and in the
// registry, where other regions look.
//
// Updates of a gate's epoch are numbered from 1 without gaps. An image that is
// behind, because it is new or missed one, says which number it wants; when the
// gate cannot repeat that, it sends everything as a snapshot.
type Roster interface {
	Update(ctx context.Context, update *RosterUpdate) (*RosterReply, error)
}

// Leases hands out the mastership of regions. The message service has the one
// clock that counts and keeps terms in its store.
type Leases interface {
	// Lease takes or renews the mastership of a region. Who gets it when it was
	// free gets a term greater than every one before; who asks while another
	// holds it is told whom.
	Lease(ctx context.Context, req *LeaseRequest) (*LeaseReply, error)
}

// PushTokens is how devices say where notifications reach them.
type PushTokens interface {
	// RegisterPush keeps where notifications for a device go. It returns when
	// that is durable.
	RegisterPush(ctx context.Context, token *PushToken) error
}

// Outbox hands what should be pushed to push services. A row stays until it is
// confirmed; who takes rows and says nothing sees them again.
type Outbox interface {
	// Due takes rows that nobody holds, oldest first, and waits a while for the
	// first one.
	Due(ctx context.Context, req *DueRequest) (*DueReply, error)

	// Resolve tells what a push of rows would say, and to whom, as of now. A row
	// whose device has the message by now, or has no token, is obsolete; so is
	// one that was confirmed, or that is a day old.
	Resolve(ctx context.Context, rows *PushRows) (*PushTargets, error)

	// Confirm removes rows for good; unknown ones are ignored.
	Confirm(ctx context.Context, outcomes *PushOutcomes) error
}

// Notifier brings committed messages towards the sessions of their members.
// Delivery is idempotent and may lose: heads heal it.
type Notifier interface {
	// Notify delivers to all sessions it knows. CodeUnavailable says that it has
	// done so, but knows not all of them: another route may be asked as well.
	Notify(ctx context.Context, batch *Notices) error
}

// Application is what a business service offers to routes: it serves frames of
// the types it claimed.
type Application interface {
	// Handle serves a batch of frames, those of a user in their order. It returns
	// when all are answered; until then the connections in it have no further
	// frame of these types under way. An error refuses all of them.
	Handle(ctx context.Context, batch *AppFrames) (*AppReplies, error)
}

// Forwarder brings frames of applications to the services that claimed their
// types, those of a user to one instance. Nothing is kept and nothing repeated:
// a frame arrives once or not at all.
type Forwarder interface {
	// Forward returns the answers, by ascending item. Frames of types nobody
	// claims are answered with CodeUnknownType, those of a service that fails
	// with its error, CodeTimeout when it takes longer than 2 s. The answers come
	// together: a caller who does not want the frames of one service to wait for
	// another's puts one type in a batch.
	Forward(ctx context.Context, batch *AppFrames) (*AppReplies, error)
}

// Applications is what routes offer to business services.
type Applications interface {
	// Claim takes or renews a range of types for an instance of a service at this
	// route. CodeForbidden names the service that has some of it, CodeBusy says
	// that the route has as many claims as it takes. A release returns when no call
	// to the instance is under way from this route.
	Claim(ctx context.Context, claim *Claim) (*ClaimReply, error)

	// Tell brings notices to the sessions of this route's region. CodeForbidden
	// refuses types that the service has not claimed. CodeUnavailable, which is
	// Undone, says that the route does not know all sessions: to ask another one,
	// or to say that some are enough. Who repeats Tell after another error may
	// tell twice.
	Tell(ctx context.Context, batch *AppNotices) (*AppTold, error)
}

// Service is the whole message service as a route sees it.
type Service interface {
	Messages
	Accounts
	Groups
	Past
	People
	Media
	PushTokens
	Resumer
	SignIns
	Exports
	Contacts
}

// Route is what gates call.
type Route interface {
	Service
	Sessions
	Forwarder
	Tickets
}

// Gate is what routes call on one gate.
type Gate interface {
	// Deliver queues notifies for connections of this gate.
	Deliver(ctx context.Context, batch *Deliveries) error

	// Push queues ready frames for connections of this gate.
	Push(ctx context.Context, batch *Frames) error

	// Kick ends connections with a reason the client is shown.
	Kick(ctx context.Context, batch *Kicks) error
}
