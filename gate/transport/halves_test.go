package transport_test

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sim-im/sim/gate/transport"
)

// explained marks what went through explain.
func explained(err error) error { return fmt.Errorf("explained: %w", err) }

// pipe is a transport.Stream whose writes wait for the test.
type pipe struct {
	let    chan error // what the next write returns
	wrote  int
	closes int
}

func (p *pipe) Write(b []byte) (int, error) {
	if err := <-p.let; err != nil {
		return 0, err
	}
	p.wrote += len(b)
	return len(b), nil
}

func (p *pipe) Close() error {
	p.closes++
	return nil
}

// sender returns one over a pipe.
func sender() (*transport.Sender, *pipe) {
	s, p := new(transport.Sender), &pipe{let: make(chan error)}
	s.Open(p, new(transport.Pool), explained)
	return s, p
}

// TestSender takes two buffers, one of them under way, and closes the stream
// once, after the last byte.
func TestSender(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p := sender()
		big := make([]byte, 10*transport.BufferSize)
		var taken []int
		for range 3 {
			n, err := s.TryWrite(big)
			if err != nil {
				t.Fatal(err)
			}
			taken = append(taken, n)
			synctest.Wait() // until the stream has what it takes
		}
		if !slices.Equal(taken, []int{transport.BufferSize, transport.BufferSize, 0}) {
			t.Errorf("took %v", taken)
		}
		s.Close()
		s.Close()
		if _, err := s.Write(big); !errors.Is(err, transport.ErrClosed) {
			t.Errorf("write after Close: %v", err)
		}
		p.let <- nil
		synctest.Wait()
		if p.closes != 0 {
			t.Error("closed before the last byte")
		}
		p.let <- nil
		synctest.Wait()
		if p.wrote != 2*transport.BufferSize || p.closes != 1 {
			t.Errorf("wrote %d bytes, closed %d times", p.wrote, p.closes)
		}
	})
}

// TestSenderFails gives the first error to everybody who waits, and does not end
// a stream that is broken like one that is not.
func TestSenderFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p := sender()
		done := make(chan error)
		go func() {
			_, err := s.Write(make([]byte, 10*transport.BufferSize))
			done <- err
		}()
		s.SetDeadline(time.Now().Add(time.Second))
		if err := <-done; !errors.Is(err, os.ErrDeadlineExceeded) || err.Error()[:9] != "explained" {
			t.Errorf("past the deadline: %v", err)
		}
		s.SetDeadline(time.Time{})
		broken := errors.New("broken")
		p.let <- broken
		synctest.Wait()
		s.Fail(errors.New("later"))
		if n, err := s.TryWrite([]byte{1}); n != 0 || !errors.Is(err, broken) {
			t.Errorf("wrote %d bytes, %v", n, err)
		}
		s.Close()
		if err := s.SetDeadline(time.Now()); p.closes != 0 || !errors.Is(err, transport.ErrClosed) {
			t.Errorf("closed %d times, %v", p.closes, err)
		}
	})
}

// TestReceiver gives bytes to whoever reads, waits until they were taken, and
// tells the end after them.
func TestReceiver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r transport.Receiver
		r.Open(explained)
		end := errors.New("end")
		put := make(chan bool, 1)
		go func() {
			put <- r.Put([]byte("abc"))
			r.Fail(end)
			r.Fail(errors.New("later"))
		}()
		one := make([]byte, 1)
		if n, err := r.Read(one); n != 1 || err != nil || one[0] != 'a' {
			t.Fatalf("%d, %v", n, err)
		}
		synctest.Wait()
		if len(put) > 0 {
			t.Fatal("put down what is not read")
		}
		buf, n, err := r.ReadPooled(new(transport.Pool))
		if err != nil || string(buf[:n]) != "bc" || !<-put {
			t.Fatalf("%q, %v", buf[:n], err)
		}
		for range 2 {
			if buf, _, err := r.ReadPooled(new(transport.Pool)); buf != nil || !errors.Is(err, end) {
				t.Errorf("at the end: %v", err)
			}
		}
	})
}

// TestReceiverCloses ends a Put as well as reads.
func TestReceiverCloses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r transport.Receiver
		r.Open(explained)
		r.SetDeadline(time.Now().Add(time.Second))
		if _, err := r.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("past the deadline: %v", err)
		}
		put := make(chan bool)
		go func() { put <- r.Put([]byte("abc")) }()
		synctest.Wait()
		r.Close()
		if <-put || r.Put([]byte("d")) {
			t.Error("put to nobody")
		}
		if _, err := r.Read(make([]byte, 1)); !errors.Is(err, transport.ErrClosed) {
			t.Errorf("after Close: %v", err)
		}
	})
}
