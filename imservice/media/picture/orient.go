package picture

import (
	"bytes"
	"encoding/binary"
	"image"
	"io"
)

// orient is how a camera was held, as Exif 2.3 says in its tag 274: 1 to 8.
//
//	1 as it is      2 mirrored         3 half a turn      4 mirrored, half a turn
//	5 mirrored, 6   6 turn right       7 mirrored, 8      8 turn left
type orient uint16

// sideways tells whether width and height change places.
func (o orient) sideways() bool { return o >= 5 && o <= 8 }

// apply turns a picture.
func (o orient) apply(from *image.RGBA) image.Image {
	if o < 2 || o > 8 {
		return from
	}
	w, h := from.Rect.Dx(), from.Rect.Dy()
	to := image.NewRGBA(image.Rect(0, 0, w, h))
	if o.sideways() {
		to = image.NewRGBA(image.Rect(0, 0, h, w))
	}
	for y := range h {
		for x := range w {
			tx, ty := o.moves(x, y, w, h)
			to.SetRGBA(tx, ty, from.RGBAAt(x, y))
		}
	}
	return to
}

// moves returns where a pixel goes.
func (o orient) moves(x, y, w, h int) (int, int) {
	switch o {
	case 2:
		return w - 1 - x, y
	case 3:
		return w - 1 - x, h - 1 - y
	case 4:
		return x, h - 1 - y
	case 5:
		return y, x
	case 6:
		return h - 1 - y, x
	case 7:
		return h - 1 - y, w - 1 - x
	}
	return y, w - 1 - x
}

// Exif is looked for in the beginning of a JPEG only.
const exifWithin = 64 << 10

// orientation returns how a JPEG is to be turned, 1 for anything else.
func orientation(content io.ReadSeeker) (orient, error) {
	if err := rewind(content); err != nil {
		return 1, err
	}
	head := make([]byte, exifWithin)
	n, err := io.ReadFull(content, head)
	if err != nil && err != io.ErrUnexpectedEOF && err != io.EOF {
		return 1, err
	}
	return exifIn(head[:n]), nil
}

// exifIn goes from segment to segment of a JPEG:
//
//	0        2  0xFFD8
//	then     2  0xFF and the kind of the segment: 0xE1 may be Exif
//	         2  length of what follows, these two bytes included
func exifIn(b []byte) orient {
	if len(b) < 2 || b[0] != 0xff || b[1] != 0xd8 {
		return 1
	}
	for b = b[2:]; len(b) >= 4 && b[0] == 0xff; {
		n := 2 + int(binary.BigEndian.Uint16(b[2:]))
		if n > len(b) || b[1] == 0xda {
			return 1
		}
		if tiff, ok := bytes.CutPrefix(b[4:max(n, 4)], []byte("Exif\x00\x00")); ok && b[1] == 0xe1 {
			return inTIFF(tiff)
		}
		b = b[n:]
	}
	return 1
}

// inTIFF reads the tag from the first directory:
//
//	0        2  "II" or "MM": the order of bytes
//	2        2  42
//	4        4  offset of the directory: the count of entries in 2 bytes, and 12 bytes each
//	entry    2  tag;  2 type, 3 is 16 bits;  4 count;  4 value
func inTIFF(b []byte) orient {
	const tag, entry = 274, 12
	var order binary.ByteOrder = binary.BigEndian
	if len(b) < 8 {
		return 1
	}
	if string(b[:2]) == "II" {
		order = binary.LittleEndian
	}
	at := uint64(order.Uint32(b[4:]))
	if at+2 > uint64(len(b)) {
		return 1
	}
	entries := b[at+2:]
	for range order.Uint16(b[at:]) {
		if len(entries) < entry {
			return 1
		}
		if order.Uint16(entries) == tag {
			return orient(order.Uint16(entries[8:]))
		}
		entries = entries[entry:]
	}
	return 1
}
