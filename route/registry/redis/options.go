package redis

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

// Options say where Redis is. URL or Addrs is needed.
type Options struct {
	// URL is redis:// or rediss://user:password@host:port/database and stands for
	// Addrs, Username, Password, DB and TLS.
	URL string

	// Addrs are host:port of the server, of Sentinels when MasterName is set, or
	// of nodes of a cluster when Cluster is set or there are several.
	Addrs      []string
	MasterName string // that the Sentinels watch; "" asks no Sentinel
	Cluster    bool

	Username, Password                 string
	SentinelUsername, SentinelPassword string
	DB                                 int // not of a cluster
	TLS                                *tls.Config

	// Prefix begins every key; "" means sim. Installations that share a Redis
	// have different ones.
	Prefix string

	TTL     time.Duration // of leases; 0 means 6 s
	Renew   time.Duration // between renewals; 0 means a third of TTL
	Poll    time.Duration // between looks of the views; 0 means 1 s
	Timeout time.Duration // of one round trip; 0 means 2 s

	// Logger hears when Redis goes and comes back; nil is silence.
	Logger *slog.Logger

	// Now is the clock that keeps views over a loss; nil is time.Now.
	Now func() time.Time
}

// withDefaults fills in what was left out.
func (o Options) withDefaults() Options {
	if o.Prefix == "" {
		o.Prefix = "sim"
	}
	if o.TTL == 0 {
		o.TTL = 6 * time.Second
	}
	if o.Renew == 0 {
		o.Renew = o.TTL / 3
	}
	if o.Poll == 0 {
		o.Poll = time.Second
	}
	if o.Timeout == 0 {
		o.Timeout = 2 * time.Second
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// validate returns why nothing can be opened with o.
func (o Options) validate() error {
	switch {
	case len(o.Addrs) == 0:
		return errors.New("registry: no address of a Redis")
	case o.MasterName != "" && o.Cluster:
		return errors.New("registry: Redis is either watched by Sentinels or a cluster, not both")
	case strings.ContainsAny(o.Prefix, "{}"):
		return fmt.Errorf("registry: prefix %q with a brace", o.Prefix)
	case o.TTL < time.Millisecond || o.Renew < 0 || o.Poll < 0 || o.Timeout < 0:
		return fmt.Errorf("registry: TTL %v, Renew %v, Poll %v, Timeout %v", o.TTL, o.Renew, o.Poll, o.Timeout)
	case o.Renew >= o.TTL:
		return fmt.Errorf("registry: leases of %v renewed every %v would end", o.TTL, o.Renew)
	}
	return nil
}

// parsed returns o with the parts of its URL.
func (o Options) parsed() (Options, error) {
	if o.URL == "" {
		return o, nil
	}
	if len(o.Addrs) > 0 {
		return o, errors.New("registry: both a URL and addresses of a Redis")
	}
	u, err := goredis.ParseURL(o.URL)
	if err != nil {
		return o, fmt.Errorf("registry: URL of a Redis: %w", withoutURL(err))
	}
	o.Addrs = []string{u.Addr}
	o.Username, o.Password, o.DB, o.TLS = u.Username, u.Password, u.DB, u.TLSConfig
	return o, nil
}

// withoutURL takes the URL, which may hold a password, out of the error that
// says what is wrong with it.
func withoutURL(err error) error {
	var parse *url.Error
	if !errors.As(err, &parse) {
		return err
	}
	return errors.New("cannot be understood; want redis://user:password@host:port/database, with what is special in the password as %XX")
}

// Validate returns why Open would refuse o. It does not connect, and shows no
// password.
func (o Options) Validate() error {
	o, err := o.parsed()
	if err != nil {
		return err
	}
	return o.withDefaults().validate()
}

// client connects when it is first used. Its retries are few, because whoever
// calls comes again.
func (o Options) client() goredis.UniversalClient {
	goredis.SetLogger(silence{}) // the library has one for the process, on stderr; health says the same, once
	return goredis.NewUniversalClient(&goredis.UniversalOptions{
		Addrs: o.Addrs, MasterName: o.MasterName, IsClusterMode: o.Cluster,
		Username: o.Username, Password: o.Password, DB: o.DB, TLSConfig: o.TLS,
		SentinelUsername: o.SentinelUsername, SentinelPassword: o.SentinelPassword,
		MaxRetries: 1, DialerRetries: 1,
		DialTimeout: o.Timeout, ReadTimeout: o.Timeout, WriteTimeout: o.Timeout,
		ContextTimeoutEnabled: true, DisableIdentity: true,
	})
}

// where names what is reached, for people.
func (o Options) where() string {
	at := strings.Join(o.Addrs, ", ")
	if o.MasterName != "" {
		return fmt.Sprintf("redis %s by sentinels %s", o.MasterName, at)
	}
	return "redis " + at
}

// silence is a logger of the library.
type silence struct{}

// Printf implements it.
func (silence) Printf(context.Context, string, ...any) {}
