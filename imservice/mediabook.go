package imservice

import (
	"context"
	"errors"
	"fmt"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
)

// mediaPage is how many rows about media are read at once.
const mediaPage = 256

// AddMedia implements media.Book.
func (s *Server) AddMedia(ctx context.Context, m *msgdef.MediaInfo) error {
	if err := s.enter(ctx, 0, 0); err != nil {
		return err
	}
	defer s.leave()
	err := s.options.Store.AddMedia(m)
	if errors.Is(err, store.ErrExists) {
		return nil // ids are random: it was this one, and nobody was told
	}
	return err
}

// Media implements media.Book.
func (s *Server) Media(ctx context.Context, id store.MediaID) (m msgdef.MediaInfo, known bool, err error) {
	if err := s.enter(ctx, 0, 0); err != nil {
		return m, false, err
	}
	defer s.leave()
	m, err = s.options.Store.Media(id)
	if errors.Is(err, store.ErrNotFound) {
		return m, false, nil
	}
	return m, err == nil, err
}

// SweepMedia implements media.Book.
func (s *Server) SweepMedia(ctx context.Context, erase func(store.MediaID) error) (int, error) {
	if err := s.enter(ctx, 0, 0); err != nil {
		return 0, err
	}
	defer s.leave()
	if err := s.dropLoose(ctx); err != nil {
		return 0, fmt.Errorf("drop media that nobody has sent: %w", err)
	}
	erased := 0
	for {
		ids, err := s.options.Store.DroppedMedia(nil, mediaPage)
		if err != nil || len(ids) == 0 {
			return erased, err
		}
		for _, id := range ids {
			if err := errors.Join(ctx.Err(), erase(id)); err != nil {
				return erased, err
			}
			erased++
		}
		if err := s.options.Store.ForgetMedia(ids); err != nil {
			return erased, err
		}
	}
}

// dropLoose drops what no message has carried for long enough.
func (s *Server) dropLoose(ctx context.Context) error {
	since := s.options.Now().Add(-s.options.Limits.LooseMedia).UnixMilli()
	for {
		page, err := s.options.Store.LooseMedia(nil, since, mediaPage)
		if err != nil {
			return err
		}
		for _, loose := range page {
			if err := errors.Join(ctx.Err(), s.dropMedia(loose)); err != nil {
				return err
			}
		}
		if len(page) < mediaPage {
			return nil
		}
	}
}

// dropMedia drops media unless a message carries them, or is about to.
func (s *Server) dropMedia(loose store.LooseMedia) error {
	s.carrying.mu.Lock()
	defer s.carrying.mu.Unlock()
	_, err := s.options.Store.DropMedia(loose)
	return err
}
