package picture_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"testing"

	"github.com/sim-im/sim/imservice/media/picture"
)

// corner is a picture that is white but for a dark left upper quarter.
func corner(w, h int) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			m.Set(x, y, color.White)
			if x < w/2 && y < h/2 {
				m.Set(x, y, color.Black)
			}
		}
	}
	return m
}

func asPNG(t *testing.T, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func asJPEG(t *testing.T, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func asGIF(t *testing.T, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := gif.Encode(&b, m, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// look returns what content is.
func look(t *testing.T, content []byte) (picture.Look, error) {
	t.Helper()
	name, err := picture.TypeOf(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	return picture.At(bytes.NewReader(content), name, picture.MaxPixels)
}

func TestPictures(t *testing.T) {
	for name, content := range map[string][]byte{
		"image/png": asPNG(t, corner(900, 300)), "image/jpeg": asJPEG(t, corner(900, 300)), "image/gif": asGIF(t, corner(900, 300)),
	} {
		got, err := look(t, content)
		if err != nil || got.Type != name || got.Width != 900 || got.Height != 300 {
			t.Errorf("%s: %s of %d x %d, %v", name, got.Type, got.Width, got.Height, err)
		}
		if n := len(got.Thumbnail); n == 0 || n > picture.MaxThumbnail {
			t.Errorf("%s: a thumbnail of %d bytes", name, n)
		}
		larger, err := jpeg.Decode(bytes.NewReader(got.Larger))
		if err != nil || larger.Bounds().Dx() != 480 || larger.Bounds().Dy() != 160 {
			t.Errorf("%s: larger: %v, %v", name, larger.Bounds(), err)
		}
	}
}

// TestNoise has a thumbnail that compresses badly fit.
func TestNoise(t *testing.T) {
	m := image.NewRGBA(image.Rect(0, 0, 500, 500))
	for i := range m.Pix {
		m.Pix[i] = byte(i * i * 7919 >> 5)
	}
	got, err := look(t, asPNG(t, m))
	if n := len(got.Thumbnail); err != nil || n == 0 || n > picture.MaxThumbnail {
		t.Errorf("%d bytes, %v", n, err)
	}
}

func TestTypes(t *testing.T) {
	for content, want := range map[string]string{
		"just text\n":                                    "text/plain",
		"<html><script>alert(1)</script>":                "text/html",
		"<svg xmlns='http://www.w3.org/2000/svg'></svg>": "image/svg+xml",
		"%PDF-1.7\n":                                     "application/pdf",
		"\x00\x01\x02\x03\xfe":                           "application/octet-stream",
		"\x7fELF\x02\x01\x01":                            "application/x-elf",
		"fLaC\x00\x00\x00\x22":                           "audio/flac",
	} {
		got, err := look(t, []byte(content))
		if err != nil || got.Type != want || got.Width != 0 || got.Thumbnail != nil {
			t.Errorf("%q: %+v, %v, want %s", content, got, err, want)
		}
	}
}

// TestBomb refuses a small file that says it has many pixels, before it is decoded.
func TestBomb(t *testing.T) {
	bomb := asPNG(t, corner(2, 2))
	header := bomb[12:29] // IHDR and its 13 bytes
	binary.BigEndian.PutUint32(header[4:], 60_000)
	binary.BigEndian.PutUint32(header[8:], 60_000)
	binary.BigEndian.PutUint32(bomb[29:], crc32.ChecksumIEEE(header))
	if _, err := look(t, bomb); !errors.Is(err, picture.ErrTooLarge) {
		t.Error(err)
	}
}

func TestBroken(t *testing.T) {
	whole := asJPEG(t, corner(100, 100))
	for _, content := range [][]byte{whole[:len(whole)/2], whole[:4], append([]byte("\x89PNG\r\n\x1a\n"), 1, 2, 3)} {
		if _, err := look(t, content); !errors.Is(err, picture.ErrBroken) {
			t.Errorf("%d bytes: %v", len(content), err)
		}
	}
}

// exif is a JPEG whose camera was held in some way.
func exif(plain []byte, orientation uint16, order binary.AppendByteOrder) []byte {
	tiff := []byte("MM")
	if order == binary.AppendByteOrder(binary.LittleEndian) {
		tiff = []byte("II")
	}
	tiff = order.AppendUint16(tiff, 42)
	tiff = order.AppendUint32(tiff, 8)
	tiff = order.AppendUint16(tiff, 1)
	tiff = order.AppendUint16(tiff, 274)
	tiff = order.AppendUint16(tiff, 3)
	tiff = order.AppendUint32(tiff, 1)
	tiff = order.AppendUint16(tiff, orientation)
	tiff = append(tiff, 0, 0)
	body := append([]byte("Exif\x00\x00"), tiff...)
	out := append([]byte{0xff, 0xd8, 0xff, 0xe1}, binary.BigEndian.AppendUint16(nil, uint16(len(body)+2))...)
	return append(append(out, body...), plain[2:]...)
}

// TestOrientation looks where the dark corner is after turning.
func TestOrientation(t *testing.T) {
	plain := asJPEG(t, corner(400, 200))
	for o, dark := range map[uint16]string{1: "left upper", 2: "right upper", 3: "right lower", 4: "left lower", 5: "left upper", 6: "right upper", 7: "right lower", 8: "left lower", 9: "left upper"} {
		for _, order := range []binary.AppendByteOrder{binary.BigEndian, binary.LittleEndian} {
			got, err := look(t, exif(plain, o, order))
			if err != nil {
				t.Fatal(o, err)
			}
			if sideways := o >= 5 && o <= 8; sideways != (got.Height == 400) {
				t.Errorf("%d: %d x %d", o, got.Width, got.Height)
			}
			m, err := jpeg.Decode(bytes.NewReader(got.Larger))
			if err != nil || darkest(m) != dark {
				t.Errorf("%d: dark at the %s, want %s, %v", o, darkest(m), dark, err)
			}
		}
	}
}

// darkest names the quarter of a picture that is dark.
func darkest(m image.Image) string {
	w, h := m.Bounds().Dx(), m.Bounds().Dy()
	for name, at := range map[string]image.Point{"left upper": {w / 4, h / 4}, "right upper": {3 * w / 4, h / 4}, "left lower": {w / 4, 3 * h / 4}, "right lower": {3 * w / 4, 3 * h / 4}} {
		if r, _, _, _ := m.At(at.X, at.Y).RGBA(); r < 0x4000 {
			return name
		}
	}
	return "nowhere"
}

// FuzzLook feeds arbitrary content to everything that looks at it.
func FuzzLook(f *testing.F) {
	f.Add([]byte("\xff\xd8\xff\xe1\x00\x10Exif\x00\x00II*\x00\x08\x00\x00\x00"))
	f.Add([]byte("\x89PNG\r\n\x1a\n"))
	f.Add([]byte("GIF89a"))
	f.Add([]byte("RIFF\x00\x00\x00\x00WEBPVP8 "))
	f.Fuzz(func(t *testing.T, content []byte) {
		name, err := picture.TypeOf(bytes.NewReader(content))
		if err != nil {
			t.Fatal(err)
		}
		got, err := picture.At(bytes.NewReader(content), name, 1<<16)
		if err == nil && len(got.Thumbnail) > picture.MaxThumbnail {
			t.Errorf("a thumbnail of %d bytes", len(got.Thumbnail))
		}
	})
}
