package dev

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"time"

	"github.com/sim-im/sim/gate"
	"github.com/sim-im/sim/gate/transport/quic"
	"github.com/sim-im/sim/imservice"
	"github.com/sim-im/sim/imservice/issuer"
	"github.com/sim-im/sim/msgdef/codec"
	"github.com/sim-im/sim/msgdef/secure"
	"github.com/sim-im/sim/push"
	"github.com/sim-im/sim/route"
	"github.com/sim-im/sim/tools/ops"
)

// Options say where a server keeps its data and where it listens.
type Options struct {
	Data   string // folder, made when missing
	Listen string // HOST:PORT for clients; port 0 chooses a free one
	HTTP   string // HOST:PORT for operators; empty for none
	RPC    string // HOST:PORT on this machine where business services claim types; empty for none
	NoLoop bool   // has a goroutine wait at each TCP connection, on Linux too
	NoQUIC bool   // serves clients over TCP only, and leaves the UDP port of that number alone

	WS ops.WebSocket // where browsers connect

	// Media says where media are served, in plaintext on this machine, and kept.
	// Without Listen none are.
	Media ops.MediaOptions

	LoginPolicy route.Policy // which devices of a user may be logged in at once

	FriendsOnly bool                   // nobody writes to a pair but friends
	FindPeople  imservice.PeopleSearch // how users find each other

	// AdmitClassical also admits the suites without ML-KEM, for clients on
	// platforms that have none.
	AdmitClassical bool

	Issuers *issuer.Set // outside, whose tokens prove an account; nil means none

	Codecs []codec.ID // that clients may use; empty means all

	Metrics []ops.Source // shown to operators beside the parts' own

	Logger *slog.Logger     // nil discards
	Now    func() time.Time // nil means time.Now
	Rand   io.Reader        // for keys; nil means crypto/rand

	// Push says who brings notifications to devices that are not connected.
	// PushDelay is how long they have to read a message before; 0 means 3 s.
	Push      push.Providers
	PushDelay time.Duration

	// Store is the URL of a database for accounts and messages in the place of the
	// folder, see postgres.Options. Its tables are made and migrated by the start.
	Store string

	// MinFree is how many bytes of the disk are left alone, see pebble.Options.
	MinFree int64

	// StoreCache and StoreMemTable bound the store's memory in bytes, see
	// pebble.Options; 0 means its own choice.
	StoreCache, StoreMemTable int64

	// What tests and operators bound differently; zero values are the parts' own.
	GateLimits    gate.Limits
	MinApps       []gate.MinApp // oldest versions of apps that are served
	GateTimes     gate.Times
	QUIC          quic.Options // but for Admits
	ServiceLimits imservice.Limits
	PasswordCost  imservice.PasswordCost
}

func (o Options) withDefaults() Options {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Rand == nil {
		o.Rand = rand.Reader
	}
	if o.GateTimes.GoAway == 0 {
		o.GateTimes.GoAway = -1 // there is no other gate to move to
	}
	return o
}

// suites are those that clients may use; none means the gate's own choice.
func (o Options) suites() []secure.Suite {
	if !o.AdmitClassical {
		return nil
	}
	return []secure.Suite{secure.HybridAESGCM, secure.HybridChaCha, secure.ClassicalAESGCM, secure.ClassicalChaCha}
}

// Validate lists everything that is wrong.
func (o Options) Validate() error {
	var errs []error
	if o.Data == "" {
		errs = append(errs, errors.New("dev: no data folder"))
	}
	if o.Listen == "" {
		errs = append(errs, errors.New("dev: no address to listen at"))
	}
	if host, _, err := net.SplitHostPort(o.RPC); o.RPC != "" && (err != nil || !ops.OnlyHere(host)) {
		errs = append(errs, fmt.Errorf("dev: business services call without TLS, so --rpc is an address like 127.0.0.1:7103, not %q", o.RPC))
	}
	return errors.Join(append(errs, o.WS.Validate(), o.Media.Validate())...)
}
