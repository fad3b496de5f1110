package gate

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/sim-im/sim/msgdef"
)

// MinApp is the oldest version of an app that a gate serves. Login.App says what
// an app is: "chat/2.1.0". Apps of other names are served in any version.
//
// It keeps old apps of honest users away, with a word that they can show: who
// lies about the version gets in.
type MinApp struct {
	Name    string // before the slash; "" is never met
	Version [4]uint32
	text    string // of the version, for people
}

// ParseMinApp reads "chat/2.1.0": a name, and one to four numbers.
func ParseMinApp(text string) (MinApp, error) {
	name, version, found := strings.Cut(text, "/")
	if !found || name == "" || len(text) > 64 {
		return MinApp{}, fmt.Errorf("%q is not NAME/VERSION, like chat/2.1.0, of at most 64 bytes", text)
	}
	numbers, ok := parseVersion(version)
	if !ok {
		return MinApp{}, fmt.Errorf("%q: version %q is not one to four numbers with dots between, like 2.1.0", text, version)
	}
	return MinApp{Name: name, Version: numbers, text: version}, nil
}

// parseVersion reads numbers with dots between; missing ones are 0.
func parseVersion(text string) (numbers [4]uint32, ok bool) {
	parts := strings.Split(text, ".")
	if len(parts) > len(numbers) {
		return numbers, false
	}
	for i, part := range parts {
		n, err := strconv.ParseUint(part, 10, 32)
		if err != nil {
			return numbers, false
		}
		numbers[i] = uint32(n)
	}
	return numbers, true
}

// served reports whether an app may log in. What follows a "-" or a "+" or a
// space in its version, as in 2.1.0-beta, does not count; an app of that name
// without a version that can be read is too old to know the rule.
func (m MinApp) served(app string) bool {
	name, version, _ := strings.Cut(app, "/")
	if name != m.Name {
		return true
	}
	if end := strings.IndexAny(version, "-+ "); end >= 0 {
		version = version[:end]
	}
	numbers, ok := parseVersion(version)
	if !ok {
		return false
	}
	for i, n := range numbers {
		if n != m.Version[i] {
			return n > m.Version[i]
		}
	}
	return true
}

// SetMinApps replaces Options.MinApps for logins from now on. Sessions of apps
// that are too old by it go on.
func (s *Server) SetMinApps(list []MinApp) {
	list = slices.Clone(list)
	s.minApps.Store(&list)
}

// checkApp refuses an app that is too old.
func (s *Server) checkApp(app string) error {
	for _, m := range *s.minApps.Load() {
		if !m.served(app) {
			v := loginFault(ReasonUpgrade, msgdef.CodeUpgrade)
			v.detail = fmt.Sprintf("%s %s or newer is needed", m.Name, m.text)
			return v
		}
	}
	return nil
}
