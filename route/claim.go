package route

import (
	"context"
	"net"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// Claim implements rpc.Applications. A claim holds at this route only, for
// Options.Claim. Errors: CodeBadArgument; CodeForbidden for a range that another
// service has some of, which is named; CodeBusy beyond 1024 instances;
// CodeUnavailable at a route that takes no claims.
//
// Routes do not tell one another of claims. When two services want a range, and
// each comes first at another route, either serves the users whose gates use its
// route; both are told by the other route who is in the way, until one of them
// ends or the operator ends it.
func (s *Server) Claim(ctx context.Context, claim *rpc.Claim) (*rpc.ClaimReply, error) {
	if err := live(ctx); err != nil {
		return nil, err
	}
	reply, err := s.take(ctx, claim)
	if err != nil {
		s.counts.noClaim.Add(1)
	}
	return reply, err
}

// take is Claim for who is still waiting.
func (s *Server) take(ctx context.Context, claim *rpc.Claim) (*rpc.ClaimReply, error) {
	if err := checkClaim(claim); err != nil {
		return nil, err
	}
	if s.options.Dial == nil {
		return nil, rpc.Errorf(msgdef.CodeUnavailable, "this route takes no claims")
	}
	reply := &rpc.ClaimReply{TTL: uint32(s.options.Claim.Milliseconds()), Region: s.options.Region}
	if claim.Release {
		s.release(ctx, claim)
		return reply, nil
	}
	begun, err := s.claims.take(ownClaim(claim), s.clock(), s.options.Claim, s.options.Dial)
	if err != nil {
		return nil, err
	}
	if begun {
		s.options.Logger.Info("claimed", "service", claim.Service, "instance", claim.Instance,
			"addr", claim.Addr, "first", claim.First, "last", claim.Last)
	}
	return reply, nil
}

// release ends a claim. It returns when no call to the instance is under way any
// more, or ctx ends: who is told so can close its door, and nobody stands before
// it.
func (s *Server) release(ctx context.Context, claim *rpc.Claim) {
	in := s.claims.release(claim.Service, claim.Instance)
	if in == nil {
		return
	}
	s.options.Logger.Info("released", "service", claim.Service, "instance", claim.Instance)
	select {
	case <-in.over:
	case <-ctx.Done():
	}
}

// checkClaim finds what no service may say.
func checkClaim(c *rpc.Claim) error {
	if err := c.Validate(); err != nil {
		return rpc.Errorf(msgdef.CodeBadArgument, "%v", err)
	}
	host, port, err := net.SplitHostPort(c.Addr)
	switch {
	case !readable(c.Service) || !readable(c.Instance):
		return rpc.Errorf(msgdef.CodeBadArgument, "service %q, instance %q: names are of characters that can be printed", c.Service, c.Instance)
	case c.Release:
		return nil
	case c.First < msgdef.FirstApplicationType || c.First > c.Last:
		return rpc.Errorf(msgdef.CodeBadArgument, "types 0x%04x to 0x%04x: the range of an application begins at 0x%04x or above and ends there or later",
			c.First, c.Last, msgdef.FirstApplicationType)
	case err != nil || !readable(host) || port == "" || port == "0":
		return rpc.Errorf(msgdef.CodeBadArgument, "%q is no address that can be called: want HOST:PORT", c.Addr)
	}
	return nil
}

// readable tells names that do no harm in a log, and are some.
func readable(name string) bool {
	return name != "" && utf8.ValidString(name) && !strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) })
}

// ownClaim returns a copy that does not lie in an argument's memory.
func ownClaim(c *rpc.Claim) rpc.Claim {
	own := *c
	own.Service, own.Instance, own.Addr = strings.Clone(c.Service), strings.Clone(c.Instance), strings.Clone(c.Addr)
	return own
}
