package vectors_test

import (
	"bytes"
	"slices"

	"github.com/sim-im/sim/msgdef/vectors/kinds"
	"github.com/sim-im/sim/msgdef/wire/wiretest"
)

// generationCases are what older senders write, and what senders write who
// still know a field that is reserved here.
func generationCases() []encoding {
	home := kinds.Person{Name: "Ann", Home: kinds.Point{X: -1, Y: 2, Known: true}, Alias: kinds.Alias{Names: []string{"a", "b"}}}
	grown := &kinds.Grown{ID: 9, Name: "Bo"}
	first := older(1, grown, 8+4+3)
	grown.Age = 77
	second := older(2, grown, 8+4+3+2+1)
	grown.Person, grown.Score = home, 1.5
	inner := home.Append(nil)
	inner = inner[:len(inner)-1] // without the length of Email
	whole := grown.Append(nil)
	mixed := onlyDecodes(encode(grown, "the newest generation around a nested struct of the first"))
	mixed.Hex = slices.Concat(whole[:18], []byte{byte(len(inner))}, inner, whole[len(whole)-4:])

	reserved := onlyDecodes(encode(grown, "values in fields that are reserved here"))
	reserved.Hex = slices.Concat(whole[:8], bytes.Repeat([]byte{0xff}, 4), whole[12:17],
		[]byte{2}, (&kinds.Point{X: 1}).Append(nil), (&kinds.Point{Y: -1, Known: true}).Append(nil), whole[18:])
	return []encoding{first, second, mixed, reserved, older(1, &home, len(inner)), elements(home)}
}

// older returns what an older generation writes of m, the first n bytes.
func older(generation int, m wiretest.Message, n int) encoding {
	e := onlyDecodes(encode(m, "an older sender"))
	e.Generation, e.Hex = generation, e.Hex[:n]
	return e
}

// elements is a list of structs that were encoded by three versions.
func elements(p kinds.Person) encoding {
	later := p
	later.Email = "ann@example.org"
	list := kinds.Lists{Persons: []kinds.Person{p, later, later}}
	e := onlyDecodes(encode(&list, "elements from an older sender, one of today and a newer one"))
	first, second := p.Append(nil), later.Append(nil)
	first = first[:len(first)-1]
	third := append(slices.Clone(second), 0xca, 0xfe)
	before, behind := make([]byte, 9), []byte{0}
	e.Hex = slices.Concat(before, []byte{3}, prefixed(first), prefixed(second), prefixed(third), behind)
	return e
}

func prefixed(b []byte) []byte { return append([]byte{byte(len(b))}, b...) }

// nestedCases are structs inside others: as deep as it goes, grown there, and
// as bytes that are not looked into.
func nestedCases() []encoding {
	deep := &kinds.Deep{Two: kinds.Two{Three: make([]kinds.Three, 2)}}
	deep.Two.Three[1].Four.Five = make([]kinds.Five, 2)
	deep.Two.Three[1].Four.Five[1].Six.Seven.Eight.Value = 0x0123456789abcdef
	list := []encoding{encode(deep, "as deep as it goes"), deepNewer()}

	person := kinds.Person{Name: "Ann", Email: "é"}
	body := person.Append(nil)
	list = append(list,
		encode(&kinds.Envelope{Person: body, Persons: [][]byte{body, {}, body}}, "encoded structs as bytes"),
		encode(&kinds.Envelope{Person: []byte{0xff}, Persons: [][]byte{{0xff}}}, "bytes that are not the struct they should hold"),
		encode(&kinds.Lists{Points: []kinds.Point{{X: 1}, {Y: -1, Known: true}}, Labels: []kinds.Label{{Name: "l", Rest: 7}, {}}}, "lists of frozen structs"),
	)
	return list
}

// deepNewer is Deep with two bytes of a later generation in every struct.
func deepNewer() encoding {
	deep := &kinds.Deep{Two: kinds.Two{Three: make([]kinds.Three, 1)}}
	deep.Two.Three[0].Four.Five = make([]kinds.Five, 1)
	deep.Two.Three[0].Four.Five[0].Six.Seven.Eight.Value = 8
	e := onlyDecodes(encode(deep, "later fields at every depth"))
	body := []byte{8, 0, 0, 0, 0, 0, 0, 0, 0xca, 0xfe} // Eight
	for _, list := range []bool{false, false, false, true, false, true, false} {
		body = prefixed(body)
		if list {
			body = append([]byte{1}, body...)
		}
		body = append(body, 0xca, 0xfe)
	}
	e.Hex = body
	return e
}
