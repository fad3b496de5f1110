package imservice

import (
	"errors"
	"log/slog"
	"runtime"
	"time"

	"github.com/sim-im/sim/imservice/issuer"
	"github.com/sim-im/sim/imservice/media"
	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef/rpc"
)

// Options configure a Server. Only Store is mandatory.
type Options struct {
	Store  store.Store      // stays the caller's to close, after the Server
	Logger *slog.Logger     // nil discards
	Now    func() time.Time // nil means time.Now

	// OpenRegistration lets the first login with a name create its account.
	OpenRegistration bool

	// Issuers are those outside whose tokens prove an account; nil means none.
	Issuers *issuer.Set

	// Evictor ends sessions after bans and the like; with nil they end by
	// themselves.
	Evictor rpc.Evictor

	// Media makes what lets users at media; nil means that there are none here.
	Media *media.Signer

	// Exempt tells which accounts are free of the send rate; nil means none.
	Exempt func(name string) bool

	// FriendsOnly has nobody write to a pair but friends.
	FriendsOnly bool

	// FindPeople says how users find each other.
	FindPeople PeopleSearch

	Limits   Limits
	Password PasswordCost
}

// Limits bound what others can make a Server hold. A zero field takes the
// value in its comment.
type Limits struct {
	WaitingMessages int // taken but not yet sequenced: 65,536
	WaitingBytes    int // bodies of those: 64 MiB
	CommitMessages  int // in one commit: 4,096, which is also the most
	CommitBytes     int // bodies in one commit, about: 8 MiB

	CachedUsers         int // heads in memory: 262,144
	CachedConversations int // heads in memory: 262,144
	CachedGroups        int // with their members in memory: 4,096
	CachedReads         int // read marks in memory: 65,536
	CachedDevices       int // highest counters in memory: 262,144
	CachedAccounts      int // names in memory: 16,384

	PageEntries int // in one page when the caller does not say: 256; never above 512
	PageBytes   int // of messages in one page, about: 256 KiB
	ReplyBytes  int // of messages in all pages of one call, about: 4 MiB

	DevicesPerUser int           // cursors, and push tokens, kept: 64
	TokensPerUser  int           // devices with a token: 64
	TokenLifetime  time.Duration // 30 days
	TokenRotation  time.Duration // after which a login by token exchanges it: 24 h

	HashesAtOnce       int // password hashes computed at the same time: one per core
	HashesWaiting      int // logins waiting for one: 256
	FailuresPerAccount int // wrong passwords per minute: 20
	FailuresPerAddress int // wrong passwords per minute, with room for carrier NAT: 300
	MinPassword        int // bytes of a new password: 1

	Pushes          int           // messages that wait to be pushed, of all devices: 1,048,576; beyond it none are added
	PushesPerDevice int           // messages that wait to be pushed to one device: 1,000; beyond it none are added
	PushAge         time.Duration // of a message after which it is not pushed any more: 24 h

	Evictions    int           // users, or devices, whose sessions are still to be ended: 65,536; beyond it nobody is judged
	EvictionLife time.Duration // for which routes that cannot be told are tried again: 24 h

	GroupInboxes int // members up to which messages of a group go into the inbox of each: 200, which is also the most
	GroupMembers int // 100,000

	KeepInbox    time.Duration // entries of inboxes: 30 days; below 0 for ever
	KeepSent     time.Duration // what a repeated send is recognised by: 7 days; below 0 for ever
	KeepMessages time.Duration // 0 is for ever
	KeepSignIns  time.Duration // who was online from when to when: 30 days; below 0 for ever

	SignInsPerUser int           // kept at most: 1,000
	Sweep          time.Duration // between looks at what is kept no longer: 1 h

	Exports     int // of a user's account, begun in 24 h: 10
	ExportPages int // of these, in a minute: 120

	Friends       int           // of a user: 5,000
	FriendsAsked  int           // whom a user has asked and who have not answered: 200
	FriendsAsking int           // who have asked a user that has not answered: 1,000
	Blocks        int           // whom a user blocks: 1,000
	AskAgain      time.Duration // after which somebody who did not want to, or was asked by mistake, may be asked again: 24 h

	EditWithin   time.Duration // that a sender may change a message: 48 h
	RecallWithin time.Duration // that a sender may take a message back: 48 h
	LooseMedia   time.Duration // that media stay which no message carries: 24 h

	Lease         time.Duration // that the mastership of a region lasts unless it is renewed: 6 s
	NotifyTimeout time.Duration // for one batch of notices, which may take up to twice that: 2 s
}

// PasswordCost is what one argon2id hash takes. Stored hashes carry theirs, so
// it can change at any time.
type PasswordCost struct {
	MemoryKiB   uint32 // 19,456
	Iterations  uint32 // 2
	Parallelism uint8  // 1
}

const (
	maxCommit  = 4096 // of rpc.Sends, rpc.SendResults and rpc.Notices
	maxEntries = 512  // of rpc.Page and rpc.ConvPage
)

