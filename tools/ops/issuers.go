package ops

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/sim-im/sim/imservice/issuer"
)

// issuerEntry is an issuer in a file.
type issuerEntry struct {
	Issuer           string        `yaml:"issuer"`
	Audience         []string      `yaml:"audience"`
	Prefix           string        `yaml:"prefix"`
	Claim            string        `yaml:"claim"`
	JWKS             string        `yaml:"jwks"`
	Algorithms       []string      `yaml:"algorithms"`
	Introspection    string        `yaml:"introspection"`
	ClientID         string        `yaml:"client_id"`
	ClientSecretFile string        `yaml:"client_secret_file"`
	Cache            time.Duration `yaml:"cache"`
}

// ReadIssuers reads a file of issuers, see issuer.Config; "" is none. The error
// lists every mistake of the file, and of the secrets that it names.
//
//	# by the keys it publishes
//	- issuer: https://id.example.com
//	  audience: [sim]
//	  prefix: "corp:"
//	  jwks: https://id.example.com/keys
//	# by asking it
//	- issuer: https://old.example.com
//	  audience: [sim]
//	  prefix: "old:"
//	  introspection: https://old.example.com/introspect
//	  client_id: sim
//	  client_secret_file: /etc/sim/old.secret
func ReadIssuers(file string) (*issuer.Set, error) {
	if file == "" {
		return nil, nil
	}
	text, err := readFile(file)
	if err != nil {
		return nil, err
	}
	if err := checkKeys(file, text); err != nil {
		return nil, err
	}
	var entries []issuerEntry
	if err := yaml.Unmarshal(text, &entries); err != nil {
		return nil, errors.New(syntax(file, err))
	}
	if len(entries) == 0 {
		return nil, fmt.Errorf("%s: names no issuer", file)
	}
	var all []issuer.Config
	var errs []error
	for i, e := range entries {
		secret, err := FromFile("client_secret", "", e.ClientSecretFile)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: issuer %d: %s", file, i+1, strings.TrimPrefix(err.Error(), "--")))
			secret = "so that it is not told twice"
		}
		all = append(all, issuer.Config{
			Issuer: e.Issuer, Audience: e.Audience, Prefix: e.Prefix, Claim: e.Claim, JWKS: e.JWKS, Algorithms: e.Algorithms,
			Introspection: e.Introspection, ClientID: e.ClientID, ClientSecret: secret.Reveal(), Cache: e.Cache,
		})
	}
	set, err := issuer.New(all, issuer.Options{})
	if err != nil {
		errs = append(errs, fmt.Errorf("%s: %w", file, err))
	}
	return set, errors.Join(errs...)
}

// checkKeys names every key that means nothing: the library stops at the first.
func checkKeys(file string, text []byte) error {
	known := []string{
		"issuer", "audience", "prefix", "claim", "jwks", "algorithms",
		"introspection", "client_id", "client_secret_file", "cache",
	}
	var entries []map[string]any
	if err := yaml.Unmarshal(text, &entries); err != nil {
		return errors.New(syntax(file, err))
	}
	var errs []error
	for i, e := range entries {
		for _, key := range slices.Sorted(maps.Keys(e)) {
			if !slices.Contains(known, key) {
				errs = append(errs, fmt.Errorf("%s: issuer %d: %q means nothing; there are %s", file, i+1, key, strings.Join(known, ", ")))
			}
		}
	}
	return errors.Join(errs...)
}
