package ir

// recursion reports structs that contain themselves, and tells whether there
// are any.
func (c *checker) recursion() bool {
	found := false
	for _, s := range c.pkg.Structs() {
		for _, f := range s.Fields {
			if reaches(f.Type, s, map[*Struct]bool{}) {
				c.Add(f.Pos, "name the other by an id, or hold it as bytes without a tag", "%s contains itself through %s", s.Name, f.Name)
				found = true
			}
		}
	}
	return found
}

// reaches tells whether t contains target, or holds it encoded: that too is
// looked into by encodings that can show it. seen are the structs looked into.
func reaches(t *Type, target *Struct, seen map[*Struct]bool) bool {
	if t.Kind == List {
		t = t.Elem
	}
	inner := t.Struct
	if t.Holds != nil {
		inner = t.Holds
	}
	switch {
	case inner == nil:
		return false
	case inner == target:
		return true
	case seen[inner]:
		return false
	}
	seen[inner] = true
	for _, f := range inner.Fields {
		if reaches(f.Type, target, seen) {
			return true
		}
	}
	return false
}

// bounds reports definitions with which a stranger could make a decoder nest,
// loop or allocate too much.
func (c *checker) bounds() {
	for _, s := range c.pkg.Structs() {
		if d := depth(s); d > maxDepth {
			c.Add(s.Pos, "flatten the structs", "%s nests %d deep, more than %d", s.Name, d, maxDepth)
		}
		if n := elements(s); n > maxElements {
			c.Add(s.Pos, "lower the max of its lists", "%s can hold %d list elements, more than %d", s.Name, n, maxElements)
		}
		for _, f := range s.Fields {
			c.expansion(f)
		}
	}
}

// expansion reports a list whose elements occupy far more memory than bytes.
func (c *checker) expansion(f *Field) {
	if f.Type.Kind != List {
		return
	}
	memory, wire := Memory(f.Type.Elem), f.Type.Elem.Min()
	if memory > maxExpansion*wire {
		c.Add(f.Pos, "list a struct whose first generation is larger, or hold the large part as bytes",
			"an element of %s takes %d bytes of memory and may take only %d on the wire", f.Name, memory, wire)
	}
}

func depth(s *Struct) int {
	deepest := 0
	for _, f := range s.Fields {
		t := f.Type
		if t.Kind == List {
			t = t.Elem
		}
		if t.Kind == Nested {
			deepest = max(deepest, depth(t.Struct))
		}
	}
	return deepest + 1
}

// elements returns how many list elements a struct can hold, capped above
// maxElements so that it cannot overflow.
func elements(s *Struct) int {
	n := 0
	for _, f := range s.Fields {
		switch {
		case f.Type.Kind == Nested:
			n += elements(f.Type.Struct)
		case f.Type.Kind == List && f.Type.Elem.Kind == Nested:
			n += f.Max * (1 + elements(f.Type.Elem.Struct))
		case f.Type.Kind == List:
			n += f.Max
		}
		n = min(n, maxLimit)
	}
	return n
}

// Memory returns about how many bytes a decoded value occupies in place, on the
// 64-bit machine that needs most.
func Memory(t *Type) int {
	switch t.Kind {
	case String:
		return 16
	case Bytes, List:
		return 24
	case Nested:
		n := 0
		for _, f := range t.Struct.Fields {
			n += Memory(f.Type)
		}
		return (n + 7) / 8 * 8
	}
	n, _ := t.Fixed()
	return n
}
