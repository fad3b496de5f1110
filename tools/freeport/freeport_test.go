package freeport

import (
	"net"
	"strconv"
	"testing"
)

// TestAddrs gives different ports, below those of clients, where one can listen.
func TestAddrs(t *testing.T) {
	addrs, err := Addrs(200)
	if err != nil || len(addrs) != 200 {
		t.Fatalf("%d, %v", len(addrs), err)
	}
	seen := make(map[string]bool)
	for _, addr := range addrs {
		_, text, err := net.SplitHostPort(addr)
		if err != nil {
			t.Fatal(err)
		}
		if port, err := strconv.Atoi(text); err != nil || port < 10000 || port > 32767 || seen[addr] {
			t.Errorf("%s, %v; given before: %v", addr, err, seen[addr])
		}
		seen[addr] = true
	}
}

// TestNone says so when there are not as many.
func TestNone(t *testing.T) {
	if addrs, err := Addrs(tries + 1); err != ErrNone || addrs != nil {
		t.Errorf("%d, %v", len(addrs), err)
	}
}

// TestTaken passes over ports that somebody listens at, over TCP or UDP.
func TestTaken(t *testing.T) {
	addr, err := Addr()
	if err != nil {
		t.Fatal(err)
	}
	if port, err := Port(); err != nil || port < first || port >= end {
		t.Errorf("%d, %v", port, err)
	}
	stream, err := net.Listen("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	if free(addr) {
		t.Errorf("%s is free while somebody listens over TCP", addr)
	}
	stream.Close()
	packets, err := net.ListenPacket("udp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer packets.Close()
	if free(addr) {
		t.Errorf("%s is free while somebody listens over UDP", addr)
	}
}
