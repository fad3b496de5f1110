// Package freeport finds addresses for servers that a test or a benchmark starts,
// ends, and starts again at the same place. It imports nothing of the project, so
// that tests of every layer may use it.
//
// The system gives ports from 32768 on to clients (Linux, ip_local_port_range), so
// that one from there, free a moment ago, may belong to some connection when the
// server comes back. Ports here are below.
package freeport

import (
	"errors"
	"math/rand/v2"
	"net"
	"slices"
	"strconv"
)

// The ports that are given out.
const (
	first = 10000
	end   = 32768
)

// tries is how many ports are looked at.
const tries = 1000

// ErrNone says that no port was found free.
var ErrNone = errors.New("freeport: no free port on 127.0.0.1 from 10000 to 32767")

// Addr returns a host:port of 127.0.0.1 where nobody listens now, neither over TCP
// nor over UDP. Which one is a matter of chance, so that processes that ask at the
// same time do not meet. The error is ErrNone.
func Addr() (string, error) {
	addrs, err := Addrs(1)
	if err != nil {
		return "", err
	}
	return addrs[0], nil
}

// Addrs is Addr for n different ones.
func Addrs(n int) ([]string, error) {
	addrs := make([]string, 0, n)
	for range tries {
		if len(addrs) == n {
			return addrs, nil
		}
		addr := net.JoinHostPort("127.0.0.1", strconv.Itoa(first+rand.IntN(end-first)))
		if free(addr) && !slices.Contains(addrs, addr) {
			addrs = append(addrs, addr)
		}
	}
	return nil, ErrNone
}

// Port is the port of Addr.
func Port() (int, error) {
	addr, err := Addr()
	if err != nil {
		return 0, err
	}
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(port)
}

func free(addr string) bool {
	stream, err := net.Listen("tcp", addr)
	if err != nil {
		return false
	}
	defer stream.Close()
	packets, err := net.ListenPacket("udp", addr)
	if err != nil {
		return false
	}
	packets.Close()
	return true
}
