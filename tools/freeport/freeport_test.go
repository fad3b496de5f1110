package freeport

import (
	"net"
	"strconv"
	"testing"
)

// TestAddr gives different ports, below those of clients, where one can listen.
func TestAddr(t *testing.T) {
	seen := make(map[string]bool)
	for range 200 {
		addr, err := Addr()
		if err != nil {
			t.Fatal(err)
		}
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

// TestTaken passes over ports that somebody listens at, over TCP or UDP.
func TestTaken(t *testing.T) {
	addr, err := Addr()
	if err != nil {
		t.Fatal(err)
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
