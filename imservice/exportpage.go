package imservice

import (
	"context"
	"errors"

	"github.com/sim-im/sim/imservice/export"
	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// exportPage makes a page. Nothing is held from one to the next: each reads what is
// there, and what its user may read, at its time.
func (s *Server) exportPage(ctx context.Context, a store.Account, d store.Standing, cursor []byte) (*rpc.ExportPage, error) {
	select {
	case s.exports.slots <- struct{}{}:
		defer func() { <-s.exports.slots }()
	default:
		return nil, errExportsBusy
	}
	e, err := s.newExporter(a, d, cursor)
	if err != nil {
		return nil, err
	}
	if err = e.fill(ctx); err == nil && s.heads.users.under(a.UID) {
		err = s.synced(ctx) // what was read is durable when it is told
	}
	if err != nil {
		return nil, err
	}
	page := &rpc.ExportPage{UID: a.UID, Done: e.place.Stage == uint8(exportStages), Count: e.lines.Count(), Lines: e.lines.Bytes()}
	if !page.Done {
		page.Cursor, err = e.cursor()
	}
	return page, err
}

// fill writes stage after stage until the page is full.
func (e *exporter) fill(ctx context.Context) error {
	for e.place.Stage < uint8(exportStages) && !e.full() {
		if ctx.Err() != nil {
			return errDeadline
		}
		over, err := e.stage(ctx)
		if err != nil {
			return err
		}
		if over {
			e.place.Stage++
			e.place.Next, e.place.Conn = 0, 0
		}
	}
	return nil
}

// stage writes of the stage that it is at; over tells that this was all of it.
func (e *exporter) stage(ctx context.Context) (over bool, err error) {
	switch exportStage(e.place.Stage) {
	case exportHead:
		return true, e.head(ctx)
	case exportRelations:
		return e.relations()
	case exportDevices:
		return true, e.ownDevices()
	case exportSignIns:
		return e.sessions()
	case exportLaters:
		return e.waiting()
	case exportTalks:
		return e.talks(ctx)
	}
	return true, e.lines.Finish(export.Time(e.options.Now().UnixMilli()))
}

// head writes what there is once.
func (e *exporter) head(ctx context.Context) error {
	profiles, err := e.profiles(ctx, e.account.UID, []uint64{e.account.UID})
	if err != nil {
		return err
	}
	states, err := e.talkStates(ctx, e.account.UID, []msgdef.Conversation{msgdef.Stream(e.account.UID)})
	if err != nil {
		return err
	}
	a := &e.account
	account := &export.Account{UID: export.ID(a.UID), Name: a.Name, Created: export.Time(a.Created)}
	if issuer, ok := issuerOf(*a); ok {
		account.Issuer = issuer
	}
	if bannedNow(e.standing, e.options.Now()) {
		account.Banned = &export.Ban{Until: export.Time(e.standing.Until), Reason: e.standing.Reason}
	}
	p := &profiles[0]
	profile := &export.Profile{Name: p.Profile.Name, About: p.Profile.About, Hidden: p.Profile.Hidden, Changed: export.Time(p.Changed)}
	if p.Profile.Avatar != (store.MediaID{}) {
		profile.Avatar = (*export.Name)(&p.Profile.Avatar)
	}
	since := states[0].Invisible
	return errors.Join(
		e.lines.Write(&export.Header{
			Format: export.Format, Version: export.Version, UID: export.ID(a.UID), Account: a.Name, At: export.Time(e.place.Began),
		}),
		e.lines.Write(account), e.lines.Write(profile),
		e.lines.Write(&export.Setting{Name: "invisible", On: since != 0, Since: export.Time(since)}),
	)
}

// relations writes what the user has with others.
func (e *exporter) relations() (over bool, err error) {
	rows, err := e.options.Store.RelationsOf(nil, e.account.UID, e.place.Next, exportRange)
	if err != nil {
		return false, err
	}
	for i := range rows {
		if e.full() {
			return false, nil
		}
		r := &rows[i]
		e.rows++
		e.place.Next = r.UID
		if r.State == msgdef.RelationNone && r.Blocked == 0 {
			continue
		}
		name, err := e.nameOf(r.UID)
		if err == nil {
			err = e.lines.Write(&export.Relation{
				UID: export.ID(r.UID), Name: name, State: export.Called(r.State), Since: export.Time(r.Since),
				Greeting: r.Greeting, Again: export.Time(r.Again), Blocked: export.Time(r.Blocked),
			})
		}
		if err != nil {
			return false, err
		}
	}
	return len(rows) < exportRange, nil
}

// nameOf returns the name of a user's account, "" for who is not there.
func (e *exporter) nameOf(uid uint64) (string, error) {
	u, err := e.people.named(uid)
	if errors.Is(err, store.ErrNotFound) {
		err = nil
	}
	return u.Name, err
}

// ownDevices writes the user's devices, and which of them notifications reach.
func (e *exporter) ownDevices() error {
	rows, err := e.options.Store.DevicesOf(e.account.UID, exportRows)
	if err != nil {
		return err
	}
	for i := range rows {
		if err := e.lines.Write(&export.Device{Device: export.ID(rows[i].Device), Seen: export.Time(rows[i].Seen)}); err != nil {
			return err
		}
	}
	tokens, err := e.options.Store.PushTokensOf(e.account.UID)
	for i := 0; i < len(tokens) && err == nil; i++ {
		t := &tokens[i]
		err = e.lines.Write(&export.PushDevice{Device: export.ID(t.Device), Provider: export.Called(t.Provider), Since: export.Time(t.Set)})
	}
	e.rows += len(rows) + len(tokens)
	return err
}

// sessions writes when and where the user was signed in.
func (e *exporter) sessions() (over bool, err error) {
	query := &rpc.SignInsQuery{UID: e.account.UID, Before: int64(e.place.Next), Conn: e.place.Conn, Limit: maxSignIns}
	page, err := e.signIns(query, e.account.UID)
	if err != nil {
		return false, err
	}
	for i := range page.List {
		if e.full() {
			return false, nil
		}
		in := &page.List[i]
		e.rows++
		e.place.Next, e.place.Conn = uint64(in.Began), in.Conn
		err := e.lines.Write(&export.SignIn{
			Device: export.ID(in.Device), Platform: uint8(in.Platform), Address: in.Address, Gate: in.Gate, Conn: in.Conn,
			Began: export.Time(in.Began), Ended: export.Time(in.Ended), End: export.Called(in.End),
		})
		if err != nil {
			return false, err
		}
	}
	return !page.More, nil
}

// waiting writes what waits to be sent.
func (e *exporter) waiting() (over bool, err error) {
	rows, err := e.options.Store.LatersOf(nil, e.account.UID, mostLaters)
	if err != nil {
		return false, err
	}
	for i := range rows {
		row := &rows[i]
		if row.CSeq <= e.place.Next {
			continue
		}
		if e.full() {
			return false, nil
		}
		e.rows++
		e.place.Next = row.CSeq
		var l msgdef.Later
		err := l.Decode(row.Bytes)
		if err == nil {
			err = e.lines.Write(&export.Later{
				Number: row.CSeq, Conversation: export.Name(l.Conv), At: export.Time(l.At), Kind: export.Called(l.Kind),
				Content: export.ContentOf(l.Kind, l.Body), Beside: besideOf(l.Extra),
			})
		}
		if err != nil {
			return false, err
		}
	}
	return true, nil
}

// besideOf returns what stands beside a content.
func besideOf(extra []byte) (b export.Beside) {
	var x msgdef.Extra
	if len(extra) > 0 && x.Decode(extra) == nil {
		b = export.Beside{Reply: x.Reply, Mentions: export.IDs(x.Mentions), Lifetime: x.Lifetime}
	}
	return b
}
