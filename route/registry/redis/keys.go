package redis

import (
	"encoding/hex"
	"fmt"
	"strconv"

	"github.com/sim-im/sim/route/registry"
)

// keys names the keys, see the package.
type keys struct{ prefix string }

func (k keys) members(role registry.Role) string { return k.prefix + ":members:" + string(role) }

func (k keys) lease(role registry.Role, id string) string {
	return k.prefix + ":lease:{" + string(role) + "/" + id + "}"
}

func (k keys) index(gate string, in incarnation) string {
	return k.prefix + ":index:{" + string(registry.Gate) + "/" + gate + "}:" + in.text()
}

func (k keys) conn(uid uint64) string { return k.prefix + ":conn:" + strconv.FormatUint(uid, 10) }

func (k keys) images(region string) string { return k.prefix + ":images:{" + region + "}" }

func (k keys) term(region string) string { return k.prefix + ":term:{" + region + "}" }

func (k keys) sweep(region string) string { return k.prefix + ":sweep:{" + region + "}" }

// ticket names the ticket itself, not the region, to Redis Cluster: they spread.
func (k keys) ticket(region string, id [16]byte) string {
	return k.prefix + ":ticket:" + region + ":{" + hex.EncodeToString(id[:]) + "}"
}

// digits writes a number so that the order of texts is that of numbers. Scripts
// compare these, because their own numbers hold 53 bits.
func digits(n uint64) string { return fmt.Sprintf("%020d", n) }
