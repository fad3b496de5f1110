package imservice

import (
	"context"
	"errors"
	"sync"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef/rpc"
)

// devices keeps the cursors of devices, so many per user at most.
type devices struct {
	store store.Store
	limit int
	mu    sync.Mutex // one admission at a time, so that the bound holds
}

// SaveCursors implements rpc.Messages. A cursor beyond the durable head counts
// as the head; those of unknown users are ignored.
func (s *Server) SaveCursors(ctx context.Context, batch *rpc.Cursors) error {
	if err := s.enter(ctx, len(batch.Items), maxCommit); err != nil {
		return err
	}
	defer s.leave()
	rows, err := s.cursorRows(batch)
	if err == nil {
		err = s.devices.save(rows)
	}
	if err != nil {
		return s.failure(err)
	}
	return nil
}

// cursorRows returns what of cursors is to be kept.
func (s *Server) cursorRows(batch *rpc.Cursors) ([]store.DeviceRow, error) {
	now := s.options.Now().UnixMilli()
	rows := make([]store.DeviceRow, 0, len(batch.Items))
	for _, c := range batch.Items {
		head, err := s.heads.users.durable(c.UID)
		switch {
		case isNobody(err) || c.Device == 0:
		case err != nil:
			return nil, err
		default:
			rows = append(rows, store.DeviceRow{UID: c.UID, Device: c.Device, Cursor: min(c.USeq, head), Seen: now})
		}
	}
	return rows, nil
}

// save keeps rows, making room for devices that are new.
func (d *devices) save(rows []store.DeviceRow) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	known := rows[:0]
	for _, row := range rows {
		_, err := d.store.Cursor(row.UID, row.Device)
		switch {
		case err == nil:
			known = append(known, row)
		case !errors.Is(err, store.ErrNotFound):
			return err
		default:
			if err := d.admit(row); err != nil {
				return err
			}
		}
	}
	if len(known) == 0 {
		return nil
	}
	return d.store.SaveDevices(known)
}

// admit keeps a new device, and forgets the one not seen for longest when there
// are too many.
func (d *devices) admit(row store.DeviceRow) error {
	have, err := d.store.DevicesOf(row.UID, d.limit)
	if err != nil {
		return err
	}
	if len(have) >= d.limit {
		oldest := have[0]
		for _, other := range have[1:] {
			if other.Seen < oldest.Seen {
				oldest = other
			}
		}
		if err := d.store.DropDevice(oldest.UID, oldest.Device); err != nil {
			return err
		}
	}
	return d.store.SaveDevices([]store.DeviceRow{row})
}

// seenStep is how old the date of a device gets before a login writes it anew,
// in milliseconds. The date only tells which device was not seen for longest, so
// one that comes again and again, as on a flapping network, is not written each
// time.
const seenStep = 60_000

// login notes that a device is in use and returns its cursor. A full store
// keeps nobody out.
func (d *devices) login(uid, device uint64, now int64) (uint64, error) {
	row, err := d.store.Cursor(uid, device)
	switch {
	case err == nil && now-row.Seen < seenStep && row.Seen <= now:
		return row.Cursor, nil
	case err != nil && !errors.Is(err, store.ErrNotFound):
		return 0, err
	}
	row.UID, row.Device, row.Seen = uid, device, now
	if err := d.save([]store.DeviceRow{row}); err != nil && !errors.Is(err, store.ErrFull) {
		return 0, err
	}
	return row.Cursor, nil
}
