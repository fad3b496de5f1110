package main

import (
	"fmt"

	"github.com/sim-im/sim/msgdef/codec"
)

// codecFlags say which encodings a gate takes.
type codecFlags struct {
	Codec []string `env:"SIM_CODEC" placeholder:"NAME" help:"Encodings that clients may choose, binary and json; all of them unless given. Others are turned away at the handshake."`
}

// codecs returns the ids; none means all.
func (f codecFlags) codecs() (ids []codec.ID, err error) {
	for _, name := range f.Codec {
		id, ok := codec.Lookup(name)
		if !ok {
			return nil, fmt.Errorf("--codec: %q is not one of %v", name, codec.All())
		}
		ids = append(ids, id)
	}
	return ids, nil
}
