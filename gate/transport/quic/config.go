package quic

import (
	"crypto/tls"
	"errors"
	"time"

	quicgo "github.com/quic-go/quic-go"
)

// StreamMain is the first byte of the main stream in both directions: from the
// client when it has dialled, from the gate when it has accepted.
const StreamMain byte = 0x01

// connectionIDLength is in bytes. A gate has up to four IDs per connection; of
// quic-go's four bytes two would soon be equal, and one connection get the
// packets of another.
const connectionIDLength = 8

// Codes of CONNECTION_CLOSE. A peer does not act upon them; they are for whoever
// looks at packets and counters.
const (
	codeDone      quicgo.ApplicationErrorCode = 0 // an orderly end
	codeNoStream  quicgo.ApplicationErrorCode = 1 // no main stream in time
	codeBadStream quicgo.ApplicationErrorCode = 2 // the main stream begins wrongly
	codeBusy      quicgo.ApplicationErrorCode = 3 // nobody accepts in time
	codeIgnored   quicgo.ApplicationErrorCode = 4 // the gate does not say that it has accepted
)

// streamAbandoned is the code of RESET_STREAM for a bulk stream that was closed
// in the middle of a write.
const streamAbandoned quicgo.StreamErrorCode = 1

// IdleTimeout ends a connection on which nothing arrived: 1.5 times the longest
// interval of heartbeats, which is nine minutes, and some.
const IdleTimeout = 14 * time.Minute

// How long either side waits, after the handshake, for the
// beginning of the main stream.
const (
	serverGreeting = 5 * time.Second
	clientGreeting = 10 * time.Second // more, so that what the gate says comes first
)

// handshakeTimeout is how long a handshake may be silent; twice that it may take.
const handshakeTimeout = 5 * time.Second

// Flow control: how many bytes a peer may send that were not read. Windows grow
// from the first to the second while the reader keeps up.
const (
	serverWindow, serverMaxWindow = 64 << 10, 512 << 10
	clientWindow, clientMaxWindow = 256 << 10, 2 << 20
)

// ErrNoALPN is returned for a tls.Config without the names of protocols.
var ErrNoALPN = errors.New("quic: tls config names no protocols")

// serverConfig lets a client open one stream of each kind, ever.
func serverConfig() *quicgo.Config {
	return &quicgo.Config{
		HandshakeIdleTimeout:           handshakeTimeout,
		MaxIdleTimeout:                 IdleTimeout,
		InitialStreamReceiveWindow:     serverWindow,
		MaxStreamReceiveWindow:         serverMaxWindow,
		InitialConnectionReceiveWindow: serverWindow * 3 / 2,
		MaxConnectionReceiveWindow:     serverMaxWindow * 3 / 2,
		MaxIncomingStreams:             1,
		MaxIncomingUniStreams:          1,
		RequireStreamCreditRelease:     true, // and nobody releases
	}
}

// clientConfig lets the gate open its bulk stream.
func clientConfig(keepAlive time.Duration) *quicgo.Config {
	return &quicgo.Config{
		HandshakeIdleTimeout:           handshakeTimeout,
		MaxIdleTimeout:                 IdleTimeout,
		KeepAlivePeriod:                keepAlive,
		InitialStreamReceiveWindow:     clientWindow,
		MaxStreamReceiveWindow:         clientMaxWindow,
		InitialConnectionReceiveWindow: clientWindow * 2,
		MaxConnectionReceiveWindow:     clientMaxWindow * 2,
		MaxIncomingStreams:             -1,
		MaxIncomingUniStreams:          1,
		RequireStreamCreditRelease:     true,
	}
}

// checkTLS refuses what can never lead to a handshake.
func checkTLS(config *tls.Config) error {
	if config == nil || (len(config.NextProtos) == 0 && config.GetConfigForClient == nil) {
		return ErrNoALPN
	}
	return nil
}
