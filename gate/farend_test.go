package gate_test

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// farEnd is the other side of the contract: one route and message service in
// memory, with the sequences and inboxes that the gate's clients can see. A
// test may put a failure in front of each call.
type farEnd struct {
	mu        sync.Mutex
	gate      rpc.Gate
	epoch     uint64
	names     map[string]uint64
	sessions  map[uint64]rpc.Session // by conn
	entered   []rpc.Session
	ended     []rpc.Session
	inbox     map[uint64][]msgdef.Entry // by user
	convs     map[msgdef.Conversation][][]byte
	sends     []rpc.Send
	batches   []int // sizes of Sends
	cursors   []rpc.Cursor
	reads     []rpc.Read
	logins    []rpc.LoginRequest
	tokens    []rpc.PushToken
	deletions []rpc.AccountDeletion
	changes   []rpc.PasswordChange
	tickets   map[[16]byte]rpc.Ticket
	resumed   []rpc.ResumeRequest
	hung      bool   // TakeTicket does not answer
	accounts  uint64 // the generation of all

	proofEnds int64 // of a login by password, Unix milliseconds; 0 says nothing

	before func(method string) error // nil: none; called without the lock

	farApps
	farGroups
	farTopics
	farPast
	farPeople
	farTyping
	farMedia
	farSignIns
	farExports
	farPresence
}

const storeEpoch = 77

var _ rpc.Route = (*farEnd)(nil)

func newFarEnd() *farEnd {
	return &farEnd{
		names:    map[string]uint64{},
		sessions: map[uint64]rpc.Session{},
		inbox:    map[uint64][]msgdef.Entry{},
		convs:    map[msgdef.Conversation][][]byte{},
		tickets:  map[[16]byte]rpc.Ticket{},

		farTyping: farTyping{make(chan rpc.Typing, 64)},
	}
}

// uid returns the id of a name, a new one at first.
func (e *farEnd) uid(name string) uint64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.uidLocked(name)
}

func (e *farEnd) uidLocked(name string) uint64 {
	if e.names[name] == 0 {
		e.names[name] = uint64(len(e.names) + 1)
	}
	return e.names[name]
}

// fail makes calls of a method fail with a code; CodeOK makes them work again.
func (e *farEnd) fail(method string, code msgdef.ErrorCode) {
	e.intercept(func(called string) error {
		if called == method && code != msgdef.CodeOK {
			return rpc.Errorf(code, "%s fails", method)
		}
		return nil
	})
}

func (e *farEnd) intercept(before func(string) error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.before = before
}

func (e *farEnd) enter(method string) error {
	e.mu.Lock()
	before := e.before
	e.mu.Unlock()
	if before == nil {
		return nil
	}
	return before(method)
}

