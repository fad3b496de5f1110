package route

import (
	"sync"

	"github.com/sim-im/sim/msgdef/rpc"
)

// Server is a route. It implements rpc.Route for gates and rpc.Notifier for the
// message service. All methods may be called from any goroutine; it starts none
// and needs no closing.
type Server struct {
	rpc.Service // what is not overridden goes straight through

	options Options
	gates   gates
	table   table
	counts  counts
	losses  losses

	// notify keeps batches in the order they came in, all the way to the gates.
	notify struct {
		mu    sync.Mutex
		out   fanout[rpc.Deliveries]
		found []session // scratch
	}
	receipts sync.Pool // of *receipts
}

var (
	_ rpc.Route    = (*Server)(nil)
	_ rpc.Notifier = (*Server)(nil)
)

// New returns a route with no gates attached. The error says which option is
// wrong.
func New(options Options) (*Server, error) {
	options = options.withDefaults()
	if err := options.validate(); err != nil {
		return nil, err
	}
	s := &Server{Service: options.Service, options: options}
	s.table.open()
	s.losses.open(options.Logger, options.Now)
	return s, nil
}
