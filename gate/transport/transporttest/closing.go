package transporttest

import (
	"errors"
	"io"
	"testing"
	"time"

	"github.com/sim-im/sim/gate/transport"
)

// closeUnblocksRead closes a connection whose reader waits, or is about to.
func closeUnblocksRead(t *testing.T, open Factory) {
	var pool transport.Pool
	reads := map[string]func(transport.Conn) error{
		"Read":       func(c transport.Conn) error { _, err := c.Read(make([]byte, 1)); return err },
		"ReadPooled": func(c transport.Conn) error { _, _, err := c.ReadPooled(&pool); return err },
	}
	for name, read := range reads {
		client, _ := pair(t, open)
		done := make(chan error, 1)
		go func() { done <- read(client) }()
		if err := client.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
		if err := within(t, name, done); !errors.Is(err, transport.ErrClosed) {
			t.Errorf("%s on a connection that closes: %v", name, err)
		}
	}
}

// closeUnblocksWrite closes a connection whose writer waits.
func closeUnblocksWrite(t *testing.T, open Factory) {
	client, _ := pair(t, open)
	stuff(t, client)
	done := make(chan error, 1)
	go func() {
		_, err := client.Write(make([]byte, 16<<20))
		done <- err
	}()
	client.Close()
	if err := within(t, "write", done); !errors.Is(err, transport.ErrClosed) {
		t.Errorf("write on a connection that closes: %v", err)
	}
}

// endAfterLastByte reads what was written before the peer closed, then io.EOF,
// again and again.
func endAfterLastByte(t *testing.T, open Factory) {
	client, server := pair(t, open)
	if err := send(client, []byte("last words")); err != nil {
		t.Fatal(err)
	}
	client.Close()
	server.SetReadDeadline(time.Now().Add(patience))
	if got, err := io.ReadAll(server); err != nil || string(got) != "last words" {
		t.Errorf("read %q, %v", got, err)
	}
	var pool transport.Pool
	if buf, n, err := server.ReadPooled(&pool); buf != nil || n != 0 || !atEnd(err) {
		t.Errorf("ReadPooled after the end: %d bytes, buffer %v, %v", n, buf != nil, err)
	}
	if n, err := server.Read(make([]byte, 1)); n != 0 || !atEnd(err) {
		t.Errorf("Read after the end: %d, %v", n, err)
	}
}

// atEnd reports the end of a stream as io.Reader defines it.
func atEnd(err error) bool {
	return err == io.EOF //nolint:errorlint // callers of an io.Reader compare, so it has to be bare
}

// peerLeft writes to a peer that closed until that is noticed. It may take some
// writes, as the news has to travel.
func peerLeft(t *testing.T, open Factory) {
	for name, write := range map[string]func(transport.Conn, []byte) (int, error){
		"Write":    transport.Conn.Write,
		"TryWrite": transport.Conn.TryWrite,
	} {
		client, server := pair(t, open)
		server.Close()
		client.SetWriteDeadline(time.Now().Add(patience))
		err := await(t, name, func() (err error) {
			for err == nil {
				_, err = write(client, make([]byte, 1024))
			}
			return err
		})
		if errors.Is(err, io.EOF) || errors.Is(err, transport.ErrClosed) {
			t.Errorf("%s to a peer that left: %v, which is not for that", name, err)
		}
	}
}

// useAfterClose gets ErrClosed from everything and nil from another Close.
func useAfterClose(t *testing.T, open Factory) {
	client, _ := pair(t, open)
	client.Close()
	var pool transport.Pool
	calls := map[string]func() error{
		"Read":             func() error { _, err := client.Read(make([]byte, 1)); return err },
		"ReadPooled":       func() error { _, _, err := client.ReadPooled(&pool); return err },
		"Write":            func() error { _, err := client.Write(make([]byte, 1)); return err },
		"TryWrite":         func() error { _, err := client.TryWrite(make([]byte, 1)); return err },
		"SetReadDeadline":  func() error { return client.SetReadDeadline(time.Now()) },
		"SetWriteDeadline": func() error { return client.SetWriteDeadline(time.Now()) },
	}
	for name, call := range calls {
		if err := await(t, name, call); !errors.Is(err, transport.ErrClosed) {
			t.Errorf("%s after Close: %v", name, err)
		}
	}
	if err := client.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
	client.RemoteAddr() // must not panic
}
