package main

import (
	"errors"
	"fmt"

	"github.com/sim-im/sim/tools/node"
	"github.com/sim-im/sim/tools/ops"
)

// databaseFlags name a database in the place of a folder.
type databaseFlags struct {
	Store     ops.Secret `env:"SIM_STORE_URL" placeholder:"URL" help:"Keep accounts and messages in PostgreSQL or YugabyteDB, postgres://USER:PASSWORD@HOST:PORT/DATABASE, instead of in a folder. 'sim migrate up' prepares it."`
	StoreFile string     `env:"SIM_STORE_URL_FILE" placeholder:"FILE" help:"File with this URL on its first line."`
}

// url returns the URL of the database, "" for a folder. The error lists mistakes.
func (f databaseFlags) url() (string, error) {
	url, err := ops.FromFile("store", f.Store, f.StoreFile)
	if err != nil || url == "" {
		return "", err
	}
	if err := node.CheckStore(url.Reveal()); err != nil {
		return "", fmt.Errorf("--store: %w", err)
	}
	return url.Reveal(), nil
}

// needed is url where there is no folder to take instead.
func (f databaseFlags) needed() (string, error) {
	url, err := f.url()
	if err == nil && url == "" {
		err = errors.New("--store: is needed: postgres://USER:PASSWORD@HOST:PORT/DATABASE")
	}
	return url, err
}
