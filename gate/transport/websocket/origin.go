package websocket

import (
	"fmt"
	"net/http"
	"net/url"
	"path"
	"strings"
)

// OriginError is an entry of Options.Origins that says nothing, or too much.
type OriginError struct {
	Origin string // the entry
	Why    string
}

// Error implements error.
func (e *OriginError) Error() string {
	return fmt.Sprintf("websocket: origin %q: %s", e.Origin, e.Why)
}

// validPattern says what is wrong with an entry of Options.Origins.
func validPattern(pattern string) error {
	scheme, host, found := strings.Cut(pattern, "://")
	if !found {
		scheme, host = "https", pattern
	}
	_, err := path.Match(pattern, "")
	switch {
	case host == "" || strings.ContainsAny(host, "/?#@ "):
		return &OriginError{pattern, "is not like https://chat.example.com or *.example.com"}
	case scheme != "http" && scheme != "https":
		return &OriginError{pattern, "pages come by http or https"}
	case err != nil:
		return &OriginError{pattern, "is not a pattern: " + err.Error()}
	case strings.Trim(host, "*.:") == "":
		return &OriginError{pattern, "would let every site of the world in: list those that may"}
	}
	return nil
}

// originAllowed reports whether the page that makes a request may. Browsers
// always say where a page is from, and a page cannot change that.
func (o Options) originAllowed(r *http.Request) bool {
	given := r.Header.Values("Origin")
	if len(given) == 0 {
		return true
	}
	origin, err := url.Parse(given[0])
	if err != nil || len(given) > 1 || origin.Host == "" { // "null" has no host
		return false
	}
	return o.sameOrigin(origin, r.Host) || o.listed(origin)
}

// sameOrigin reports whether the page is from where the request goes to. Without
// TLS a proxy may end it: then either scheme will do.
func (o Options) sameOrigin(origin *url.URL, host string) bool {
	secure := origin.Scheme == "https"
	return strings.EqualFold(origin.Host, host) && (secure || o.TLS == nil && origin.Scheme == "http")
}

// listed reports whether Origins names the origin. The rules are those of the
// library, which asks as well.
func (o Options) listed(origin *url.URL) bool {
	for _, pattern := range o.Origins {
		name := origin.Host
		if strings.Contains(pattern, "://") {
			name = origin.Scheme + "://" + origin.Host
		}
		if ok, _ := path.Match(strings.ToLower(pattern), strings.ToLower(name)); ok { // patterns are valid
			return true
		}
	}
	return false
}
