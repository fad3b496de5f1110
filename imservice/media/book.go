package media

import (
	"context"

	"github.com/sim-im/sim/msgdef"
)

// Book is what the message service knows of media.
type Book interface {
	// AddMedia enters media whose bytes are kept. Entering them again is nothing.
	AddMedia(ctx context.Context, m *msgdef.MediaInfo) error

	// Media returns what was entered.
	Media(ctx context.Context, id ID) (m msgdef.MediaInfo, known bool, err error)

	// SweepMedia ends media that no message has carried for long, and has their
	// bytes erased, which may happen again when it was cut short. It returns how
	// many.
	SweepMedia(ctx context.Context, erase func(ID) error) (int, error)
}
