package picture

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"

	"golang.org/x/image/draw"
)

// MaxThumbnail is how many bytes a thumbnail has at most that goes into a message,
// see msgdef.Media.
const MaxThumbnail = 4096

// Longest sides in pixels, and how good JPEGs are, of 100.
const (
	largerSide    = 480
	largerQuality = 80
)

// trials are the thumbnails to try, largest first, until one is short enough.
func trials() [][2]int {
	return [][2]int{{96, 70}, {96, 45}, {64, 60}, {48, 50}, {32, 40}, {16, 30}}
}

// scaled returns a picture whose longer side has at most that many pixels, on
// white.
func scaled(from image.Image, side int) *image.RGBA {
	size := from.Bounds().Size()
	w, h := size.X, size.Y
	if longer := max(w, h); longer > side {
		w, h = max(w*side/longer, 1), max(h*side/longer, 1)
	}
	to := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(to, to.Bounds(), image.NewUniform(color.White), image.Point{}, draw.Src)
	draw.BiLinear.Scale(to, to.Bounds(), from, from.Bounds(), draw.Over, nil)
	return to
}

func encode(m image.Image, quality int) ([]byte, error) {
	var out bytes.Buffer
	if err := jpeg.Encode(&out, m, &jpeg.Options{Quality: quality}); err != nil {
		return nil, fmt.Errorf("picture: encode a thumbnail: %w", err)
	}
	return out.Bytes(), nil
}

// thumbnail returns a JPEG that goes into a message.
func thumbnail(m image.Image) ([]byte, error) {
	for _, try := range trials() {
		out, err := encode(scaled(m, try[0]), try[1])
		if err != nil || len(out) <= MaxThumbnail {
			return out, err
		}
	}
	return nil, nil
}
