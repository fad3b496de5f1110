package issuer

import (
	"fmt"
	"io"
	"net/http"
	"time"
)

const (
	webTimeout = 5 * time.Second
	maxAnswer  = 256 << 10 // bytes
)

// newClient asks issuers. It follows no redirects: a page of an issuer must not
// choose whom we trust.
func newClient(t http.RoundTripper) *http.Client {
	return &http.Client{
		Transport:     t,
		Timeout:       webTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// answer returns the body of a good answer. Errors wrap ErrUnavailable.
func answer(web *http.Client, req *http.Request) ([]byte, error) {
	req.Header.Set("Accept", "application/json")
	res, err := web.Do(req)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%w: %s says %s", ErrUnavailable, req.URL.Redacted(), res.Status)
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	if len(body) > maxAnswer {
		return nil, fmt.Errorf("%w: %s answers with more than %d bytes", ErrUnavailable, req.URL.Redacted(), maxAnswer)
	}
	return body, nil
}
