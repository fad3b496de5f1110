package secure

import (
	"bytes"
	"errors"
	"testing"
)

func TestCheckOffer(t *testing.T) {
	w := newWorld(t)
	all, hybrid := suites(), []Suite{HybridAESGCM, HybridChaCha}
	for _, c := range []struct {
		name     string
		used     Suite
		admitted []Suite
		versions []byte
		suites   []Suite
		want     error
	}{
		{"the best", HybridAESGCM, all, []byte{1}, all, nil},
		{"the other cipher is as good", HybridChaCha, all, []byte{1}, all, nil},
		{"the client has no better", ClassicalAESGCM, all, []byte{1}, []Suite{3, 4}, nil},
		{"the gate has no better", ClassicalAESGCM, []Suite{3, 4}, []byte{1}, all, nil},
		{"a newer client", HybridAESGCM, hybrid, []byte{1, 2}, append(all, 9), nil},
		{"both have better", ClassicalAESGCM, all, []byte{1}, all, ErrDowngrade},
		{"not offered", HybridAESGCM, all, []byte{1}, []Suite{2}, ErrDowngrade},
		{"version not offered", HybridAESGCM, all, []byte{2}, all, ErrDowngrade},
		{"nothing offered", HybridAESGCM, all, nil, nil, ErrDowngrade},
	} {
		e := w.connectWith(ClientConfig{Suite: c.used, Accept: all}, ServerConfig{Admit: c.admitted})
		if err := e.server.CheckOffer(c.versions, suiteBytes(c.suites)); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
}

// A man in the middle forges the refusal of the hybrid suite. The client
// follows it, as its configuration allows, and says in Login what it would
// have preferred.
func TestAForgedRefusalIsNoticed(t *testing.T) {
	w := newWorld(t)
	accept := suites()
	suite, found := BestSuite(accept, []byte{byte(ClassicalAESGCM)})
	if !found || suite != ClassicalAESGCM {
		t.Fatalf("the client falls back to %v", suite)
	}
	e := w.connectWith(ClientConfig{Suite: suite, Accept: accept}, ServerConfig{})
	if err := e.server.CheckOffer(e.client.Offered()); !errors.Is(err, ErrDowngrade) {
		t.Errorf("the gate finds %v", err)
	}
}

func TestOfferedByDefault(t *testing.T) {
	w := newWorld(t)
	for suite, want := range map[Suite][]byte{0: {1, 2}, HybridChaCha: {1, 2}, ClassicalChaCha: {1, 2, 4}} {
		e := w.connectWith(ClientConfig{Suite: suite}, ServerConfig{})
		versions, got := e.client.Offered()
		if !bytes.Equal(versions, []byte{Version}) || !bytes.Equal(got, want) {
			t.Errorf("%v offers %v of versions %v", suite, got, versions)
		}
	}
}

func TestBestSuite(t *testing.T) {
	for _, c := range []struct {
		accept   []Suite
		admitted []byte
		want     Suite
	}{
		{suites(), []byte{4, 3, 2, 1}, HybridAESGCM},
		{[]Suite{2, 1}, []byte{1, 2}, HybridChaCha},
		{[]Suite{4, 1}, []byte{1, 4}, HybridAESGCM},
		{[]Suite{1, 2}, []byte{3, 4, 9}, 0},
		{nil, []byte{1}, 0},
	} {
		if got, found := BestSuite(c.accept, c.admitted); got != c.want || found != (c.want != 0) {
			t.Errorf("BestSuite(%v, %v) = %v", c.accept, c.admitted, got)
		}
	}
}
