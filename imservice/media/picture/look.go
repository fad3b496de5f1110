package picture

import (
	"errors"
	"fmt"
	"image"
	_ "image/gif" // these are what thumbnails are made of
	_ "image/jpeg"
	_ "image/png"
	"io"
	"strings"

	"github.com/gabriel-vasile/mimetype"
	_ "golang.org/x/image/webp"
)

// MaxPixels is how many a picture has at most, when nobody says. Decoding takes
// up to 8 bytes each.
const MaxPixels = 50_000_000

// The errors of Look, wrapped with what it knows.
var (
	ErrTooLarge = errors.New("picture: too many pixels")
	ErrBroken   = errors.New("picture: cannot be decoded")
)

// Look is what media are.
type Look struct {
	Type          string // MIME, without parameters
	Width, Height uint32 // pixels, as it is to be seen; 0 when not known
	Thumbnail     []byte // JPEG of at most MaxThumbnail bytes; nil when there is none
	Larger        []byte // JPEG, larger than that; nil when there is none
}

// TypeOf tells the type of content by its first bytes.
func TypeOf(content io.Reader) (string, error) {
	found, err := mimetype.DetectReader(content)
	if err != nil {
		return "", err
	}
	name, _, _ := strings.Cut(found.String(), ";")
	return strings.TrimSpace(name), nil
}

// decoded tells whether thumbnails are made of a type.
func decoded(name string) bool {
	switch name {
	case "image/jpeg", "image/png", "image/gif", "image/webp":
		return true
	}
	return false
}

// At looks at content of a type that TypeOf has told. Of what is no picture, or one
// that cannot be decoded here, the type is all there is. The error wraps ErrTooLarge
// or ErrBroken, or is the content's.
func At(content io.ReadSeeker, name string, maxPixels int64) (look Look, err error) {
	look.Type = name
	if !decoded(name) {
		return look, nil
	}
	defer func() { // a decoder that fails on purpose is no reason to stop
		if r := recover(); r != nil {
			look, err = Look{}, fmt.Errorf("%w: %v", ErrBroken, r)
		}
	}()
	if err := rewind(content); err != nil {
		return look, err
	}
	config, _, err := image.DecodeConfig(content)
	if err != nil {
		return look, fmt.Errorf("%w: %w", ErrBroken, err)
	}
	if config.Width <= 0 || config.Height <= 0 || int64(config.Width) > maxPixels/int64(config.Height) {
		return look, fmt.Errorf("%w: %d x %d, at most %d", ErrTooLarge, config.Width, config.Height, maxPixels)
	}
	turned, err := orientation(content)
	if err == nil {
		err = rewind(content)
	}
	if err != nil {
		return look, err
	}
	whole, _, err := image.Decode(content)
	if err != nil {
		return look, fmt.Errorf("%w: %w", ErrBroken, err)
	}
	return look, look.show(whole, turned)
}

func rewind(content io.Seeker) error {
	_, err := content.Seek(0, io.SeekStart)
	return err
}

// show fills in how a picture looks when it is turned.
func (l *Look) show(whole image.Image, turned orient) (err error) {
	size := whole.Bounds().Size()
	if turned.sideways() {
		size.X, size.Y = size.Y, size.X
	}
	l.Width, l.Height = uint32(size.X), uint32(size.Y)
	larger := turned.apply(scaled(whole, largerSide))
	if l.Larger, err = encode(larger, largerQuality); err != nil {
		return err
	}
	l.Thumbnail, err = thumbnail(larger)
	return err
}
