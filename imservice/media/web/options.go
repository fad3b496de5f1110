package web

import (
	"crypto/tls"
	"errors"
	"log/slog"
	"path"
	"time"

	"github.com/sim-im/sim/imservice/media"
	"github.com/sim-im/sim/imservice/media/picture"
)

// Options say what a Server serves. But for Logger, Now, TLS and Limits all are
// needed.
type Options struct {
	Staging string // folder of uploads under way, of this process alone
	Store   media.Store
	Book    media.Book
	Signer  *media.Signer

	TLS    *tls.Config      // nil serves in plaintext
	Logger *slog.Logger     // nil discards
	Now    func() time.Time // nil means time.Now

	Limits Limits
}

// Limits bound what users can make a Server hold. A zero field takes the value in
// its comment. How many bytes a file has, Signer.Most says.
type Limits struct {
	Types          []string      // patterns of path.Match that a file's type is to match one of: DefaultTypes
	MaxPixels      int64         // of pictures: picture.MaxPixels
	Uploads        int           // under way at once, of a user: 8
	UploadBytes    int64         // of those together, when they are whole: 1 GiB
	DayBytes       int64         // that a user uploads in a day: 4 GiB
	UploadLife     time.Duration // that an upload rests before it is removed: 24 h
	SweepEvery     time.Duration // that what nobody needs is looked for: 10 min
	Conns          int           // connections at once: 1,024
	NetworkTimeout time.Duration // for the next bytes of a client: 30 s
}

// DefaultTypes are what people send each other. Pages and drawings that run
// scripts are not among them, nor programs.
func DefaultTypes() []string {
	return []string{
		"image/jpeg", "image/png", "image/gif", "image/webp", "image/heic", "image/heif", "image/avif", "image/bmp", "image/tiff",
		"audio/*", "video/*", "text/plain", "text/csv", "text/rtf", "text/vcard", "text/calendar",
		"application/pdf", "application/zip", "application/gzip", "application/x-7z-compressed", "application/x-tar", "application/x-rar-compressed",
		"application/json", "application/ogg", "application/epub+zip", "application/msword", "application/vnd.ms-*",
		"application/vnd.openxmlformats-officedocument.*", "application/vnd.oasis.opendocument.*", "application/octet-stream",
	}
}

func (o Options) withDefaults() Options {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	l := &o.Limits
	if len(l.Types) == 0 {
		l.Types = DefaultTypes()
	}
	l.MaxPixels = or(l.MaxPixels, picture.MaxPixels)
	l.Uploads = or(l.Uploads, 8)
	l.UploadBytes = or(l.UploadBytes, 1<<30)
	l.DayBytes = or(l.DayBytes, 4<<30)
	l.UploadLife = or(l.UploadLife, 24*time.Hour)
	l.SweepEvery = or(l.SweepEvery, 10*time.Minute)
	l.Conns = or(l.Conns, 1024)
	l.NetworkTimeout = or(l.NetworkTimeout, 30*time.Second)
	return o
}

// Validate lists everything that is wrong.
func (l Limits) Validate() error {
	var errs []error
	for _, pattern := range l.Types {
		if _, err := path.Match(pattern, ""); err != nil {
			errs = append(errs, errors.New("media: "+pattern+" is no pattern of types"))
		}
	}
	for _, n := range []int64{l.MaxPixels, int64(l.Uploads), l.UploadBytes, l.DayBytes, int64(l.UploadLife), int64(l.SweepEvery), int64(l.Conns), int64(l.NetworkTimeout)} {
		if n < 0 {
			errs = append(errs, errors.New("media: a limit is negative"))
		}
	}
	return errors.Join(errs...)
}

// admits tells whether files of a type are taken.
func (l *Limits) admits(name string) bool {
	for _, pattern := range l.Types {
		if ok, err := path.Match(pattern, name); ok && err == nil {
			return true
		}
	}
	return false
}

func or[T int | int64 | time.Duration](n, otherwise T) T {
	if n == 0 {
		return otherwise
	}
	return n
}
