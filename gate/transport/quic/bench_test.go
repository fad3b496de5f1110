package quic_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"testing"

	"github.com/sim-im/sim/gate/transport"
	"github.com/sim-im/sim/gate/transport/quic"
	"github.com/sim-im/sim/gate/transport/tcp"
)

// BenchmarkStream counts messages of 256 bytes over one stream, written one by
// one and 60 at a time, beside TCP in the same run.
func BenchmarkStream(b *testing.B) {
	for name, open := range map[string]func(testing.TB) (transport.Listener, transport.Dialer){
		"quic": listen,
		"tcp":  listenTCP,
	} {
		for _, batch := range []int{1, 60} {
			b.Run(fmt.Sprintf("%s/%d", name, batch), func(b *testing.B) { stream(b, open, batch) })
		}
	}
}

func listenTCP(t testing.TB) (transport.Listener, transport.Dialer) {
	t.Helper()
	l, err := tcp.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l, tcp.Dialer{}
}

// stream has the client write and the server read.
func stream(b *testing.B, open func(testing.TB) (transport.Listener, transport.Dialer), batch int) {
	client, server := pair(b, open)
	const size = 256
	done := make(chan error, 1)
	go func() {
		messages := make([]byte, size*batch)
		for left := size * b.N; left > 0; left -= len(messages) {
			messages = messages[:min(len(messages), left)]
			if n, err := client.TryWrite(messages); err != nil || n < len(messages) {
				if _, err = client.Write(messages[n:]); err != nil {
					done <- err
					return
				}
			}
		}
		done <- nil
	}()
	b.SetBytes(size)
	b.ResetTimer()
	var pool transport.Pool
	for left := b.N * size; left > 0; {
		buf, n, err := server.ReadPooled(&pool)
		if err != nil {
			b.Fatal(err)
		}
		pool.Put(buf)
		left -= n
	}
	b.StopTimer()
	if err := <-done; err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "msg/s")
}

// pair opens one connection.
func pair(b *testing.B, open func(testing.TB) (transport.Listener, transport.Dialer)) (client, server transport.Conn) {
	b.Helper()
	l, d := open(b)
	b.Cleanup(func() { l.Close() })
	client, err := d.Dial(context.Background(), l.Addr())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { client.Close() })
	server, err = l.Accept()
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { server.Close() })
	return client, server
}

// BenchmarkRoundTrip is one message of 256 bytes there and back.
func BenchmarkRoundTrip(b *testing.B) {
	client, server := pair(b, listen)
	go io.Copy(writer{server}, server)
	message := make([]byte, 256)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := client.TryWrite(message); err != nil {
			b.Fatal(err)
		}
		if _, err := io.ReadFull(client, message); err != nil {
			b.Fatal(err)
		}
	}
}

// writer hides what io.Copy would use instead of Write.
type writer struct{ io.Writer }

// idleConns is how many connections BenchmarkIdle has.
const idleConns = 1000

// BenchmarkIdle reports the bytes that a connection of a gate holds whose reader
// waits, all of quic-go included. The clients are in another process.
func BenchmarkIdle(b *testing.B) {
	for b.Loop() {
		l, _ := listen(b)
		before := inUse()
		clients := exec.Command(os.Args[0], "-test.run=^TestDialMany$", "-test.timeout=1m")
		clients.Stdout, clients.Stderr = os.Stdout, os.Stderr
		clients.Env = append(os.Environ(), dialMany+"="+l.Addr())
		hold, err := clients.StdinPipe()
		if err != nil {
			b.Fatal(err)
		}
		if err := clients.Start(); err != nil {
			b.Fatal(err)
		}
		var pool transport.Pool
		var readers, ended sync.WaitGroup
		ended.Go(func() {
			clients.Wait()
			l.Close() // ends an Accept that waits for what does not come
		})
		for range idleConns {
			server, err := l.Accept()
			if err != nil {
				b.Fatal(err)
			}
			readers.Go(func() {
				defer server.Close()
				if buf, _, err := server.ReadPooled(&pool); err == nil {
					pool.Put(buf)
				}
			})
		}
		b.ReportMetric(float64(inUse()-before)/idleConns, "B/conn")
		hold.Close()
		readers.Wait()
		ended.Wait()
	}
}

// dialMany is the variable that names the gate to the process of the clients.
const dialMany = "SIM_TEST_QUIC_DIAL"

// TestDialMany is the process of the clients of BenchmarkIdle.
func TestDialMany(t *testing.T) {
	addr := os.Getenv(dialMany)
	if addr == "" {
		t.Skip("part of BenchmarkIdle")
	}
	d := quic.Dialer{TLS: &tls.Config{InsecureSkipVerify: true, NextProtos: []string{alpn}}}
	for range idleConns {
		c, err := d.Dial(context.Background(), addr)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
	}
	io.Copy(io.Discard, os.Stdin)
}

// inUse returns the bytes of heap and stacks in use.
func inUse() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapInuse + m.StackInuse
}
