package kitex

import (
	"context"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// message is the generated codec of T.
type message[T any] interface {
	*T
	Append(dst []byte) []byte
	DecodeAlias(b []byte) error
	Validate() error
}

// method answers a call on the server. raw belongs to it.
type method func(ctx context.Context, raw []byte) ([]byte, error)

// asking is a method with a result.
func asking[A, R any, PA message[A], PR message[R]](do func(context.Context, *A) (*R, error)) method {
	return func(ctx context.Context, raw []byte) ([]byte, error) {
		in, err := decodeArgument[A, PA](raw)
		if err != nil {
			return nil, err
		}
		out, err := do(ctx, in)
		if err != nil {
			return nil, err
		}
		return encodeResult[R, PR](out)
	}
}

// telling is a method without a result.
func telling[A any, PA message[A]](do func(context.Context, *A) error) method {
	return func(ctx context.Context, raw []byte) ([]byte, error) {
		in, err := decodeArgument[A, PA](raw)
		if err != nil {
			return nil, err
		}
		return nil, do(ctx, in)
	}
}

// decodeArgument returns an argument that lies in raw.
func decodeArgument[A any, PA message[A]](raw []byte) (*A, error) {
	in := new(A)
	if err := PA(in).DecodeAlias(raw); err != nil {
		return nil, rpc.Errorf(msgdef.CodeBadArgument, "%T: %v", in, err)
	}
	return in, nil
}

// encodeResult encodes what an implementation returned, unless the schema does
// not allow it.
func encodeResult[R any, PR message[R]](out *R) ([]byte, error) {
	if out == nil {
		return nil, rpc.Errorf(msgdef.CodeMalformed, "neither a result nor an error")
	}
	if err := PR(out).Validate(); err != nil {
		return nil, rpc.Errorf(msgdef.CodeMalformed, "a result that the schema does not allow: %v", err)
	}
	return PR(out).Append(nil), nil
}

// ask makes a call with a result, which belongs to the caller.
func ask[A, R any, PA message[A], PR message[R]](ctx context.Context, c *caller, name string, in *A) (*R, error) {
	return askFor[A, R, PA, PR](ctx, c, name, in, c.options.timeoutOf(name))
}

// askFor is ask with a timeout of its own.
func askFor[A, R any, PA message[A], PR message[R]](
	ctx context.Context, c *caller, name string, in *A, timeout time.Duration,
) (*R, error) {
	return askWith[A, R, PA, PR](ctx, c, request{method: name, timeout: timeout}, in)
}

// askWith makes the call of a request without an argument.
func askWith[A, R any, PA message[A], PR message[R]](ctx context.Context, c *caller, r request, in *A) (*R, error) {
	raw, err := call[A, PA](ctx, c, r, in)
	if err != nil {
		return nil, err
	}
	out := new(R)
	if err := PR(out).DecodeAlias(raw); err != nil {
		return nil, rpc.Errorf(msgdef.CodeMalformed, "the answer to %s: %v", r.method, err)
	}
	return out, nil
}

// askOnce is ask for what may be done twice by no means: when it gets lost
// after it may have arrived, that is an error.
func askOnce[A, R any, PA message[A], PR message[R]](ctx context.Context, c *caller, name string, in *A) (*R, error) {
	return askWith[A, R, PA, PR](ctx, c, request{method: name, timeout: c.options.timeoutOf(name), once: true}, in)
}

// tell makes a call without a result.
func tell[A any, PA message[A]](ctx context.Context, c *caller, name string, in *A) error {
	_, err := call[A, PA](ctx, c, request{method: name, timeout: c.options.timeoutOf(name)}, in)
	return err
}

// call encodes the argument, so that it is not looked at once the caller has
// given up, and makes the call of a request without one.
func call[A any, PA message[A]](ctx context.Context, c *caller, r request, in *A) ([]byte, error) {
	if err := PA(in).Validate(); err != nil {
		return nil, rpc.Errorf(msgdef.CodeBadArgument, "%v", err)
	}
	r.raw = PA(in).Append(nil)
	raw, err := c.call(ctx, r)
	return raw, asCaller(err)
}

// millis is a number of milliseconds.
func millis(n uint32) time.Duration { return time.Duration(n) * time.Millisecond }
