package bench

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/msgdef/secure"
)

// hellos is how many connections an attacker over QUIC has prepared: the first
// packets of each, which cost him no keys later. A gate that is still busy with
// one, or remembers it, does not take it for another.
const hellos = 512

// answerOf bounds the wait for a gate's answer. One that says nothing has
// dropped a packet, or still knows the connection: the attacker goes on.
const answerOf = 5 * time.Millisecond

// salvo is after how many hellos an attacker waits for an answer: he needs none,
// but a gate that falls behind has the system drop packets, which costs it nothing.
const salvo = 8

// volley is the packets of one hello.
type volley [][]byte

// volleys records the hellos of a client at a socket where nobody answers.
func volleys(ctx context.Context, roots *secure.Roots) ([]volley, error) {
	sink, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.MustParseAddrPort("127.0.0.1:0")))
	if err != nil {
		return nil, fmt.Errorf("bench: a place for hellos: %w", err)
	}
	defer sink.Close()
	dialer := client.QUICOnly(roots)
	all := make([]volley, hellos)
	for i := range all {
		within, cancel := context.WithTimeout(ctx, time.Second)
		dialed := make(chan error, 1)
		go func() {
			_, err := dialer.Dial(within, sink.LocalAddr().String())
			dialed <- err
		}()
		all[i], err = record(sink)
		cancel()
		if ended := <-dialed; err != nil {
			return nil, errors.Join(err, ended)
		}
	}
	return all, nil
}

// record reads what a client says before it waits: the hello is longer than a
// packet, by its key of ML-KEM.
func record(sink *net.UDPConn) (v volley, err error) {
	for len(v) < 2 {
		if err := sink.SetReadDeadline(time.Now().Add(time.Second)); err != nil {
			return nil, err
		}
		packet := make([]byte, 2048)
		n, err := sink.Read(packet)
		if err != nil {
			return nil, fmt.Errorf("bench: no hello over QUIC: %w", err)
		}
		if n >= 1200 { // else it knocks, see package quic
			v = append(v, packet[:n])
		}
	}
	return v, nil
}

// barrage prepares attackers over QUIC, who have a socket each.
func (w *weapon) barrage(ctx context.Context, p FloodPlan, roots *secure.Roots) error {
	all, err := volleys(ctx, roots)
	if err != nil {
		return err
	}
	from := net.UDPAddrFromAddrPort(netip.AddrPortFrom(attacker(), 0))
	to, err := net.ResolveUDPAddr("udp", w.server)
	if err != nil {
		return fmt.Errorf("bench: %w", err)
	}
	sockets := make(chan *net.UDPConn, p.Attackers)
	for range p.Attackers {
		socket, err := net.DialUDP("udp", from, to)
		if err != nil {
			return fmt.Errorf("bench: the attacker at %v: %w", attacker(), err)
		}
		w.closes = append(w.closes, socket.Close)
		sockets <- socket
	}
	var struck atomic.Uint64
	w.strike = func(context.Context) error {
		socket := <-sockets
		defer func() { sockets <- socket }()
		n := struck.Add(1)
		for _, packet := range all[n%hellos] {
			_, _ = socket.Write(packet) // it may be refused already
		}
		if n%salvo > 0 {
			return nil
		}
		_ = socket.SetReadDeadline(time.Now().Add(answerOf)) // it is open
		_, _ = socket.Read(make([]byte, 2048))
		return nil
	}
	return nil
}
