package kitex

import "slices"

// Endpoint is a process that answers calls.
type Endpoint struct {
	ID     string // of the process, for people and for choosing; may be empty
	Region string // routes only
	Addr   string // host:port
	Epoch  uint64 // of the process: the same id with another epoch is another process
	RPC    uint16 // version it announces; 0: not known
}

// Endpoints tells which processes there are. It is asked before every call and
// must be cheap; the slice is shared and not changed. What a registry's view is
// to the rest of sim, this is to callers.
type Endpoints interface {
	Endpoints() []Endpoint
}

// Static returns endpoints that never change.
func Static(addrs ...string) Endpoints {
	s := make(static, len(addrs))
	for i, addr := range addrs {
		s[i] = Endpoint{Addr: addr}
	}
	return s
}

// static is a list of endpoints.
type static []Endpoint

// Endpoints implements Endpoints.
func (s static) Endpoints() []Endpoint { return s }

// regional is the part of all endpoints that lies in one region.
type regional struct {
	all    Endpoints
	region string
}

// Endpoints implements Endpoints.
func (r regional) Endpoints() []Endpoint {
	elsewhere := func(e Endpoint) bool { return e.Region != r.region }
	all := r.all.Endpoints()
	if !slices.ContainsFunc(all, elsewhere) {
		return all
	}
	return slices.DeleteFunc(slices.Clone(all), elsewhere)
}