func (e *farEnd) Login(_ context.Context, req *rpc.LoginRequest) (*rpc.LoginReply, error) {
	if err := e.enter("Login"); err != nil {
		return nil, err
	}
	if string(req.Secret) != "secret" {
		return nil, rpc.Errorf(msgdef.CodeBadCredentials, "wrong password")
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	logged := *req
	logged.Secret = nil // an argument is not kept
	e.logins = append(e.logins, logged)
	return &rpc.LoginReply{
		UID: e.uidLocked(req.Account), Account: req.Account, Token: []byte("token"),
		TokenExpires: e.proofEnds,
		Exempt:       req.Account == "robot", Generation: e.accounts,
	}, nil
}

func (e *farEnd) Register(_ context.Context, batch *rpc.SessionBatch) error {
	if err := e.enter("Register"); err != nil {
		return err
	}
	var kicks rpc.Kicks
	e.mu.Lock()
	for _, s := range batch.Items {
		e.sessions[s.Conn] = s
		e.entered = append(e.entered, s)
		newest := s
		for conn, old := range e.sessions {
			if old.UID != s.UID || old.Device != s.Device || conn == newest.Conn {
				continue
			}
			if older(newest, old) {
				newest, old = old, newest
			}
			delete(e.sessions, old.Conn)
			kicks.Items = append(kicks.Items, rpc.Kick{Conn: old.Conn, Code: msgdef.CodeReplaced, Detail: "again"})
		}
	}
	e.watch(batch.Topics, true)
	kicks.Epoch = e.epoch
	e.mu.Unlock()
	return e.gate.Kick(context.Background(), &kicks)
}

// older orders sessions of a device as routes do.
func older(a, b rpc.Session) bool {
	return cmp.Or(cmp.Compare(a.Since, b.Since), cmp.Compare(a.Conn, b.Conn)) < 0
}

func (e *farEnd) Unregister(_ context.Context, batch *rpc.SessionBatch) error {
	if err := e.enter("Unregister"); err != nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, s := range batch.Items {
		delete(e.sessions, s.Conn)
	}
	e.ended = append(e.ended, batch.Items...)
	e.watch(batch.Topics, false)
	return nil
}

func (e *farEnd) Send(_ context.Context, batch *rpc.Sends, sink rpc.SendSink) error {
	if err := e.enter("Send"); err != nil {
		return err
	}
	var results rpc.SendResults
	notices := rpc.Deliveries{Epoch: e.epoch}
	e.mu.Lock()
	e.batches = append(e.batches, len(batch.Items))
	for _, s := range batch.Items {
		s.Body, s.Extra = slices.Clone(s.Body), slices.Clone(s.Extra)
		e.sends = append(e.sends, s)
		results.Items = append(results.Items, e.commit(&s, &notices))
	}
	e.mu.Unlock()
	sink.Sent(&results)
	return e.gate.Deliver(context.Background(), &notices)
}

// commit stores a message and says who gets it. e.mu is held.
func (e *farEnd) commit(s *rpc.Send, notices *rpc.Deliveries) rpc.SendResult {
	result := rpc.SendResult{Conn: s.Conn, Counter: s.Counter}
	a, b, ok := msgdef.PairMembers(s.Conv)
	if !ok {
		result.Code = msgdef.CodeUnknownConversation
		return result
	}
	result.CSeq = uint64(len(e.convs[s.Conv]) + 1)
	m := msgdef.Message{
		Conv: s.Conv, CSeq: result.CSeq, From: s.UID, Device: s.Device, Counter: s.Counter,
		At: 1000, Kind: s.Kind, Body: s.Body,
	}
	encoded := m.Append(nil)
	e.convs[s.Conv] = append(e.convs[s.Conv], encoded)
	index := uint32(len(notices.Messages))
	notices.Messages = append(notices.Messages, encoded)
	for _, uid := range slices.Compact([]uint64{a, b}) {
		useq := uint64(len(e.inbox[uid]) + 1)
		e.inbox[uid] = append(e.inbox[uid], msgdef.Entry{USeq: useq, Message: encoded})
		if uid == s.UID {
			result.USeq = useq
		}
		for conn, session := range e.sessions {
			if session.UID == uid && conn != s.Conn {
				notices.To = append(notices.To, rpc.Delivery{Message: index, Conn: conn, USeq: useq})
			}
		}
	}
	result.At = m.At
	return result
}

func (e *farEnd) GetMsg(_ context.Context, batch *rpc.Pulls) (*rpc.Pages, error) {
	if err := e.enter("GetMsg"); err != nil {
		return nil, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	pages := new(rpc.Pages)
	for _, pull := range batch.Items {
		all := e.inbox[pull.UID]
		page := rpc.Page{StoreEpoch: storeEpoch, Head: uint64(len(all))}
		switch {
		case pull.After > page.Head:
			page.Status = msgdef.SyncReset
		default:
			page.Entries = slices.Clone(all[pull.After:min(pull.After+256, page.Head)])
		}
		pages.Items = append(pages.Items, page)
	}
	return pages, nil
}

func (e *farEnd) GetConv(_ context.Context, batch *rpc.ConvPulls) (*rpc.ConvPages, error) {
	if err := e.enter("GetConv"); err != nil {
		return nil, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	pages := new(rpc.ConvPages)
	for _, pull := range batch.Items {
		a, b, _ := msgdef.PairMembers(pull.Conv)
		if pull.UID != a && pull.UID != b {
			pages.Items = append(pages.Items, rpc.ConvPage{Code: msgdef.CodeForbidden})
			continue
		}
		all := e.convs[pull.Conv]
		pages.Items = append(pages.Items, rpc.ConvPage{
			Head: uint64(len(all)), Messages: slices.Clone(all[:min(256, len(all))]),
			Reads: []msgdef.ReadMark{{UID: a, CSeq: 1}},
		})
	}
	return pages, nil
}

func (e *farEnd) Heads(_ context.Context, batch *rpc.HeadsQuery) (*rpc.HeadsReply, error) {
	if err := e.enter("Heads"); err != nil {
		return nil, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	reply := &rpc.HeadsReply{StoreEpoch: storeEpoch}
	for _, uid := range batch.UIDs {
		reply.USeqs = append(reply.USeqs, uint64(len(e.inbox[uid])))
	}
	return reply, nil
}

func (e *farEnd) Read(_ context.Context, batch *rpc.Reads) (*rpc.ReadResults, error) {
	if err := e.enter("Read"); err != nil {
		return nil, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	out := new(rpc.ReadResults)
	for _, r := range batch.Items {
		a, b, _ := msgdef.PairMembers(r.Conv)
		code := msgdef.CodeOK
		if r.UID != a && r.UID != b {
			code = msgdef.CodeForbidden
		}
		e.reads = append(e.reads, r)
		out.Items = append(out.Items, rpc.ReadResult{Code: code, CSeq: r.CSeq})
	}
	return out, nil
}

func (e *farEnd) Arrived(ctx context.Context, batch *rpc.Cursors) (*rpc.Arrivals, error) {
	return new(rpc.Arrivals), e.SaveCursors(ctx, batch)
}

func (e *farEnd) SaveCursors(_ context.Context, batch *rpc.Cursors) error {
	if err := e.enter("SaveCursors"); err != nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.cursors = append(e.cursors, batch.Items...)
	return nil
}

func (e *farEnd) Lookup(_ context.Context, req *rpc.LookupRequest) (*rpc.LookupReply, error) {
	if err := e.enter("Lookup"); err != nil {
		return nil, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	reply := new(rpc.LookupReply)
	for _, name := range req.Names {
		if uid := e.names[name]; uid != 0 {
			reply.Users = append(reply.Users, msgdef.User{UID: uid, Name: name})
		}
	}
	return reply, nil
}

func (e *farEnd) RegisterPush(_ context.Context, token *rpc.PushToken) error {
	if err := e.enter("RegisterPush"); err != nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	kept := *token
	kept.Token = slices.Clone(kept.Token)
	e.tokens = append(e.tokens, kept)
	return nil
}

func (e *farEnd) ChangePassword(_ context.Context, req *rpc.PasswordChange) (*rpc.PasswordReply, error) {
	if err := e.enter("ChangePassword"); err != nil {
		return nil, err
	}
	if string(req.Old) != "secret" {
		return nil, rpc.Errorf(msgdef.CodeWrongPassword, "wrong")
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	kept := *req
	kept.Old, kept.New = slices.Clone(req.Old), slices.Clone(req.New)
	e.changes = append(e.changes, kept)
	return &rpc.PasswordReply{Token: []byte("renewed"), TokenExpires: 7}, nil
}

func (e *farEnd) DeleteAccount(_ context.Context, req *rpc.AccountDeletion) error {
	if err := e.enter("DeleteAccount"); err != nil {
		return err
	}
	if string(req.Secret) != "secret" {
		return rpc.Errorf(msgdef.CodeWrongPassword, "wrong")
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	kept := *req
	kept.Secret = slices.Clone(req.Secret)
	e.deletions = append(e.deletions, kept)
	return nil
}

func (e *farEnd) Presence(_ context.Context, req *rpc.PresenceRequest) (*rpc.PresenceReply, error) {
	if err := e.enter("Presence"); err != nil {
		return nil, err
	}
	if req.Via != (msgdef.Conversation{}) {
		return &rpc.PresenceReply{Total: uint32(req.Asker), Members: farMembers, At: e.counted.Load()}, nil
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	reply := new(rpc.PresenceReply)
	for _, s := range e.sessions {
		if len(req.UIDs) == 0 || slices.Contains(req.UIDs, s.UID) {
			reply.Users = append(reply.Users, msgdef.Online{UID: s.UID, Devices: 1, Since: s.Since})
		}
	}
	reply.Total = uint32(len(reply.Users))
	return reply, nil
}

// live returns how many sessions are registered.
func (e *farEnd) live() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.sessions)
}

// connOf returns the connection of a user with one session.
func (e *farEnd) connOf(uid uint64) uint64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	for conn, s := range e.sessions {
		if s.UID == uid {
			return conn
		}
	}
	return 0
}

// copyOf returns a copy of a list that grows.
func copyOf[T any](e *farEnd, list *[]T) []T {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(*list)
}

// What came so far: messages, sizes of their batches, cursors, read positions,
// sessions that began and that ended, logins, push tokens.
func (e *farEnd) taken() []rpc.Send            { return copyOf(e, &e.sends) }
func (e *farEnd) sizes() []int                 { return copyOf(e, &e.batches) }
func (e *farEnd) saved() []rpc.Cursor          { return copyOf(e, &e.cursors) }
func (e *farEnd) positions() []rpc.Read        { return copyOf(e, &e.reads) }
func (e *farEnd) began() []rpc.Session         { return copyOf(e, &e.entered) }
func (e *farEnd) over() []rpc.Session          { return copyOf(e, &e.ended) }
func (e *farEnd) entrants() []rpc.LoginRequest { return copyOf(e, &e.logins) }
func (e *farEnd) pushes() []rpc.PushToken      { return copyOf(e, &e.tokens) }
