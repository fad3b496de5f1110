package postgres

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// Options say where the database is. Only URL is mandatory.
type Options struct {
	// URL names the database, postgres://USER:PASSWORD@HOST:PORT/DATABASE with
	// the parameters of libpq; several hosts stand between commas.
	URL string

	Logger *slog.Logger // nil discards

	// Rand makes the epoch of a new store; nil is crypto/rand.
	Rand io.Reader

	// Connections is how many are open at most, 0 means 16. Half as many again
	// are for LockUser alone.
	Connections int

	// Patience is how long a call may take, with the time to wait for other
	// services and to try again; 0 means 10 s.
	Patience time.Duration
}

const (
	defaultConnections = 16
	defaultPatience    = 10 * time.Second
)

func (o Options) withDefaults() Options {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Rand == nil {
		o.Rand = rand.Reader
	}
	if o.Connections == 0 {
		o.Connections = defaultConnections
	}
	if o.Patience == 0 {
		o.Patience = defaultPatience
	}
	return o
}

var errURL = errors.New("not the URL of a database: want postgres://USER:PASSWORD@HOST:PORT/DATABASE")

// config makes settings of connections, or lists every mistake. It never repeats
// the URL, which may have a password.
func (o Options) config() (*pgxpool.Config, error) {
	var errs []error
	config, err := pgxpool.ParseConfig(o.URL)
	if err != nil || o.URL == "" {
		errs = append(errs, errURL)
	}
	if o.Connections < 1 {
		errs = append(errs, fmt.Errorf("option Connections is %d: at least 1, or 0 for %d", o.Connections, defaultConnections))
	}
	if o.Patience < 0 {
		errs = append(errs, fmt.Errorf("option Patience is %s: more than 0, or 0 for %s", o.Patience, defaultPatience))
	}
	if len(errs) > 0 {
		return nil, fmt.Errorf("postgres: options: %w", errors.Join(errs...))
	}
	config.MaxConns = int32(o.Connections)
	config.ConnConfig.ConnectTimeout = min(o.Patience, 5*time.Second)
	config.AfterConnect = registerArrays
	o.settle(config.ConnConfig.RuntimeParams)
	return config, nil
}

// settle gives the settings of a session their values, but those that the URL has.
// What was committed is always durable.
func (o Options) settle(settings map[string]string) {
	for name, value := range map[string]string{
		"application_name":              "sim",
		"default_transaction_isolation": "read committed",

		// Who has locked rows and is heard of no more keeps others waiting no longer.
		"idle_in_transaction_session_timeout": fmt.Sprint(o.Patience.Milliseconds()),
		"statement_timeout":                   fmt.Sprint(o.Patience.Milliseconds()),
	} {
		if settings[name] == "" {
			settings[name] = value
		}
	}
	settings["synchronous_commit"] = "on"
}

// Check says when a URL is none, without a word of it.
func Check(url string) error {
	if _, err := pgxpool.ParseConfig(url); err != nil || url == "" {
		return errURL
	}
	return nil
}
