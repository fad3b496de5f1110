package wirejson

// Skip reads a value of any kind and drops it. null is a value here: what is
// not known may be anything. It calls itself at most MaxDepth times.
func (r *Reader) Skip(field string) {
	switch r.peek() {
	case '{':
		for more := r.Object(field); more; more = r.More(field) {
			r.Skip(field)
		}
	case '[':
		for more := r.Array(field); more; more = r.Element(field) {
			r.Skip(field)
		}
	case '"':
		r.raw(field)
	case 't':
		r.word("true", field)
	case 'f':
		r.word("false", field)
	case 'n':
		r.word("null", field)
	default:
		r.number(field)
	}
}
