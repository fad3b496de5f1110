package wire

import (
	"errors"
	"strconv"
	"unicode/utf8"
)

// Violations collects what a message's Validate finds. The zero value is
// ready, and stays without allocation while nothing is wrong.
type Violations struct {
	errs []error
}

// Len checks a length in bytes or a count of elements.
func (v *Violations) Len(field string, n, limit int) {
	if n > limit {
		v.errs = append(v.errs, &Error{Field: field, Err: ErrLimit})
	}
}

// Text checks the length of s in bytes and that it is UTF-8.
func (v *Violations) Text(field, s string, limit int) {
	v.Len(field, len(s), limit)
	if !utf8.ValidString(s) {
		v.errs = append(v.errs, Malformed(field))
	}
}

// Nested takes what Validate of a nested struct returned.
func (v *Violations) Nested(field string, err error) {
	if err != nil {
		v.errs = append(v.errs, &nestedError{field, err})
	}
}

// Elem is Nested for element i of a list.
func (v *Violations) Elem(field string, i int, err error) {
	if err != nil {
		v.Nested(field+"["+strconv.Itoa(i)+"]", err)
	}
}

// Err returns everything found, joined, or nil.
func (v *Violations) Err() error { return errors.Join(v.errs...) }

// nestedError says in which field a nested struct is invalid.
type nestedError struct {
	field string
	err   error
}

func (e *nestedError) Error() string { return e.field + ": " + e.err.Error() }
func (e *nestedError) Unwrap() error { return e.err }
