package loopback

import (
	"bytes"
	"context"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// message is the generated codec of T.
type message[T any] interface {
	*T
	Append(dst []byte) []byte
	Decode(b []byte) error
	DecodeAlias(b []byte) error
}

// argument is what the callee gets to see: a decoded copy whose strings and
// bytes lie in raw.
type argument[T any, P message[T]] struct {
	value P
	raw   []byte
	sent  []byte // what raw was
}

// newArgument carries in over. What the schema does not allow, such as too many
// items, is CodeBadArgument, and the callee is not called.
func newArgument[T any, P message[T]](in *T) (*argument[T, P], error) {
	a := &argument[T, P]{value: new(T), sent: P(in).Append(nil)}
	a.raw = bytes.Clone(a.sent)
	if err := a.value.DecodeAlias(a.raw); err != nil {
		return nil, rpc.Errorf(msgdef.CodeBadArgument, "%T: %v", in, err)
	}
	return a, nil
}

// revoke ends the callee's right to the argument. The error says that the
// callee changed it.
func (a *argument[T, P]) revoke() error {
	changed := !bytes.Equal(a.value.Append(nil), a.sent) || !bytes.Equal(a.raw, a.sent)
	Poison(a.value)
	poisonBytes(a.raw)
	if changed {
		return rpc.Errorf(msgdef.CodeMalformed, "the callee changed its argument, a %T", a.value)
	}
	return nil
}

// tell makes a call without a result.
func tell[A any, PA message[A]](ctx context.Context, in *A, do func(context.Context, *A) error) error {
	arg, err := newArgument[A, PA](in)
	if err != nil {
		return err
	}
	err = carryError(do(bare{ctx}, arg.value))
	if changed := arg.revoke(); changed != nil {
		return changed
	}
	return err
}

// ask makes a call with a result.
func ask[A, R any, PA message[A], PR message[R]](
	ctx context.Context, in *A, do func(context.Context, *A) (*R, error),
) (out *R, err error) {
	err = tell[A, PA](ctx, in, func(ctx context.Context, arg *A) error {
		result, err := do(ctx, arg)
		if err != nil {
			return err
		}
		out, err = carryResult[R, PR](result)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// carryResult copies a result for the caller and spoils the callee's.
func carryResult[R any, PR message[R]](result *R) (*R, error) {
	if result == nil {
		return nil, rpc.Errorf(msgdef.CodeMalformed, "neither a result nor an error")
	}
	out := PR(new(R))
	if err := out.Decode(PR(result).Append(nil)); err != nil {
		return nil, rpc.Errorf(msgdef.CodeMalformed, "a result that the schema does not allow: %v", err)
	}
	Poison(result)
	return out, nil
}

// carryError keeps of an error what crosses a contract.
func carryError(err error) error {
	if err == nil {
		return nil
	}
	e := &rpc.Error{Code: rpc.CodeOf(err), Detail: err.Error()}
	if typed, ok := err.(*rpc.Error); ok { //nolint:errorlint // of one that is wrapped, the whole text is the detail
		e.Detail, e.Retry, e.Undone = typed.Detail, typed.Retry, typed.Undone
	}
	if e.Code == msgdef.CodeOK {
		return rpc.Errorf(msgdef.CodeMalformed, "an error with the code of success: %s", e.Detail)
	}
	return e
}

// bare is a context without values: they do not cross.
type bare struct {
	context.Context
}

// Value implements context.Context.
func (bare) Value(any) any {
	return nil
}
