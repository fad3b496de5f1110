package webhook

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/sim-im/sim/push/provider"
)

// Provider implements provider.Provider.
type Provider struct {
	options Options
	signer  *standardwebhooks.Webhook
	client  *http.Client
}

var _ provider.Provider = (*Provider)(nil)

// New returns a provider. The error says which option is wrong. Nothing is
// called before the first push.
func New(options Options) (*Provider, error) {
	options = options.withDefaults()
	signer, err := options.validate()
	if err != nil {
		return nil, err
	}
	return &Provider{options: options, signer: signer, client: &http.Client{
		Transport: options.Transport,
		Timeout:   options.Timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse // who may see a token is not the endpoint's to decide
		},
	}}, nil
}

// Push implements provider.Provider.
func (p *Provider) Push(ctx context.Context, n *provider.Notification) error {
	req, err := p.request(ctx, n)
	if err != nil {
		return &provider.Error{Verdict: provider.Refused, Cause: err}
	}
	resp, err := p.client.Do(req)
	if err != nil {
		return &provider.Error{Verdict: provider.Retry, Cause: withoutURL(err)}
	}
	defer resp.Body.Close()
	_, _ = io.CopyN(io.Discard, resp.Body, maxAnswer) // lets the connection be used again
	return p.verdict(resp)
}

// Close ends idle connections.
func (p *Provider) Close() { p.client.CloseIdleConnections() }

func (p *Provider) request(ctx context.Context, n *provider.Notification) (*http.Request, error) {
	payload, err := encode(n)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.options.URL, bytes.NewReader(payload))
	if err != nil {
		return nil, errors.New("webhook: the request cannot be made")
	}
	now := p.options.Now()
	signature, err := p.signer.Sign(n.ID, now, payload)
	if err != nil {
		return nil, fmt.Errorf("webhook: signing: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "sim-push")
	req.Header.Set(standardwebhooks.HeaderWebhookID, n.ID)
	req.Header.Set(standardwebhooks.HeaderWebhookTimestamp, strconv.FormatInt(now.Unix(), 10))
	req.Header.Set(standardwebhooks.HeaderWebhookSignature, signature)
	return req, nil
}

// verdict is the table of doc.go.
func (p *Provider) verdict(resp *http.Response) error {
	cause := fmt.Errorf("webhook: status %d", resp.StatusCode)
	switch code := resp.StatusCode; {
	case code >= 200 && code < 300:
		return nil
	case code == http.StatusGone:
		return &provider.Error{Verdict: provider.TokenDead, Cause: cause}
	case code >= 500, code == http.StatusTooManyRequests,
		code == http.StatusRequestTimeout, code == http.StatusTooEarly:
		after := retryAfter(resp.Header.Get("Retry-After"), p.options.Now())
		return &provider.Error{Verdict: provider.Retry, After: after, Cause: cause}
	}
	return &provider.Error{Verdict: provider.Refused, Cause: cause}
}

// retryAfter reads seconds or a date; 0 when it is neither.
func retryAfter(header string, now time.Time) time.Duration {
	if s, err := strconv.ParseUint(header, 10, 32); err == nil {
		return min(time.Duration(s)*time.Second, maxAfter)
	}
	if at, err := http.ParseTime(header); err == nil {
		return min(max(0, at.Sub(now)), maxAfter)
	}
	return 0
}

// withoutURL takes the URL, which may hold a password, out of an error.
func withoutURL(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return fmt.Errorf("webhook: %w", u.Err)
	}
	return fmt.Errorf("webhook: %w", err)
}
