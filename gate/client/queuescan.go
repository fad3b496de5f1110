package client

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// scan is what a file of queued messages turned out to hold.
type scan struct {
	live    map[uint64]*Queued
	sizes   map[uint64]int // of the records of live
	end     int            // of what is whole: a crash cut what follows
	whole   int            // records that can be read
	damaged int            // places that cannot; 0: none
}

// scanQueue reads a file. What a crash may leave at its end is no damage: the
// Keep that wrote it has not returned. Behind damage it goes on with the next
// record that is whole. The error is of a file of another kind or version,
// which must be left alone.
func scanQueue(b []byte) (*scan, error) {
	s := &scan{live: make(map[uint64]*Queued), sizes: make(map[uint64]int)}
	switch {
	case bytes.HasPrefix(b, []byte(queueLine)):
		s.end = len(queueLine)
	case strings.HasPrefix(queueLine, string(b)) || zeros(b):
		return s, nil // cut while it was made
	default:
		s.damaged++
	}
	s.records(b)
	if s.end > 0 && s.whole == 0 && !bytes.HasPrefix(b, []byte(queueLine)) {
		return nil, fmt.Errorf("it begins with %q instead of %q: it is no queue, or of another version; move it away to start without it", b[:min(len(b), len(queueLine))], queueLine)
	}
	return s, nil
}

func (s *scan) records(b []byte) {
	for s.end < len(b) {
		rest := b[s.end:]
		payload, err := readRecord(rest)
		if err == nil {
			err = s.apply(payload)
		}
		switch {
		case err == nil:
			s.whole++
			s.end += queueHead + len(payload)
		case errors.Is(err, errCut):
			return
		default:
			s.damaged++
			next := bytes.Index(rest[1:], []byte(queueMark))
			if next < 0 {
				s.end = len(b)
				return
			}
			s.end += 1 + next
		}
	}
}

func (s *scan) apply(payload []byte) error {
	switch {
	case len(payload) == 9 && payload[0] == queueDropped:
		counter := binary.LittleEndian.Uint64(payload[1:])
		delete(s.live, counter)
		delete(s.sizes, counter)
		return nil
	case len(payload) > 0 && (payload[0] == queueMessage || payload[0] == queueUntil):
		q, err := parseMessage(payload)
		if err == nil {
			s.live[q.Counter], s.sizes[q.Counter] = q, queueHead+len(payload)
		}
		return err
	}
	return errDamaged
}

// list returns the messages ascending by counter.
func (s *scan) list() []Queued {
	list := make([]Queued, 0, len(s.live))
	for _, q := range s.live {
		list = append(list, *q)
	}
	slices.SortFunc(list, byCounter)
	return list
}

func byCounter(a, b Queued) int { return cmp.Compare(a.Counter, b.Counter) }

// file returns a file that holds the messages and nothing else.
func (s *scan) file() []byte {
	b := []byte(queueLine)
	for _, counter := range slices.Sorted(maps.Keys(s.live)) {
		b = appendQueued(b, s.live[counter])
	}
	return b
}
