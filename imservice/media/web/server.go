package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/tus/tusd/v2/pkg/handler"
	"github.com/tus/tusd/v2/pkg/memorylocker"
	"golang.org/x/exp/slog"
	"golang.org/x/net/netutil"

	"github.com/sim-im/sim/imservice/media"
)

// Server serves media. It implements http.Handler.
type Server struct {
	options  Options
	quotas   *quotas
	staging  *staging
	counters counters
	looks    chan struct{} // one for each that is being looked at

	mux  *http.ServeMux
	http http.Server

	life  context.Context // until Shutdown
	quit  context.CancelFunc
	loops sync.WaitGroup
}

// looksAtOnce is how many files are looked at at once: decoding takes memory.
const looksAtOnce = 1

// Most bytes of a request's header, and how long one may take.
const (
	maxHeader     = 16 << 10
	headerTimeout = 10 * time.Second
	idleTimeout   = 2 * time.Minute
)

// New returns a Server. It serves nothing before Serve, and sweeps from there on.
func New(options Options) (*Server, error) {
	o := options.withDefaults()
	if err := errors.Join(o.Signer.Validate(), o.Limits.Validate()); err != nil {
		return nil, err
	}
	s := &Server{options: o, counters: newCounters(), looks: make(chan struct{}, looksAtOnce)}
	s.life, s.quit = context.WithCancel(context.Background())
	s.quotas = newQuotas(&s.options.Limits)
	var err error
	if s.staging, err = newStaging(s); err != nil {
		return nil, err
	}
	uploads, err := s.uploads()
	if err != nil {
		return nil, err
	}
	s.mux = http.NewServeMux()
	s.mux.Handle(media.UploadsPath, s.authorized(uploads))
	s.mux.HandleFunc("GET "+media.MediaPath, s.download)
	s.http = http.Server{
		Handler: s, TLSConfig: o.TLS, MaxHeaderBytes: maxHeader, ReadHeaderTimeout: headerTimeout, IdleTimeout: idleTimeout,
		ErrorLog: log.New(io.Discard, "", 0), // what strangers do wrong
	}
	return s, nil
}

// uploads returns tusd's handler over staging. What it logs is dropped: what is
// worth it is logged here.
func (s *Server) uploads() (http.Handler, error) {
	composer := handler.NewStoreComposer()
	composer.UseCore(s.staging)
	composer.UseTerminater(s.staging)
	composer.UseLocker(patientLocks{memorylocker.New()})
	made, err := handler.NewHandler(handler.Config{
		StoreComposer: composer, MaxSize: s.options.Signer.Most, BasePath: s.options.Signer.UploadsURL(),
		DisableDownload: true, DisableConcatenation: true, NetworkTimeout: s.options.Limits.NetworkTimeout,
		GracefulRequestCompletionTimeout: time.Millisecond, // what takes longer has a life of its own: finish
		Logger:                           slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	if err != nil {
		return nil, fmt.Errorf("media: %w", err)
	}
	return readable(http.StripPrefix(media.UploadsPath, made)), nil
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// authorized serves uploads to who shows a token.
func (s *Server) authorized(uploads http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodOptions { // browsers ask before they show anything
			uploads.ServeHTTP(w, r)
			return
		}
		token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		uid, err := s.options.Signer.CheckToken(token, s.options.Now())
		if err != nil {
			w.Header().Set("WWW-Authenticate", "Bearer")
			w.Header().Set("Access-Control-Allow-Origin", "*")
			s.refuse(w, errToken)
			return
		}
		r = r.WithContext(withUser(r.Context(), uid))
		name := strings.TrimPrefix(r.URL.Path, media.UploadsPath)
		switch {
		case r.Method == http.MethodGet:
			s.answerFinished(w, r, name)
		case r.Method == http.MethodPost && name == "" && s.goesOn(w, r):
		default:
			ends := s.options.Now().Add(s.options.Limits.UploadLife)
			w.Header().Set("Upload-Expires", ends.UTC().Format(http.TimeFormat))
			uploads.ServeHTTP(w, r)
		}
	})
}

// answerFinished tells what was found out about an upload.
func (s *Server) answerFinished(w http.ResponseWriter, r *http.Request, name string) {
	w.Header().Set("Access-Control-Allow-Origin", "*")
	found, err := s.finished(r.Context(), name)
	if err != nil {
		s.refuse(w, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_ = json.NewEncoder(w).Encode(found) // a client that is gone
}

// goesOn answers who creates an upload of a file that they have begun to upload
// before: it is the same one, and HEAD tells where it goes on. So a client needs
// no memory to resume after a restart.
func (s *Server) goesOn(w http.ResponseWriter, r *http.Request) bool {
	size, err := strconv.ParseInt(r.Header.Get("Upload-Length"), 10, 64)
	meta := handler.ParseMetadataHeader(r.Header.Get("Upload-Metadata"))
	id, ok := s.quotas.find(opened{userOf(r.Context()), size, meta[metaHash]})
	if err != nil || !ok || r.Header.Get("Tus-Resumable") != "1.0.0" || r.ContentLength != 0 {
		return false
	}
	h := w.Header()
	h.Set("Tus-Resumable", "1.0.0")
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Expose-Headers", "Location, Tus-Resumable")
	h.Set("Location", s.options.Signer.UploadsURL()+id)
	w.WriteHeader(http.StatusCreated)
	return true
}

// Serve serves a listener until Shutdown, and then returns nil.
func (s *Server) Serve(l net.Listener) error {
	s.loops.Go(func() { s.sweeps(s.life) })
	l = netutil.LimitListener(l, s.options.Limits.Conns)
	var err error
	if s.options.TLS != nil {
		err = s.http.ServeTLS(l, "", "")
	} else {
		err = s.http.Serve(l)
	}
	s.quit()
	s.loops.Wait()
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// shutdownGrace is how long requests under way may take when the server stops.
const shutdownGrace = 2 * time.Second

// Shutdown takes no more requests, and waits a moment for those under way, but not
// beyond ctx. Then they are cut off: they go on with the next start.
func (s *Server) Shutdown(ctx context.Context) error {
	defer s.quit()
	ctx, cancel := context.WithTimeout(ctx, shutdownGrace)
	defer cancel()
	if s.http.Shutdown(ctx) != nil {
		return s.http.Close()
	}
	return nil
}

// sweeps sweeps from time to time.
func (s *Server) sweeps(ctx context.Context) {
	tick := time.NewTicker(s.options.Limits.SweepEvery)
	defer tick.Stop()
	for {
		if err := s.Sweep(ctx); err != nil && ctx.Err() == nil {
			s.options.Logger.Error("cannot remove media that nobody needs", "error", err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// Sweep removes uploads that nobody goes on with, and media that no message
// carries.
func (s *Server) Sweep(ctx context.Context) error {
	now := s.options.Now()
	s.quotas.forget(now)
	errStaging := s.staging.sweep(now.Add(-s.options.Limits.UploadLife))
	n, err := s.options.Book.SweepMedia(ctx, func(id media.ID) error {
		return errors.Join(
			s.options.Store.Delete(ctx, media.Name(id, media.Whole)), s.options.Store.Delete(ctx, media.Name(id, media.Thumbnail)))
	})
	s.counters.erased.Add(uint64(n))
	return errors.Join(errStaging, err)
}
