package cluster

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
)

// Options say where a cluster keeps its data and which programs it runs.
type Options struct {
	Data   string   // folder, made when missing
	Listen []string // HOST:PORT of each gate; port 0 chooses a free one

	Sim   string // the program of every role; "" means the one that runs
	Redis string // "" means redis-server from PATH

	// Webhook is where the push service sends notifications, and WebhookSecretFile
	// holds what signs them; "" means only to its log.
	Webhook, WebhookSecretFile string

	// Store is the URL of a database in the place of a folder, migrated already.
	// Services is how many message services share it; 0 means 1, and it is 1
	// without Store.
	Store    string
	Services int

	Policy string // login policy of the routes; "" means all

	GateFlags    []string // more flags for each gate
	ServiceFlags []string // more flags for the message service

	Exempt string // accounts whose names begin with it are free of the send rate; "" means none

	// Progress hears what is started and stopped, in lines; nil discards.
	Progress io.Writer
}

// withDefaults also looks for the programs; the error lists all that is wrong.
func (o Options) withDefaults() (Options, error) {
	var errs []error
	if len(o.Listen) == 0 {
		errs = append(errs, errors.New("cluster: no gate"))
	}
	if o.Data == "" {
		errs = append(errs, errors.New("cluster: no data folder"))
	}
	for i, addr := range o.Listen {
		if addr == "" {
			errs = append(errs, fmt.Errorf("cluster: gate %d has no address to listen at", i+1))
			continue
		}
		if _, port := split(addr); port != "0" && slices.Contains(o.Listen[:i], addr) {
			errs = append(errs, fmt.Errorf("cluster: two gates are to listen at %s", addr))
		}
	}
	o.Services = max(o.Services, 1)
	if o.Services > 1 && o.Store == "" {
		errs = append(errs, errors.New("cluster: several message services share a database: name it"))
	}
	if o.Progress == nil {
		o.Progress = io.Discard
	}
	var err error
	if o.Sim == "" {
		o.Sim, err = os.Executable()
		errs = append(errs, err)
	}
	if o.Redis == "" {
		if o.Redis, err = exec.LookPath("redis-server"); err != nil {
			errs = append(errs, errors.New("cluster: redis-server is not installed: on Debian and Ubuntu, apt-get install redis-server"))
		}
	} else if _, err = exec.LookPath(o.Redis); err != nil {
		errs = append(errs, fmt.Errorf("cluster: the program of Redis: %w", err))
	}
	if o.Data, err = filepath.Abs(o.Data); err != nil {
		errs = append(errs, err)
	}
	return o, errors.Join(errs...)
}
