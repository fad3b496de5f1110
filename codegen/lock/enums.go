package lock

import (
	"slices"

	"github.com/sim-im/sim/codegen/ir"
)

// enums compares every released enum with what became of it.
func (c *comparison) enums() {
	for _, old := range c.old.Enums {
		e := c.findEnum(old)
		if e == nil {
			c.gone(old.Name, old.Name, old.Line)
			continue
		}
		if e.Name != old.Name {
			c.Warn(e.Pos, tellOthers, "enum %s was renamed to %s", old.Name, e.Name)
		}
		if e.Kind != old.Kind {
			c.Add(e.Pos, "put the type back", "enum %s was released as %s and is now %s", e.Name, old.Kind, e.Kind)
		}
		for _, v := range old.Values {
			c.value(e, v)
		}
	}
}

// findEnum finds a released enum by its name, or else a new one that has all
// its values.
func (c *comparison) findEnum(old Enum) *ir.Enum {
	for _, e := range c.pkg.Enums() {
		if e.Name == old.Name {
			return e
		}
	}
	for _, e := range c.pkg.Enums() {
		released := slices.ContainsFunc(c.old.Enums, func(o Enum) bool { return o.Name == e.Name })
		if !released && e.Kind == old.Kind && hasAll(e, old.Values) {
			return e
		}
	}
	return nil
}

func hasAll(e *ir.Enum, values []Value) bool {
	for _, v := range values {
		if !slices.ContainsFunc(e.Values, func(now ir.EnumValue) bool { return now.Value == v.Number }) {
			return false
		}
	}
	return true
}

// value compares a released value with the present ones.
func (c *comparison) value(e *ir.Enum, old Value) {
	for _, v := range e.Values {
		if v.Name == old.Name {
			if v.Value != old.Number {
				c.Add(v.Pos, "put the number back", "%s was released as %s and is now %s", v.Name, old.Number, v.Value)
			}
			return
		}
	}
	for _, v := range e.Values {
		if v.Value == old.Number {
			c.Warn(v.Pos, tellOthers, "%s was renamed to %s", old.Name, v.Name)
			return
		}
	}
	c.Add(e.Pos, "put it back; its number means something to older peers", "%s = %s was removed from %s", old.Name, old.Number, e.Name)
}
