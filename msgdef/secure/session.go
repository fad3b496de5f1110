package secure

import (
	"fmt"
	"slices"
)

// Session is what a handshake leaves on each side: a Sealer for what this side
// sends and an Opener for what it receives. It begins under the login keys;
// Bind moves both directions to the session's keys.
//
//	handshake ──▶ login keys ──Bind──▶ session keys ──KeyUpdate──▶ …
//
// A session that is resumed has no login keys: nothing is sealed or opened before Bind.
//
// One goroutine may use Out while another uses In. Bind, and copying, touch
// both and belong to the time when neither is in use.
type Session struct {
	Out Sealer
	In  Opener

	origin *origin // nil after Forget
}

// origin is what further secrets are made of.
type origin struct {
	base    secret  // zero from Bind on
	resume  secret  // zero until Bind
	bulk    *secret // of the bulk stream; nil before Bind, and when it was taken
	name    string  // of the gate; "" where it is not known
	client  bool
	tls     bool // keys come from TLS: there is a bulk stream
	resumed bool // there are no login keys
}

// policy is what sessions of one configuration share.
type policy struct {
	accept []Suite // what the client would accept, or the gate admits
	limits Limits  // of keys
}

// established is what both sides know after a handshake.
type established struct {
	suite   Suite
	codec   Codec
	client  bool
	tls     bool
	resumed bool
	policy  *policy
	base    secret
	name    string // of the gate
}

func newSession(e established) *Session {
	s := &Session{origin: &origin{base: e.base, name: e.name, client: e.client, tls: e.tls, resumed: e.resumed}}
	fresh := traffic{suite: e.suite, codec: e.codec, policy: e.policy, most: MaxLoginPlaintext}
	s.Out.traffic, s.In.traffic = fresh, fresh
	if e.resumed {
		_, _ = s.Out.fail(ErrUnbound), s.In.fail(ErrUnbound) // until Bind
	} else {
		s.install(e.base.login())
	}
	return s
}

// install derives both directions from a login or session secret.
func (s *Session) install(from secret) {
	out, in := from.down(), from.up()
	if s.origin.client {
		out, in = in, out
	}
	s.Out.install(out)
	s.In.install(in)
}

// Bind ends the login: both directions go on under keys that depend on the
// session id and on every byte of the bodies of the Login and LoginOK frames
// as they were sent. The gate calls it after sealing LoginOK, the client after
// reading it. The bodies are only read.
//
// Login and LoginOK are the last frames under the login keys of their
// direction: when In has a frame left after them, Bind returns ErrMalformed
// and both directions are dead, as they are when one of them failed before. A
// second Bind returns ErrBound.
func (s *Session) Bind(id [16]byte, login, loginOK []byte) error {
	if s.bound() {
		return ErrBound
	}
	if err := s.endLogin(); err != nil {
		return err
	}
	root := s.origin.base.session(id, transcriptHash(login, loginOK))
	s.origin.base, s.origin.resume = secret{}, root.resume()
	if s.origin.tls {
		bulk := root.bulk()
		s.origin.bulk = &bulk
	}
	s.install(root)
	s.Out.most, s.In.most = MaxPlaintext, MaxPlaintext
	return nil
}

// endLogin fails when there is something wrong with what went under the login keys.
func (s *Session) endLogin() error {
	if s.origin.resumed {
		return nil
	}
	if err := s.In.end(); err != nil {
		return s.Out.fail(err)
	}
	if err := s.Out.failure(); err != nil {
		return s.In.fail(err)
	}
	return nil
}

// bound tells whether Bind was called: records may be long from then on.
func (s *Session) bound() bool { return s.Out.most == MaxPlaintext }

// String describes the session without its secrets.
func (s *Session) String() string {
	return fmt.Sprintf("session %v, bound %t", s.Suite(), s.bound())
}

// Suite returns the suite of the session.
func (s *Session) Suite() Suite { return s.Out.suite }

// Codec returns the codec of the frames' bodies.
func (s *Session) Codec() Codec { return s.Out.codec }

// ServerName returns the name in the gate's certificate. Only a client's
// session has it, and inside TLS none has: the certificate was TLS's business.
func (s *Session) ServerName() string {
	if s.origin == nil {
		return ""
	}
	return s.origin.name
}

// ResumeSecret returns the secret that the secrets of tickets come from. It is
// zero before Bind. It must not be called after Forget.
func (s *Session) ResumeSecret() [32]byte { return s.origin.resume }

// TicketSecret returns the pre-shared key of a ticket that was given out in
// this session. It makes sense after Bind only, and must not be called after
// Forget.
func (s *Session) TicketSecret(ticket [16]byte) [32]byte { return s.origin.resume.ticket(ticket) }

// Forget erases what tickets are made of, because there will be no more of them.
// A session inside TLS keeps it: its bulk stream may begin later. A session that
// is not bound must not forget.
func (s *Session) Forget() {
	if s.origin != nil && !s.origin.tls {
		*s.origin = origin{}
		s.origin = nil
	}
}

// Offered returns what a client puts into Login.Versions and Login.Suites, so
// that the gate can tell whether somebody made it ask for less.
func (s *Session) Offered() (versions, suites []byte) {
	return []byte{Version}, suiteBytes(s.Out.policy.accept)
}

// CheckOffer is the gate's downgrade check: versions and suites are those of
// Login, repeated under keys that nobody in between has. It returns
// ErrDowngrade when the client did not offer what this session uses, or when
// both sides know something better.
func (s *Session) CheckOffer(versions, suites []byte) error {
	return checkOffer(s.Suite(), s.Out.policy.accept, versions, suites)
}

// checkOffer judges what a client says it offered, where used is used and
// admitted could have been.
func checkOffer(used Suite, admitted []Suite, versions, suites []byte) error {
	if !slices.Contains(versions, Version) || !slices.Contains(suites, byte(used)) {
		return ErrDowngrade
	}
	for _, mine := range admitted {
		if mine.strength() > used.strength() && slices.Contains(suites, byte(mine)) {
			return ErrDowngrade
		}
	}
	return nil
}

// BestSuite returns the strongest suite of accept, the first of several, that
// a refusal says the gate admits; ok is false when there is none. A client
// that follows it still offers all it accepts in Login.
func BestSuite(accept []Suite, admitted []byte) (best Suite, ok bool) {
	for _, s := range accept {
		if slices.Contains(admitted, byte(s)) && s.strength() > best.strength() {
			best = s
		}
	}
	return best, best != 0
}
