package ops

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/sim-im/sim/imservice/media"
	"github.com/sim-im/sim/imservice/media/disk"
	"github.com/sim-im/sim/imservice/media/s3"
	"github.com/sim-im/sim/imservice/media/web"
)

// MediaOptions say where media are served, and where they are kept.
type MediaOptions struct {
	Listen string // HOST:PORT for clients; "" keeps no media
	URL    string // where clients reach it; "" means Listen itself
	Dir    string // folder of uploads under way, and of media unless Bucket is set
	Bucket string // URL of a bucket, see s3.Parse
	Secret Secret // signs tokens and links; "" draws one, which ends with the process
	Most   int64  // bytes that a file has at most
	Types  []string

	// Cert and Key are files, PEM, that clients trust. Without them it is in
	// plaintext, for this machine only.
	Cert, Key string
}

// Validate lists everything that is wrong, in the names of flags.
func (o MediaOptions) Validate() error {
	if o.Listen == "" {
		return nil
	}
	at := webAddress{flag: "--media-listen", files: "--media", listen: o.Listen, cert: o.Cert, key: o.Key, port: 7105, also: ", with its address in --media-url"}
	errs := at.mistakes()
	if o.Dir == "" {
		errs = append(errs, errors.New("--media-dir: is needed"))
	}
	if o.Bucket != "" {
		if _, err := s3.Parse(o.Bucket); err != nil {
			errs = append(errs, fmt.Errorf("--media-bucket: %w", err))
		}
	}
	if o.Secret != "" && len(o.Secret) < media.MinKey {
		errs = append(errs, fmt.Errorf("--media-secret: has %d bytes; %d at least", len(o.Secret), media.MinKey))
	}
	if err := (web.Limits{Types: o.Types}).Validate(); err != nil {
		errs = append(errs, fmt.Errorf("--media-types: %w", err))
	}
	if o.URL != "" {
		if err := (&media.Signer{URL: o.URL, Key: make([]byte, media.MinKey)}).Validate(); err != nil {
			errs = append(errs, fmt.Errorf("--media-url: %w", err))
		}
	}
	return errors.Join(errs...)
}

// Media is where media are served. It listens from OpenMedia on, so that its
// address is known, and serves from Serve on.
type Media struct {
	Signer *media.Signer

	options  MediaOptions
	listener net.Listener
	tls      *tls.Config
	server   *web.Server // nil before Serve
}

// OpenMedia takes the address; nil when there is none. Errors: a *FileError of the
// certificate, and that of the address.
func OpenMedia(o MediaOptions, now func() time.Time) (*Media, error) {
	if o.Listen == "" {
		return nil, nil
	}
	var shown *certificate
	if o.Cert != "" {
		var err error
		if shown, err = newCertificate("--media-cert, --media-key", o.Cert, o.Key, now); err != nil {
			return nil, err
		}
	}
	l, err := net.Listen("tcp", o.Listen)
	if err != nil {
		return nil, fmt.Errorf("--media-listen: %w", err)
	}
	m := &Media{options: o, listener: l, tls: shown.config(), Signer: &media.Signer{URL: o.URL, Most: o.Most, Key: []byte(o.Secret)}}
	if m.Signer.URL == "" {
		m.Signer.URL = "http://" + l.Addr().String()
		if shown != nil {
			m.Signer.URL = "https://" + l.Addr().String()
		}
	}
	if len(m.Signer.Key) == 0 {
		m.Signer.Key = make([]byte, media.MinKey)
		_, _ = rand.Read(m.Signer.Key) // never fails
	}
	return m, nil
}

// MediaSigner returns what a message service signs with; nil without media.
func MediaSigner(m *Media) *media.Signer {
	if m == nil {
		return nil
	}
	return m.Signer
}

// Start opens the places and makes the server. Run is then to be called.
func (m *Media) Start(book media.Book, logger *slog.Logger, now func() time.Time) error {
	store, err := m.open()
	if err != nil {
		return err
	}
	m.server, err = web.New(web.Options{
		Staging: filepath.Join(m.options.Dir, "uploads"), Store: store, Book: book, Signer: m.Signer,
		TLS: m.tls, Logger: logger, Now: now, Limits: web.Limits{Types: m.options.Types},
	})
	return err
}

func (m *Media) open() (media.Store, error) {
	if err := os.MkdirAll(m.options.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("--media-dir: %w", err)
	}
	if m.options.Bucket == "" {
		s, err := disk.Open(filepath.Join(m.options.Dir, "kept"))
		if err != nil {
			return nil, fmt.Errorf("--media-dir: %w", err)
		}
		return s, nil
	}
	place, err := s3.Parse(m.options.Bucket)
	if err != nil {
		return nil, fmt.Errorf("--media-bucket: %w", err)
	}
	s, err := s3.Open(place)
	if err != nil {
		return nil, fmt.Errorf("--media-bucket: %w", err)
	}
	return s, nil
}

// Run serves until Close, and then returns nil.
func (m *Media) Run() error { return m.server.Serve(m.listener) }

// Close ends requests under way after a moment; uploads go on with the next start.
func (m *Media) Close(ctx context.Context) error {
	if m.server != nil {
		return m.server.Shutdown(ctx)
	}
	return m.listener.Close()
}

// URL is where clients reach it.
func (m *Media) URL() string { return m.Signer.URL }

// Metrics reads the counters of a server of media.
func (m *Media) Metrics() Source {
	return Source{Role: "imservice", Read: func() []Sample {
		s := m.server.Stats()
		samples := []Sample{
			gauge("media_open_uploads", "Uploads under way.", s.Open),
			counter("media_uploads_total", "Uploads begun.", s.Begun),
			counter("media_kept_total", "Uploads that became media.", s.Finished),
			counter("media_expired_uploads_total", "Uploads that nobody went on with.", s.Expired),
			counter("media_downloads_total", "Downloads begun, ranges among them.", s.Downloads),
			counter("media_erased_total", "Media erased because no message carried them.", s.Erased),
			labelled("media_bytes_total", "Bytes of media, by where they went.", "in", s.Received),
			labelled("media_bytes_total", "Bytes of media, by where they went.", "out", s.Sent),
		}
		for why, n := range s.Refused {
			samples = append(samples, labelled("media_refused_total", "Requests about media that were refused, by reason.", string(why), n))
		}
		return samples
	}}
}
