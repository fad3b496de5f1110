package cluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// onceReady asks a role's own page, which names what is missing.
func onceReady(addr string) func(context.Context) error {
	return func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+"/readyz", nil)
		if err != nil {
			return err
		}
		req.Close = true
		answer, err := http.DefaultClient.Do(req)
		if err != nil {
			return err
		}
		defer answer.Body.Close()
		text, err := io.ReadAll(io.LimitReader(answer.Body, 4<<10))
		if err == nil && answer.StatusCode != http.StatusOK {
			err = fmt.Errorf("%s", strings.Join(strings.Fields(string(text)), " "))
		}
		return err
	}
}

// onceListening tries to connect, and says hello where not to would be logged
// as an error.
func onceListening(addr, hello string) func(context.Context) error {
	return func(ctx context.Context) error {
		conn, err := (&net.Dialer{Timeout: time.Second}).DialContext(ctx, "tcp", addr)
		if err != nil {
			return err
		}
		_, err = conn.Write([]byte(hello))
		return errors.Join(err, conn.Close())
	}
}
