package ir

import "path"

// Bounds that a definition must keep, so that decoders need not count: see the
// documentation of msgdef/wire.
const (
	maxDepth     = 8       // structs inside structs
	maxElements  = 1 << 18 // list elements in one message, nested lists multiplied
	maxExpansion = 24      // bytes of memory per byte on the wire, of a list element
	maxArray     = 1 << 16 // bytes of a fixed array, which a value always takes
	maxLimit     = 1<<31 - 1
)

// Check adds everything wrong with the definitions of p to problems. Sizes of a
// package that failed must not be asked for: they need not be finite.
func Check(p *Package, problems *Problems) {
	c := &checker{Problems: problems, pkg: p}
	for _, s := range p.Structs() {
		for i, f := range s.Fields {
			c.field(f)
			c.generation(s, i)
		}
		c.directives(s)
	}
	c.ids()
	c.names()
	if !c.recursion() && !c.Failed() {
		c.bounds()
	}
}

// checker adds problems of one package.
type checker struct {
	*Problems
	pkg *Package
}

// ids reports type ids that are used twice.
func (c *checker) ids() {
	owner := map[uint16]*Struct{}
	for _, s := range Messages(c.pkg.Structs()) {
		if first := owner[s.ID]; first != nil {
			c.Add(s.Pos, "choose a free one", "type id 0x%04x of %s belongs to %s at %s", s.ID, s.Name, first.Name, first.Pos)
			continue
		}
		owner[s.ID] = s
	}
}

// names reports what has two meanings: a struct or field declared twice, and
// packages that the lock file could not tell apart.
func (c *checker) names() {
	structs := map[string]*Struct{}
	for _, s := range c.pkg.Structs() {
		if first := structs[s.Name]; first != nil {
			c.Add(s.Pos, "rename one of them", "%s is declared at %s already", s.Name, first.Pos)
		}
		structs[s.Name] = s
		fields := map[string]bool{}
		for _, f := range s.Fields {
			if fields[f.Name] && !f.Reserved {
				c.Add(f.Pos, "rename one of them", "%s has two fields %s", s.Name, f.Name)
			}
			fields[f.Name] = true
		}
	}
	owners := map[string]string{}
	for _, s := range c.pkg.Foreign() {
		base := path.Base(s.Package)
		if other := owners[base]; other != "" && other != s.Package {
			c.Add(c.pkg.Structs()[0].Pos, "rename one of the packages", "structs of both %s and %s are used, and both are called %s", other, s.Package, base)
		}
		owners[base] = s.Package
	}
}

// directives reports what does not fit together above a struct.
func (c *checker) directives(s *Struct) {
	if s.Frozen && s.Message {
		c.Add(s.Pos, "drop //msgdef:frozen: a frame carries the length", "message %s is frozen", s.Name)
	}
	if s.Frozen && len(s.Fields) == 0 {
		c.Add(s.Pos, "give it fields or drop //msgdef:frozen", "frozen struct %s takes no bytes", s.Name)
	}
	if s.Reply == "" {
		return
	}
	for _, r := range Messages(c.pkg.Structs()) {
		if r.Name != s.Reply {
			continue
		}
		if s.Direction|r.Direction != Both {
			c.Add(s.Pos, "a reply flows the other way", "%s and its reply %s both flow %s", s.Name, r.Name, s.Direction)
		}
		return
	}
	c.Add(s.Pos, "name a message of this package", "the reply %s of %s does not exist", s.Reply, s.Name)
}
