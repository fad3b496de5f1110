package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/sim-im/sim/imservice/store"
)

// Codes of errors, from the appendix "PostgreSQL Error Codes" of its manual.
const (
	codeUnique        = "23505"
	codeForeignKey    = "23503"
	codeSerialization = "40001"
	codeDeadlock      = "40P01"
	codeReadOnly      = "25006"
	codeDiskFull      = "53100"
	codeTooMany       = "53300"
	codeNoTable       = "42P01"
	codeNoDatabase    = "3D000"
	codeInUse         = "55006"

	classConnection = "08"
	classOperator   = "57P" // shut down, crashed, starting up
)

const (
	adviceFull     = "make room on its disk"
	adviceReadOnly = "connect to the primary, not to a standby"
	adviceCorrupt  = "stop, keep a copy of the database, and restore the last backup"
)

// codeOf returns the code of an error that the database gave, else "".
func codeOf(err error) string {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// rolledBack tells whether a transaction certainly left nothing, and the same
// again may succeed.
func rolledBack(err error) bool {
	code := codeOf(err)
	return code == codeSerialization || code == codeDeadlock
}

// unreachable tells whether the database could not be asked, or was going away.
func unreachable(err error) bool {
	code := codeOf(err)
	switch code {
	case "":
		return !errors.Is(err, pgx.ErrNoRows) && !isStoreError(err)
	case codeTooMany:
		return true
	}
	return strings.HasPrefix(code, classOperator) || strings.HasPrefix(code, classConnection)
}

// mayPass returns an error of what has written nothing, marked for again when the
// same may succeed then.
func mayPass(ctx context.Context, err error) error {
	if err != nil && ctx.Err() == nil && (rolledBack(err) || unreachable(err)) {
		return repeat{err}
	}
	return err
}

// isStoreError tells whether the error already carries a sentinel of store.
func isStoreError(err error) bool {
	for _, known := range []error{
		store.ErrNotFound, store.ErrExists, store.ErrMoved, store.ErrCorrupt, store.ErrFormat, store.ErrClosed,
		store.ErrFull, store.ErrReadOnly,
	} {
		if errors.Is(err, known) {
			return true
		}
	}
	return false
}

// explain names the reason of a call that failed.
func (s *Store) explain(err error) error {
	switch code := codeOf(err); {
	case err == nil:
		return nil
	case errors.Is(err, pgx.ErrNoRows):
		return store.ErrNotFound
	case isStoreError(err):
		return err
	case code == codeDiskFull:
		return fmt.Errorf("%w: %s: %w: %s", store.ErrFull, s.name, err, adviceFull)
	case code == codeReadOnly:
		return fmt.Errorf("%w: %s: %w: %s", store.ErrReadOnly, s.name, err, adviceReadOnly)
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("postgres: %s did not answer in time: %w", s.name, err)
	}
	return fmt.Errorf("postgres: %s: %w", s.name, line{err})
}

// line is an error in one line: the library gives each address its own.
type line struct{ error }

// Error implements error.
func (l line) Error() string { return strings.Join(strings.Fields(l.error.Error()), " ") }

// Unwrap returns the error.
func (l line) Unwrap() error { return l.error }

// corrupt says that what was read cannot be true.
func corrupt(format string, args ...any) error {
	return fmt.Errorf("%w: postgres: %s: %s", store.ErrCorrupt, fmt.Sprintf(format, args...), adviceCorrupt)
}
