package web

import (
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/gabriel-vasile/mimetype"

	"github.com/sim-im/sim/imservice/media"
	"github.com/sim-im/sim/msgdef"
)

// download serves what a link lets read. Whose it is was judged when the link was
// made.
func (s *Server) download(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Access-Control-Allow-Origin", "*") // the link is what counts
	now := s.options.Now()
	id, part, until, err := s.options.Signer.CheckLink(strings.TrimPrefix(r.URL.Path, media.MediaPath), r.URL.Query(), now)
	if err != nil {
		s.refuse(w, errLink)
		return
	}
	m, known, err := s.options.Book.Media(r.Context(), id)
	if err == nil && !known {
		err = errUnknown
	}
	if err != nil {
		s.refuse(w, err)
		return
	}
	content, err := s.options.Store.Open(r.Context(), media.Name(id, part))
	if err != nil {
		s.refuse(w, err)
		return
	}
	defer content.Close()
	describe(w.Header(), &m, part, until.Sub(now))
	s.counters.downloads.Add(1)
	http.ServeContent(&patient{ResponseWriter: w, server: s}, r, "", time.UnixMilli(m.Created), content)
}

// describe says what comes: of the type that it was found to be and of no other,
// not to be run, and by nobody to be kept longer than the link lasts.
func describe(h http.Header, m *msgdef.MediaInfo, part media.Part, lasts time.Duration) {
	name := m.Type
	if part == media.Thumbnail {
		name = "image/jpeg"
	}
	shown := "attachment"
	if inline(name) {
		shown = "inline"
	}
	file := media.Name(m.ID, media.Whole)
	if known := mimetype.Lookup(name); known != nil {
		file += known.Extension()
	}
	h.Set("Content-Type", name)
	h.Set("Content-Disposition", mime.FormatMediaType(shown, map[string]string{"filename": file}))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", fmt.Sprintf("private, max-age=%d, immutable", int(lasts.Seconds())))
	h.Set("ETag", fmt.Sprintf(`"%x%s"`, m.Hash[:16], part))
}

// inline tells whether a browser may show a type instead of saving it.
func inline(name string) bool {
	switch name {
	case "image/jpeg", "image/png", "image/gif", "image/webp", "image/avif", "text/plain":
		return true
	}
	class, _, _ := strings.Cut(name, "/")
	return class == "audio" || class == "video"
}

// patient is a ResponseWriter that waits for a client, but not for ever.
type patient struct {
	http.ResponseWriter
	server *Server
}

var _ io.Writer = (*patient)(nil)

// Write implements io.Writer.
func (p *patient) Write(b []byte) (int, error) {
	deadline := time.Now().Add(p.server.options.Limits.NetworkTimeout) // of the network, whatever the clock says
	if err := http.NewResponseController(p.ResponseWriter).SetWriteDeadline(deadline); err != nil {
		return 0, err
	}
	n, err := p.ResponseWriter.Write(b)
	p.server.counters.sent.Add(uint64(n))
	return n, err
}
