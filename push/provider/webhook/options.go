package webhook

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// Options say which endpoint is called. URL and Secret are needed.
type Options struct {
	// URL is where notifications go. It is https, or http to a loopback host.
	URL string

	// Secret signs them: base64 of 24 to 64 bytes, with or without the prefix
	// "whsec_".
	Secret string

	Timeout time.Duration    // of a call, 0 means 10 s
	Now     func() time.Time // nil means time.Now

	// Transport carries the calls; nil means one with at most 64 connections.
	Transport http.RoundTripper
}

const (
	maxAnswer  = 4096            // bytes of a response's body that are read
	maxAfter   = 5 * time.Minute // of Retry-After
	maxConns   = 64
	secretLow  = 24 // bytes, by Standard Webhooks
	secretHigh = 64
)

func (o Options) withDefaults() Options {
	if o.Timeout == 0 {
		o.Timeout = 10 * time.Second
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Transport == nil {
		o.Transport = &http.Transport{
			Proxy:                  http.ProxyFromEnvironment,
			MaxConnsPerHost:        maxConns,
			MaxIdleConnsPerHost:    maxConns,
			IdleConnTimeout:        time.Minute,
			MaxResponseHeaderBytes: 16 << 10,
			ForceAttemptHTTP2:      true,
		}
	}
	return o
}

// validate returns the signer, or what is wrong. Errors never show the secret.
func (o Options) validate() (*standardwebhooks.Webhook, error) {
	u, err := url.Parse(o.URL)
	switch {
	case err != nil:
		return nil, errors.New("webhook: the URL cannot be parsed")
	case u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return nil, fmt.Errorf("webhook: URL %q, want https://host/…", u.Redacted())
	case u.Scheme == "http" && !loopback(u.Hostname()):
		return nil, fmt.Errorf("webhook: URL %q: http is for loopback hosts only, want https", u.Redacted())
	case o.Timeout < 0:
		return nil, fmt.Errorf("webhook: timeout of %v", o.Timeout)
	case o.Secret == "":
		return nil, errors.New("webhook: no secret")
	}
	key, err := decodeSecret(o.Secret)
	if err != nil {
		return nil, err
	}
	return standardwebhooks.NewWebhookRaw(key)
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func decodeSecret(secret string) ([]byte, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		return nil, errors.New("webhook: the secret is not base64")
	}
	if len(key) < secretLow || len(key) > secretHigh {
		return nil, fmt.Errorf("webhook: a secret of %d bytes, want %d to %d", len(key), secretLow, secretHigh)
	}
	return key, nil
}
