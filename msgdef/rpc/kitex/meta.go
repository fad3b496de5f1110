package kitex

import (
	"context"
	"strconv"
	"time"

	"github.com/cloudwego/kitex/pkg/remote"
)

// Names of the metadata that ride with every call and answer.
const (
	metaVersion = "sim-rpc"     // rpc.Version of the sender, decimal
	metaCaller  = "sim-caller"  // what and who calls, for people
	metaTimeout = "sim-timeout" // milliseconds until the caller gives up, decimal
)

// maxCaller is how much of a caller's name is believed, in bytes.
const maxCaller = 128

// callMeta is what a server knows of a call beside its argument.
type callMeta struct {
	version uint16
	caller  string
	timeout time.Duration // 0: not told
}

// callMetaKey is where it is in a context.
type callMetaKey struct{}

// serverMeta reads the metadata of calls and writes those of answers.
type serverMeta struct {
	version string
}

var _ remote.MetaHandler = serverMeta{}

// ReadMeta implements remote.MetaHandler.
func (serverMeta) ReadMeta(ctx context.Context, m remote.Message) (context.Context, error) {
	fields := m.TransInfo().TransStrInfo()
	caller := fields[metaCaller]
	if caller == "" || len(caller) > maxCaller {
		caller = "the caller"
	}
	ms, _ := strconv.ParseUint(fields[metaTimeout], 10, 31)
	return context.WithValue(ctx, callMetaKey{}, callMeta{
		version: parseVersion(fields[metaVersion]), caller: caller, timeout: time.Duration(ms) * time.Millisecond,
	}), nil
}

// WriteMeta implements remote.MetaHandler.
func (s serverMeta) WriteMeta(ctx context.Context, m remote.Message) (context.Context, error) {
	putField(m, metaVersion, s.version)
	return ctx, nil
}

// clientMeta writes the metadata of calls and reads those of answers.
type clientMeta struct {
	version string
	caller  string
}

var _ remote.MetaHandler = clientMeta{}

// WriteMeta implements remote.MetaHandler.
func (c clientMeta) WriteMeta(ctx context.Context, m remote.Message) (context.Context, error) {
	a := attemptOf(ctx)
	left := max(time.Until(a.deadline), time.Millisecond)
	putField(m, metaVersion, c.version)
	putField(m, metaCaller, c.caller)
	putField(m, metaTimeout, strconv.FormatInt(left.Milliseconds(), 10))
	return ctx, nil
}

// ReadMeta implements remote.MetaHandler.
func (clientMeta) ReadMeta(ctx context.Context, m remote.Message) (context.Context, error) {
	attemptOf(ctx).version = parseVersion(m.TransInfo().TransStrInfo()[metaVersion])
	return ctx, nil
}

// putField adds to the header.
func putField(m remote.Message, name, value string) {
	if fields := m.TransInfo().TransStrInfo(); fields != nil {
		fields[name] = value
		return
	}
	m.TransInfo().PutTransStrInfo(map[string]string{name: value})
}

// parseVersion returns 0 for what is no version: that of nobody.
func parseVersion(s string) uint16 {
	v, err := strconv.ParseUint(s, 10, 16)
	if err != nil {
		return 0
	}
	return uint16(v)
}