func (o Options) withDefaults() Options {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Exempt == nil {
		o.Exempt = func(string) bool { return false }
	}
	o.Limits = o.Limits.withDefaults()
	o.Password = PasswordCost{
		MemoryKiB:   or(o.Password.MemoryKiB, 19<<10),
		Iterations:  or(o.Password.Iterations, 2),
		Parallelism: or(o.Password.Parallelism, 1),
	}
	return o
}

func (l Limits) withDefaults() Limits {
	l.WaitingMessages = or(l.WaitingMessages, 64<<10)
	l.WaitingBytes = or(l.WaitingBytes, 64<<20)
	l.CommitMessages = min(or(l.CommitMessages, maxCommit), maxCommit)
	l.CommitBytes = or(l.CommitBytes, 8<<20)
	l.CachedUsers = or(l.CachedUsers, 256<<10)
	l.CachedConversations = or(l.CachedConversations, 256<<10)
	l.CachedGroups = or(l.CachedGroups, 4<<10)
	l.CachedReads = or(l.CachedReads, 64<<10)
	l.CachedDevices = or(l.CachedDevices, 256<<10)
	l.CachedAccounts = or(l.CachedAccounts, 16<<10)
	l.PageEntries = min(or(l.PageEntries, 256), maxEntries)
	l.PageBytes = or(l.PageBytes, 256<<10)
	l.ReplyBytes = or(l.ReplyBytes, 4<<20)
	l.DevicesPerUser = or(l.DevicesPerUser, 64)
	l.TokensPerUser = or(l.TokensPerUser, 64)
	l.TokenLifetime = or(l.TokenLifetime, 30*24*time.Hour)
	l.TokenRotation = or(l.TokenRotation, 24*time.Hour)
	l.Evictions = or(l.Evictions, 64<<10)
	l.EvictionLife = or(l.EvictionLife, 24*time.Hour)
	l.HashesAtOnce = or(l.HashesAtOnce, runtime.GOMAXPROCS(0))
	l.HashesWaiting = or(l.HashesWaiting, 256)
	l.FailuresPerAccount = or(l.FailuresPerAccount, 20)
	l.FailuresPerAddress = or(l.FailuresPerAddress, 300)
	l.MinPassword = or(l.MinPassword, 1)
	l.Pushes = or(l.Pushes, 1<<20)
	l.PushesPerDevice = or(l.PushesPerDevice, 1000)
	l.KeepInbox = or(l.KeepInbox, 30*24*time.Hour)
	l.KeepSent = or(l.KeepSent, 7*24*time.Hour)
	l.KeepSignIns = or(l.KeepSignIns, 30*24*time.Hour)
	l.SignInsPerUser = or(l.SignInsPerUser, 1000)
	l.Sweep = or(l.Sweep, time.Hour)
	l.PushAge = or(l.PushAge, 24*time.Hour)
	l.GroupInboxes = min(or(l.GroupInboxes, mostInboxes), mostInboxes)
	l.GroupMembers = or(l.GroupMembers, 100_000)
	l.Exports = or(l.Exports, 10)
	l.ExportPages = or(l.ExportPages, 120)
	l.Friends = or(l.Friends, 5000)
	l.FriendsAsked = or(l.FriendsAsked, 200)
	l.FriendsAsking = or(l.FriendsAsking, 1000)
	l.Blocks = or(l.Blocks, 1000)
	l.AskAgain = or(l.AskAgain, 24*time.Hour)
	l.EditWithin = or(l.EditWithin, 48*time.Hour)
	l.RecallWithin = or(l.RecallWithin, 48*time.Hour)
	l.LooseMedia = or(l.LooseMedia, 24*time.Hour)
	l.Lease = or(l.Lease, 6*time.Second)
	l.NotifyTimeout = or(l.NotifyTimeout, 2*time.Second)
	return l
}

func (o Options) validate() error {
	if o.Store == nil {
		return errors.New("imservice: Options.Store is missing")
	}
	l := o.Limits
	for _, n := range []int{
		l.WaitingMessages, l.WaitingBytes, l.CommitMessages, l.CommitBytes,
		l.CachedUsers, l.CachedConversations, l.CachedGroups, l.CachedReads, l.CachedDevices, l.CachedAccounts,
		l.PageEntries, l.PageBytes, l.ReplyBytes, l.DevicesPerUser, l.TokensPerUser,
		l.HashesAtOnce, l.HashesWaiting, l.FailuresPerAccount, l.FailuresPerAddress, l.MinPassword,
		l.Pushes, l.PushesPerDevice, l.SignInsPerUser, l.Exports, l.ExportPages, l.GroupInboxes, l.GroupMembers, l.Evictions, int(l.EvictionLife), int(l.TokenRotation),
		l.Friends, l.FriendsAsked, l.FriendsAsking, l.Blocks, int(l.AskAgain),
		int(l.PushAge), int(l.EditWithin), int(l.RecallWithin), int(l.LooseMedia), int(l.Lease), int(l.TokenLifetime), int(l.NotifyTimeout),
	} {
		if n < 0 {
			return errors.New("imservice: a field of Options.Limits is negative")
		}
	}
	return nil
}

// or returns v, or what stands for its zero value.
func or[T comparable](v, zero T) T {
	var none T
	if v == none {
		return zero
	}
	return v
}
