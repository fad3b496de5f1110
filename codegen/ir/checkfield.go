package ir

// field reports a type that cannot be, and limits that are missing or too many.
func (c *checker) field(f *Field) {
	t := f.Type
	switch {
	case t.Kind == Invalid:
		return // parse said why
	case t.Kind == Array && t.Len == 0:
		c.Add(f.Pos, "delete the field or give the array a length", "%s takes no bytes", f.Name)
	case t.Kind == Array && t.Len > maxArray, t.Kind == List && t.Elem.Kind == Array && t.Elem.Len > maxArray:
		c.Add(f.Pos, "use bytes with a max", "the array of %s is longer than %d", f.Name, maxArray)
	case t.Kind == List && t.Elem.Kind == List:
		c.Add(f.Pos, "put the inner list into a struct", "%s is a list of lists", f.Name)
		return
	case t.Kind == List && t.Elem.Kind == Array && t.Elem.Len == 0:
		c.Add(f.Pos, "give the array a length", "the elements of %s take no bytes", f.Name)
	}
	c.limit(f, "max", f.Max, needsMax(t), "the greatest length in bytes, or count of a list")
	c.limit(f, "elem", f.Elem, t.Kind == List && needsElem(t.Elem), "the greatest length of an element in bytes")
}

func needsMax(t *Type) bool  { return t.Kind == String || t.Kind == Bytes || t.Kind == List }
func needsElem(t *Type) bool { return t.Kind == String || t.Kind == Bytes }

// limit reports a limit that is missing, out of place or out of range.
func (c *checker) limit(f *Field, key string, limit int, needed bool, meaning string) {
	switch {
	case f.Type.Kind == List && f.Type.Elem.Kind == Invalid:
	case needed && limit == 0:
		c.Add(f.Pos, "add the tag "+key+`:"N", `+meaning, "%s has no %s", f.Name, key)
	case !needed && limit != 0:
		c.Add(f.Pos, "delete the tag", "%s is %s, which takes no %s", f.Name, f.Type, key)
	case limit > maxLimit:
		c.Add(f.Pos, "lengths have 31 bits", "%s of %s is too large", key, f.Name)
	}
}

// generation reports field i when its generation does not follow from the one
// before it. An empty first generation is what an empty struct grows from.
func (c *checker) generation(s *Struct, i int) {
	f, before := s.Fields[i], 1
	if i > 0 {
		before = s.Fields[i-1].Gen
	}
	switch {
	case s.Frozen && f.Gen > 1:
		c.Add(f.Pos, "make a new struct", "frozen struct %s cannot grow by %s", s.Name, f.Name)
	case f.Gen < before:
		c.Add(f.Pos, "new fields go at the end", "%s has generation %d after generation %d", f.Name, f.Gen, before)
	case f.Gen > before+1:
		c.Add(f.Pos, "generations count without gaps", "%s has generation %d after generation %d", f.Name, f.Gen, before)
	}
}
