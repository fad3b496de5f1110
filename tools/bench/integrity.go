package bench

import (
	"errors"
	"fmt"
	"strings"
)

// ErrIntegrity is the failure of a run in which the server broke a promise:
// something was lost, doubled, out of order, left a gap or was refused.
var ErrIntegrity = errors.New("bench: the server broke its promises")

// Integrity counts broken promises. A clean run has none, whatever its mode.
type Integrity struct {
	Lost       uint64 `json:"lost"`       // acknowledged and never delivered
	Duplicated uint64 `json:"duplicated"` // delivered, or numbered, twice
	Disordered uint64 `json:"disordered"` // delivered after one that was sent later
	Gaps       uint64 `json:"gaps"`       // places in a sequence that nothing came for
	Refused    uint64 `json:"refused"`    // answered with an error, or never
	Malformed  uint64 `json:"malformed"`  // messages that nobody of this run wrote
	Broken     uint64 `json:"broken"`     // connections that ended by themselves, in modes where none should
}

// add sums the counts of another process.
func (i *Integrity) add(o Integrity) {
	i.Lost += o.Lost
	i.Duplicated += o.Duplicated
	i.Disordered += o.Disordered
	i.Gaps += o.Gaps
	i.Refused += o.Refused
	i.Malformed += o.Malformed
	i.Broken += o.Broken
}

// Err returns ErrIntegrity with the counts when a promise was broken.
func (i Integrity) Err() error {
	if i == (Integrity{}) {
		return nil
	}
	return fmt.Errorf("%w: %s", ErrIntegrity, i)
}

// String lists the counts, those of rare kinds only when there are any.
func (i Integrity) String() string {
	parts := []string{
		fmt.Sprintf("lost %d", i.Lost), fmt.Sprintf("duplicated %d", i.Duplicated),
		fmt.Sprintf("disordered %d", i.Disordered), fmt.Sprintf("gaps %d", i.Gaps), fmt.Sprintf("refused %d", i.Refused),
	}
	if i.Malformed > 0 {
		parts = append(parts, fmt.Sprintf("malformed %d", i.Malformed))
	}
	if i.Broken > 0 {
		parts = append(parts, fmt.Sprintf("broken connections %d", i.Broken))
	}
	return strings.Join(parts, ", ")
}
