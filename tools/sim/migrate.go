package main

import (
	"errors"
	"fmt"

	"github.com/sim-im/sim/tools/node"
	"github.com/sim-im/sim/tools/ops"
)

// migrateCommand groups what is done to a database by hand.
type migrateCommand struct {
	Up     migrateUp     `cmd:"" help:"Make the tables, or bring them to what this program needs."`
	Status migrateStatus `cmd:"" help:"Show which version a database has."`
}

// migrateUp has the flags of sim migrate up.
type migrateUp struct {
	databaseFlags
	To int `placeholder:"N" help:"Stop at this version; the newest unless given."`
}

// Help implements kong.HelpProvider.
func (migrateUp) Help() string {
	return `Each version is one step, and what was cut short is done again, so this can be
repeated at any time and by several at once. Nothing goes back: keep a backup
(pg_dump) from before. The message services that have the database open go on,
but start again only in a version that knows the new tables.

Examples:

  sim migrate up --store postgres://sim:secret@127.0.0.1:5432/sim
  sim migrate up --store-file /etc/sim/store-url`
}

// Validate implements kong's hook and lists every mistake.
func (c *migrateUp) Validate() error {
	_, err := c.needed()
	if c.To < 0 || c.To > node.LatestStore() {
		err = errors.Join(err, fmt.Errorf("--to: is %d; want 1 to %d", c.To, node.LatestStore()))
	}
	return err
}

// Run implements the command.
func (c *migrateUp) Run(p *process) error {
	url, err := c.needed()
	if err != nil {
		return ops.Exit(ops.ExitUsage, err)
	}
	s, err := node.MigrateStore(p, url, c.To)
	if err != nil {
		return err
	}
	fmt.Fprintln(p.out, s)
	return nil
}

// migrateStatus has the flags of sim migrate status.
type migrateStatus struct{ databaseFlags }

// Help implements kong.HelpProvider.
func (migrateStatus) Help() string {
	return `Changes nothing. The exit code is 1 unless the database has the version that
this program needs.

Examples:

  sim migrate status --store postgres://sim:secret@127.0.0.1:5432/sim`
}

// Validate implements kong's hook.
func (c *migrateStatus) Validate() error {
	_, err := c.needed()
	return err
}

// Run implements the command.
func (c *migrateStatus) Run(p *process) error {
	url, err := c.needed()
	if err != nil {
		return ops.Exit(ops.ExitUsage, err)
	}
	s, err := node.StoreStatus(p, url)
	if err != nil {
		return err
	}
	fmt.Fprintln(p.out, s)
	return s.Fits()
}
