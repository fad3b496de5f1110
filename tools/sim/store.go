package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/sim-im/sim/imservice"
)

// storeFlags bound the memory of a message service and of its store.
//
//	store-cache      blocks of tables, for reads
//	store-memtable   four times: rows that are not in tables yet
//	cached-heads     about 400 bytes each: who has how many messages
//
// and say how long it keeps what.
type storeFlags struct {
	StoreCache    byteSize `default:"64MiB" env:"SIM_STORE_CACHE" placeholder:"SIZE" help:"Memory for what is read from the store; more makes reading old messages faster."`
	StoreMemtable byteSize `default:"16MiB" env:"SIM_STORE_MEMTABLE" placeholder:"SIZE" help:"Messages gathered in memory before they are written as a table, from 64KiB to 1GiB; up to four of them are there at once, and a start reads them again from the log."`
	StoreMinFree  byteSize `default:"512MiB" env:"SIM_STORE_MIN_FREE" placeholder:"SIZE" help:"Room on the disk that is left alone: below it no messages are taken."`
	KeepInbox     int      `default:"30" env:"SIM_KEEP_INBOX" placeholder:"DAYS" help:"For how long a device may be away and still get every message; after that it starts from its list of conversations. 0 is for ever."`
	KeepSent      int      `default:"7" env:"SIM_KEEP_SENT" placeholder:"DAYS" help:"For how long a message that is sent again is known to be the same; at least 7, since clients give up after 6. 0 is for ever."`
	KeepMessages  int      `default:"0" env:"SIM_KEEP_MESSAGES" placeholder:"DAYS" help:"For how long messages are kept at all. 0 is for ever."`
	KeepSignins   int      `default:"30" env:"SIM_KEEP_SIGNINS" placeholder:"DAYS" help:"For how long it is kept who was online from when to when, and from which address. 0 is for ever."`
	CachedHeads   int      `default:"262144" env:"SIM_CACHED_HEADS" placeholder:"N" help:"Users, conversations and devices, of each so many, whose newest positions are kept in memory; others are looked up when they send."`
}

// validate lists everything that is wrong, in the names of flags.
func (f storeFlags) validate() error {
	var errs []error
	if f.StoreMemtable < 64<<10 || f.StoreMemtable > 1<<30 {
		errs = append(errs, fmt.Errorf("--store-memtable: is %d bytes; want 64KiB to 1GiB", f.StoreMemtable))
	}
	if f.CachedHeads < 1 {
		errs = append(errs, fmt.Errorf("--cached-heads: is %d; want at least 1", f.CachedHeads))
	}
	errs = append(errs, f.validateKept())
	return errors.Join(errs...)
}

// Bounds of what is kept, in days.
const (
	leastKeptSent = 7
	mostKept      = 36500
)

func (f storeFlags) validateKept() error {
	var errs []error
	for _, kept := range []struct {
		flag        string
		days, least int
	}{{"keep-inbox", f.KeepInbox, 1}, {"keep-sent", f.KeepSent, leastKeptSent}, {"keep-messages", f.KeepMessages, 1}, {"keep-signins", f.KeepSignins, 1}} {
		if kept.days != 0 && (kept.days < kept.least || kept.days > mostKept) {
			errs = append(errs, fmt.Errorf("--%s: is %d; want %d to %d days, or 0 for ever", kept.flag, kept.days, kept.least, mostKept))
		}
	}
	return errors.Join(errs...)
}

// kept is what limits call a number of days: there it is below 0 that is for ever.
func kept(days int) time.Duration {
	if days == 0 {
		return -1
	}
	return time.Duration(days) * 24 * time.Hour
}

// cache and minFree return what the store calls it: there 0 is its own choice.
func (f storeFlags) cache() int64 { return max(int64(f.StoreCache), 1) }

func (f storeFlags) minFree() int64 {
	if f.StoreMinFree == 0 {
		return -1
	}
	return int64(f.StoreMinFree)
}

// limits returns those of the message service that the flags set.
func (f storeFlags) limits() imservice.Limits {
	return imservice.Limits{
		CachedUsers: f.CachedHeads, CachedConversations: f.CachedHeads, CachedDevices: f.CachedHeads,
		CachedReads: max(f.CachedHeads/4, 1), CachedAccounts: max(f.CachedHeads/16, 1),
		KeepInbox: kept(f.KeepInbox), KeepSent: kept(f.KeepSent), KeepMessages: kept(f.KeepMessages), KeepSignIns: kept(f.KeepSignins),
	}
}
