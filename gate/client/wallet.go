package client

import (
	"bytes"
	"slices"
	"time"

	"github.com/sim-im/sim/msgdef/secure"
)

// Ticket lets a device log in once more, with one round trip and without a
// proof. Who has it is the device, so it is as secret as a token.
type Ticket struct {
	ID      [16]byte
	Secret  [32]byte     // the pre-shared key of the handshake
	Suite   secure.Suite // of the session that it came in; it is used under no other
	Expires time.Time
	Full    time.Time // of the login with a proof that it goes back to
}

// fullEvery is how old a login with a proof gets before there has to be
// another one, whatever tickets followed it.
const fullEvery = 7 * 24 * time.Hour

// maxTickets is how many tickets are kept: a second one in case an answer is
// lost.
const maxTickets = 2

// wallet is the tickets in hand, at most maxTickets. Its elements do not change,
// so that snapshots share them: taking and putting make another wallet.
type wallet []Ticket

// walletOf returns the saved tickets that options allow. A token of options
// may be somebody else's, unless options name the account too.
func walletOf(o Options, saved Snapshot) wallet {
	stranger := len(o.Token) > 0 && !bytes.Equal(o.Token, saved.Token) && o.Account == ""
	if saved.UID == 0 || stranger {
		return nil
	}
	return wallet(nil).put(saved.Tickets)
}

// take returns the ticket to use now under suite, and the wallet without it and
// without those before it that are of no use any more. ok is false when there
// is none.
func (w wallet) take(suite secure.Suite, now time.Time) (t Ticket, rest wallet, ok bool) {
	for i, t := range w {
		if t.usable(suite, now) {
			return t, w[i+1:], true
		}
	}
	return Ticket{}, nil, false
}

// put returns the wallet with those of tickets that it has not and has room for.
func (w wallet) put(tickets []Ticket) wallet {
	w = slices.Clone(w)
	for _, t := range tickets {
		if len(w) < maxTickets && !slices.ContainsFunc(w, func(u Ticket) bool { return u.ID == t.ID }) {
			w = append(w, t)
		}
	}
	return w
}

// usable reports whether a gate may take the ticket. A login with a proof that
// lies in the future says that the clock was set back.
func (t *Ticket) usable(suite secure.Suite, now time.Time) bool {
	age := now.Sub(t.Full)
	return t.Suite == suite && now.Before(t.Expires) && age >= -time.Minute && age < fullEvery
}

// ticketFile is a ticket in the file of a FileState.
type ticketFile struct {
	ID      []byte `json:"id"`
	Secret  []byte `json:"secret"`
	Suite   uint8  `json:"suite"`
	Expires int64  `json:"expires"` // Unix milliseconds
	Full    int64  `json:"full"`    // Unix milliseconds
}

func ticketsToFile(tickets []Ticket) (list []ticketFile) {
	for _, t := range tickets {
		list = append(list, ticketFile{t.ID[:], t.Secret[:], uint8(t.Suite), t.Expires.UnixMilli(), t.Full.UnixMilli()})
	}
	return list
}

// ticketsFromFile leaves out what is no ticket: that costs a login with a proof,
// and a damaged state the place in the inbox.
func ticketsFromFile(list []ticketFile) (tickets []Ticket) {
	for _, f := range list {
		if len(f.ID) != 16 || len(f.Secret) != 32 || len(tickets) == maxTickets {
			continue
		}
		tickets = append(tickets, Ticket{
			ID: [16]byte(f.ID), Secret: [32]byte(f.Secret), Suite: secure.Suite(f.Suite),
			Expires: expiry(f.Expires), Full: expiry(f.Full),
		})
	}
	return tickets
}
