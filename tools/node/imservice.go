package node

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/sim-im/sim/imservice"
	"github.com/sim-im/sim/imservice/issuer"
	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/imservice/store/pebble"
	"github.com/sim-im/sim/imservice/store/postgres"
	"github.com/sim-im/sim/msgdef/rpc/kitex"
	"github.com/sim-im/sim/route/registry"
	"github.com/sim-im/sim/tools/ops"
)

// IMServiceOptions say how a message service runs.
type IMServiceOptions struct {
	Common
	Data    string // folder of the store, made when missing
	MinFree int64  // bytes of the disk left alone, see pebble.Options

	// Store is the URL of a database in the place of the folder, see
	// postgres.Options; other message services may use it too.
	Store string

	// StoreCache and StoreMemTable bound the store's memory in bytes, see
	// pebble.Options; 0 means its own choice.
	StoreCache, StoreMemTable int64

	FriendsOnly      bool                   // nobody writes to a pair but friends
	FindPeople       imservice.PeopleSearch // how users find each other
	OpenRegistration bool                   // lets the first login with a name create its account
	Exempt           func(string) bool      // accounts free of the send rate; nil means none
	Issuers          *issuer.Set            // outside, whose tokens prove an account; nil means none

	Media ops.MediaOptions // without Listen none are kept

	Limits   imservice.Limits
	Password imservice.PasswordCost
}

// Validate lists everything that is wrong, in the names of flags.
func (o IMServiceOptions) Validate() error {
	var err error
	switch {
	case o.Store != "":
		if err = postgres.Check(o.Store); err != nil {
			err = fmt.Errorf("--store: %w", err)
		}
	case o.Data == "":
		err = errors.New("--data: is needed, or --store")
	}
	return errors.Join(o.Common.validate(registry.IMService), err, o.Media.Validate())
}

// IMService is a message service that runs.
//
//	routes ─▶ imservice.Server ─▶ pebble, or postgres
//	 ▲  push ─▶    │
//	 └kitex.Notifier, one route of each region; to end sessions, its master
type IMService struct {
	*Process
	options  IMServiceOptions
	store    store.Store
	notifier *kitex.Notifier
	service  *imservice.Server
	media    *ops.Media // nil when none are kept
}

// StartIMService starts a message service. The error wraps one of package
// store's when the folder is in use, damaged, full or not writable. ctx bounds
// the start only.
func StartIMService(ctx context.Context, options IMServiceOptions) (*IMService, error) {
	p, err := newProcess(registry.IMService, options.Common, options.Validate())
	if err != nil {
		return nil, err
	}
	s := &IMService{Process: p, options: options}
	if err := p.start(ctx, p.openListeners, p.openRegistry, s.openStore, s.openRoutes, s.openMedia, s.openService, s.serveMedia); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *IMService) openStore() (err error) {
	if s.options.Store == "" {
		err = s.openFolder()
	} else {
		err = s.openDatabase()
	}
	if err == nil {
		s.onClose(func(context.Context) error { return s.store.Close() })
	}
	return err
}

func (s *IMService) openDatabase() error {
	opened, err := postgres.Open(postgres.Options{URL: s.options.Store, Logger: s.logger})
	switch {
	case errors.Is(err, store.ErrFormat):
		return err
	case err != nil:
		return ops.Exit(ops.ExitUnreachable, err)
	}
	s.store = opened
	return nil
}

func (s *IMService) openFolder() error {
	if err := os.MkdirAll(s.options.Data, 0o700); err != nil { // in words that do not speak of damage
		return fmt.Errorf("--data: %w", err)
	}
	opened, err := pebble.Open(pebble.Options{
		Dir: s.options.Data, Logger: s.logger, Now: s.common.Now, MinFree: s.options.MinFree,
		CacheSize: s.options.StoreCache, MemTableSize: s.options.StoreMemTable,
	})
	if err != nil {
		return fmt.Errorf("data folder %s: %w", s.options.Data, err)
	}
	s.store = opened
	return nil
}

// openRoutes finds who is told of new messages.
func (s *IMService) openRoutes() (err error) {
	routes := &endpoints{view: s.registry.View(registry.Route)}
	if s.notifier, err = kitex.DialNotifier(s.calls(routes)); err != nil {
		return err
	}
	s.needs("route", routes.known)
	s.onClose(closed(s.notifier.Close))
	s.metrics = append(s.metrics, callMetrics("imservice", "notify", s.notifier))
	return nil
}

// openService takes messages. At Close those that were taken are committed and
// answered before the server ends its connections.
func (s *IMService) openService() (err error) {
	s.service, err = imservice.New(imservice.Options{
		Store: s.store, Logger: s.logger, Now: s.common.Now,
		Evictor: s.notifier, OpenRegistration: s.options.OpenRegistration, Exempt: s.options.Exempt, Issuers: s.options.Issuers, Media: ops.MediaSigner(s.media),
		FriendsOnly: s.options.FriendsOnly, FindPeople: s.options.FindPeople, Limits: s.options.Limits, Password: s.options.Password,
	})
	if err != nil {
		return err
	}
	s.needs("store", s.service.Health)
	s.metrics = append(s.metrics, ops.ServiceMetrics(s.service))
	s.service.Start(s.notifier)
	if err := s.serve(kitex.OfferService(s.service, s.service, s.service), kitex.OfferModeration(s.service)); err != nil {
		return errors.Join(err, s.service.Close(context.Background()))
	}
	s.onClose(s.service.Close)
	s.announce(s.common.Settle)
	return nil
}

// Stats returns the service's counters.
func (s *IMService) Stats() imservice.Stats { return s.service.Stats() }
