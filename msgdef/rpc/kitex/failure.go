package kitex

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/cloudwego/kitex/pkg/kerrors"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// maxDetail is how much of an error's detail crosses, in bytes.
const maxDetail = 1024

// extraRetry is the name of rpc.Error.Retry in the extra fields of an error.
const extraRetry = "retry"

// extraUndone is the name of rpc.Error.Undone in the extra fields of an error;
// any value says yes.
const extraUndone = "undone"

// outgoing turns an implementation's error into the one that Kitex carries.
// Only the fields of an rpc.Error cross.
func outgoing(err error) error {
	e := asError(err)
	detail := e.Detail
	if len(detail) > maxDetail {
		detail = strings.ToValidUTF8(detail[:maxDetail], "")
	}
	return kerrors.NewBizStatusErrorWithExtra(int32(e.Code), detail, extraOf(e))
}

// extraOf returns the extra fields of an error; nil without any.
func extraOf(e *rpc.Error) map[string]string {
	if e.Retry == 0 && !e.Undone {
		return nil
	}
	extra := make(map[string]string, 2)
	if e.Retry != 0 {
		extra[extraRetry] = strconv.FormatUint(uint64(e.Retry), 10)
	}
	if e.Undone {
		extra[extraUndone] = "1"
	}
	return extra
}

// asError returns what of err crosses a contract.
func asError(err error) *rpc.Error {
	if e, ok := err.(*rpc.Error); ok && e.Code != msgdef.CodeOK { //nolint:errorlint // of one that is wrapped, the whole text is the detail
		return e
	}
	code := rpc.CodeOf(err)
	switch {
	case code == msgdef.CodeUnavailable && (errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)):
		return &rpc.Error{Code: msgdef.CodeTimeout, Detail: err.Error()}
	case code != msgdef.CodeOK:
		return &rpc.Error{Code: code, Detail: err.Error()}
	}
	return rpc.Errorf(msgdef.CodeMalformed, "an error with the code of success: %v", err)
}

// incoming returns the implementation's error that Kitex carried; ok is false
// for every other error.
func incoming(err error) (e *rpc.Error, ok bool) {
	carried, ok := kerrors.FromBizStatusError(err)
	if !ok {
		return nil, false
	}
	retry, _ := strconv.ParseUint(carried.BizExtra()[extraRetry], 10, 32)
	return &rpc.Error{
		Code: msgdef.ErrorCode(carried.BizStatusCode()), Detail: carried.BizMessage(),
		Retry: uint32(retry), Undone: carried.BizExtra()[extraUndone] != "",
	}, true
}

// lost is a call of which nobody knows whether it arrived: the far end is not
// there, or went away, or does not answer.
type lost struct {
	kind     string // of the endpoint
	endpoint Endpoint
	cause    error
	unsent   bool // it did not arrive, for certain
}

// errNobody is the cause when there was no endpoint to call.
var errNobody = errors.New("no endpoint")

// Error implements error. It names the endpoint.
func (l *lost) Error() string {
	if errors.Is(l.cause, errNobody) {
		return fmt.Sprintf("no %s is known", l.kind)
	}
	return fmt.Sprintf("%s at %s does not answer: %v", describe(l.kind, l.endpoint.ID), l.endpoint.Addr, l.cause)
}

// Unwrap implements the errors package's interface.
func (l *lost) Unwrap() error { return l.cause }

// isLost says whether nobody answered.
func isLost(err error) bool {
	_, ok := err.(*lost) //nolint:errorlint // never wrapped
	return ok
}

// isUndone says whether nothing of the call was done, for certain.
func isUndone(err error) bool {
	switch e := err.(type) { //nolint:errorlint // never wrapped
	case *lost:
		return e.unsent
	case *rpc.Error:
		return e.Undone
	}
	return false
}

// doubt returns the error of one attempt as that of a call, of which another
// attempt may have arrived.
func doubt(err error, undone bool) error {
	switch e := err.(type) { //nolint:errorlint // never wrapped
	case *lost:
		e.unsent = e.unsent && undone
	case *rpc.Error:
		e.Undone = e.Undone && undone
	}
	return err
}

// undone marks an error of a call that was not begun.
func undone(e *rpc.Error) *rpc.Error {
	e.Undone = true
	return e
}

// asCaller is an error as callers of a contract know it.
func asCaller(err error) error {
	if l, ok := err.(*lost); ok { //nolint:errorlint // never wrapped
		return &rpc.Error{Code: msgdef.CodeUnavailable, Detail: l.Error(), Undone: l.unsent}
	}
	return err
}

// root returns the error below Kitex's own wrapping, which names inner parts.
func root(err error) error {
	var detailed *kerrors.DetailedError
	if errors.As(err, &detailed) && errors.Unwrap(detailed) != nil {
		return errors.Unwrap(detailed)
	}
	return err
}

// errOneSided says what is behind most connections that end before anything was
// answered: TLS knows no word for a peer that does not speak it.
var errOneSided = errors.New("closed a new connection without a word; does only one of the two have certificates?")

// plainly returns an error of a connection in words for operators.
func plainly(err error, reused bool) error {
	if !reused && strings.HasSuffix(err.Error(), "EOF") { // Kitex's does not wrap io.EOF
		return errOneSided
	}
	return err
}

// describe names a process: its kind, and its id when that is known.
func describe(kind, id string) string {
	if id == "" {
		return kind
	}
	return kind + " " + id
}

// versionError says that two processes do not understand each other.
func versionError(other string, theirs uint16, this string, ours uint16) *rpc.Error {
	return rpc.Errorf(msgdef.CodeVersion, "%s speaks RPC version %d, this %s speaks %d", other, theirs, this, ours)
}
