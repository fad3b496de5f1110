package web

import (
	"errors"
	"net/http"
	"syscall"

	"github.com/tus/tusd/v2/pkg/handler"

	"github.com/sim-im/sim/imservice/media"
	"github.com/sim-im/sim/imservice/media/picture"
)

// Reason says why an upload or a download was refused.
type Reason string

// Reasons for refusals.
const (
	ReasonToken    Reason = "token"    // none, or one that holds no more
	ReasonLink     Reason = "link"     // not made here, or over
	ReasonUnknown  Reason = "unknown"  // no such upload of this user, or no such media
	ReasonQuota    Reason = "quota"    // as many uploads or bytes as a user may have
	ReasonSize     Reason = "size"     // larger than a file may be, or empty
	ReasonType     Reason = "type"     // of a type that is not taken
	ReasonPicture  Reason = "picture"  // cannot be decoded, or has too many pixels
	ReasonChecksum Reason = "checksum" // other bytes than were announced
	ReasonFull     Reason = "full"     // no room is left
	ReasonStore    Reason = "store"    // the store, or the message service, fails
)

// allReasons lists them.
func allReasons() []Reason {
	return []Reason{
		ReasonToken, ReasonLink, ReasonUnknown, ReasonQuota, ReasonSize, ReasonType, ReasonPicture, ReasonChecksum, ReasonFull, ReasonStore,
	}
}

// statusChecksum is what tus calls Checksum Mismatch.
const statusChecksum = 460

// fault is a refusal that a client sees, and whether the upload is gone with it.
type fault struct {
	reason Reason
	status int
	text   string
	final  bool
}

// Error implements error.
func (f *fault) Error() string { return string(f.reason) + ": " + f.text }

var (
	errToken    = &fault{ReasonToken, http.StatusUnauthorized, "no token, or one that has expired: ask for another", false}
	errLink     = &fault{ReasonLink, http.StatusForbidden, "no link of this server, or one that has expired: ask for another", false}
	errUnknown  = &fault{ReasonUnknown, http.StatusNotFound, "there is no such thing here", false}
	errQuota    = &fault{ReasonQuota, http.StatusTooManyRequests, "as many uploads or bytes as a user may have now", false}
	errTooLarge = &fault{ReasonSize, http.StatusRequestEntityTooLarge, "larger than a file may be here", false}
	errEmpty    = &fault{ReasonSize, http.StatusBadRequest, "an empty file", false}
	errType     = &fault{ReasonType, http.StatusUnsupportedMediaType, "files of this type are not taken", true}
	errPixels   = &fault{ReasonPicture, http.StatusUnprocessableEntity, "a picture of too many pixels", true}
	errBroken   = &fault{ReasonPicture, http.StatusUnprocessableEntity, "a picture that cannot be decoded", true}
	errChecksum = &fault{ReasonChecksum, statusChecksum, "other bytes have arrived than were announced", true}
	errFull     = &fault{ReasonFull, http.StatusInsufficientStorage, "no room is left", false}
	errStore    = &fault{ReasonStore, http.StatusServiceUnavailable, "media cannot be kept or read now", false}
)

// faultOf names the reason of an error.
func faultOf(err error) *fault {
	var known *fault
	switch {
	case errors.As(err, &known):
		return known
	case errors.Is(err, handler.ErrNotFound), errors.Is(err, media.ErrNotFound):
		return errUnknown
	case errors.Is(err, media.ErrFull), errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return errFull
	case errors.Is(err, picture.ErrTooLarge):
		return errPixels
	case errors.Is(err, picture.ErrBroken):
		return errBroken
	}
	return errStore
}

// tell counts and logs a refusal, and returns it as tusd's handler takes it. What
// the machine says stays here.
func (s *Server) tell(err error) error {
	f := faultOf(err)
	s.counters.refuse(f.reason)
	if f == errStore || f == errFull {
		s.options.Logger.Error("media failed", "reason", string(f.reason), "error", err)
	}
	return handler.NewError("ERR_"+string(f.reason), f.text, f.status)
}

// refuse is tell for those who answer themselves.
func (s *Server) refuse(w http.ResponseWriter, err error) {
	_ = s.tell(err)
	f := faultOf(err)
	http.Error(w, f.Error(), f.status)
}
