package schematest

import (
	"slices"
	"strconv"
)

// grow makes a change that every peer survives, and tells which.
func (c *chance) grow(s *schema) string {
	d := s.structs[c.IntN(len(s.structs))]
	switch c.IntN(6) {
	case 0, 1:
		return c.append(s, d)
	case 2:
		for _, f := range d.fields {
			if f.max > 0 {
				f.max += 1 + c.IntN(3)
			}
			if f.elem > 0 {
				f.elem += 1 + c.IntN(3)
			}
		}
		return "raise the limits of " + d.name
	case 3:
		if len(d.fields) > 0 {
			f := d.fields[c.IntN(len(d.fields))]
			d.gone = append(d.gone, f.name)
			f.name, f.secret = "_", false
			return "retire " + d.gone[len(d.gone)-1] + " of " + d.name
		}
	case 4:
		e := s.enums[c.IntN(len(s.enums))]
		e.values = append(e.values, value{e.name + c.name(words()), strconv.Itoa(2 + c.IntN(100))})
		return "add a value to " + e.name
	case 5:
		if d.id > 0 {
			d.direction = "both"
		}
	}
	return "widen " + d.name
}

// append adds a generation to d, unless it is frozen.
func (c *chance) append(s *schema, d *definition) string {
	if d.frozen {
		return "nothing"
	}
	before := &schema{enums: s.enums, structs: s.structs[:slices.Index(s.structs, d)]}
	gen := d.generations() + 1
	if len(d.fields) == 0 {
		gen = 2
	}
	for range 1 + c.IntN(3) {
		f := c.field(before)
		if f.gen = gen; slices.Contains(d.gone, f.name) && f.name != "_" {
			f.name = c.name(words())
		}
		d.fields = append(d.fields, f)
	}
	return "append a generation to " + d.name
}

// edit makes any change, most of which break somebody, and tells which.
func (c *chance) edit(s *schema) string {
	d := s.structs[c.IntN(len(s.structs))]
	for _, old := range s.structs {
		if len(old.gone) > 0 && c.rare(10) {
			return old.name + ": " + c.reuse(s, old)
		}
	}
	if c.rare(3) {
		return c.grow(s)
	}
	if len(d.fields) > 0 && c.rare(2) {
		return d.name + ": " + c.editField(s, d)
	}
	return c.editStruct(s, d)
}

func (c *chance) editField(s *schema, d *definition) string {
	i := c.IntN(len(d.fields))
	f, other := d.fields[i], d.fields[c.IntN(len(d.fields))]
	switch c.IntN(13) {
	case 0:
		*f, *other = *other, *f
		return "swap " + f.name + " and " + other.name
	case 1:
		f.kind, other.kind = other.kind, f.kind
		return "swap the kinds of " + f.name + " and " + other.name
	case 2:
		f.name, other.name = other.name, f.name
		return "swap the names of " + f.name + " and " + other.name
	case 3:
		d.fields = slices.Delete(d.fields, i, i+1)
		return "delete " + f.name
	case 4:
		inserted := c.field(s)
		inserted.gen = f.gen
		d.fields = slices.Insert(d.fields, i, inserted)
		return "insert " + inserted.name
	case 5:
		now := c.field(s)
		now.gen = f.gen
		if c.rare(2) {
			now.name = f.name
		}
		*f = *now
		return "replace " + now.name
	case 6:
		f.gen = max(1, f.gen-1+c.IntN(3))
		return "move the generation of " + f.name
	case 7:
		f.max = max(0, f.max-1)
		return "lower the limit of " + f.name
	case 8:
		f.elem = max(0, f.elem-1)
		return "lower the limit of elements of " + f.name
	case 9:
		f.name = c.name(words())
		return "rename to " + f.name
	case 10:
		was := f.name
		f.name, f.secret = "_", false
		d.fields = append(d.fields, &field{name: was, kind: "uint64", gen: d.generations() + c.IntN(2)})
		return "retire " + was + " and add another"
	case 11:
		f.holds = s.structs[c.IntN(len(s.structs))].name
		return "hold in " + f.name
	}
	kind, _ := c.kind(s)
	f.kind = kind
	return "retype " + f.name
}

// reuse appends a field under the name that one of d had before it was retired.
func (c *chance) reuse(s *schema, d *definition) string {
	if len(d.gone) == 0 || d.frozen {
		return c.append(s, d)
	}
	again := &field{name: d.gone[c.IntN(len(d.gone))], kind: "uint64", gen: max(2, d.generations()+1)}
	d.fields = append(d.fields, again)
	return "use the name " + again.name + " again"
}

func (c *chance) editStruct(s *schema, d *definition) string {
	other := s.structs[c.IntN(len(s.structs))]
	e := s.enums[c.IntN(len(s.enums))]
	switch c.IntN(13) {
	case 0:
		d.name, other.name = other.name, d.name
		return "swap the names of " + d.name + " and " + other.name
	case 1:
		d.id, other.id = other.id, d.id
		d.direction, other.direction = other.direction, d.direction
		return "swap the ids of " + d.name + " and " + other.name
	case 2:
		d.frozen = !d.frozen
		return "freeze or thaw " + d.name
	case 3:
		d.fields, other.fields = other.fields, d.fields
		return "swap the fields of " + d.name + " and " + other.name
	case 4:
		return c.rename(s, d)
	case 5:
		return c.remove(s, d)
	case 6:
		d.direction = []string{"up", "down", "both"}[c.IntN(3)]
		return "turn " + d.name
	case 7:
		d.id, d.direction = 0x9000+c.IntN(40), "both"
		return "another id for " + d.name
	case 8:
		d.id = 0
		return d.name + " is no message"
	case 9:
		e.kind = []string{"int8", "uint16", "int32", "uint64"}[c.IntN(4)]
		return "widen or narrow " + e.name
	case 10:
		i := c.IntN(len(e.values))
		e.values[i].number = strconv.Itoa(c.IntN(100))
		return "renumber in " + e.name
	case 11:
		now := d.clone()
		now.id, now.name = 0, c.name(typeNames())
		s.structs = slices.Insert(s.structs, slices.Index(s.structs, d), now)
		s.use(other.name, now.name)
		return "use " + now.name + ", which is as " + d.name + ", for " + other.name
	}
	s.use(d.name, other.name)
	return "use " + other.name + " for " + d.name
}

// rename gives d another name everywhere.
func (c *chance) rename(s *schema, d *definition) string {
	was := d.name
	d.name = c.name(typeNames())
	s.use(was, d.name)
	return "rename " + was + " to " + d.name
}

// remove deletes d, as one does who knows how, or without a word.
func (c *chance) remove(s *schema, d *definition) string {
	if len(s.structs) < 2 {
		return "nothing"
	}
	s.structs = slices.DeleteFunc(s.structs, func(o *definition) bool { return o == d })
	if c.rare(3) {
		return "remove " + d.name
	}
	name := d.name
	if d.id > 0 {
		name = "0x" + strconv.FormatInt(int64(d.id), 16)
	}
	s.retired = append(s.retired, name)
	return "retire " + d.name
}

// use replaces a struct by another one wherever it is inside of one.
func (s *schema) use(was, now string) {
	for _, d := range s.structs {
		for _, f := range d.fields {
			switch f.kind {
			case was:
				f.kind = now
			case "[]" + was:
				f.kind = "[]" + now
			}
			if f.holds == was {
				f.holds = now
			}
		}
	}
}
