package crm

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"strconv"
)

// Scope selects active opportunities: those of its Windows that have no entry
// of Kind for the window's step yet, and those in Also whatever entries they
// have, within the windows too. Among, unless it is empty, names those that come
// into question; Without names those that are known to have their entry. Won narrows it
// to those that are won, or are not.
type Scope struct {
	Kind    EntryKind
	Windows []Window
	Also    []OpportunityID
	Among   []OpportunityID
	Without []OpportunityID
	Won     WonFilter
}

// WonFilter says whether opportunities are to be won.
type WonFilter int

// The zero value asks for both.
const (
	WonOrNot WonFilter = iota
	NotWon
	OnlyWon
)

// Shard is the part of the opportunities that a run takes: the Index-th of Count. They
// are split by client, so that all mails of one client are in one part. The zero value
// takes all.
type Shard struct {
	Index, Count int
}

// All tells whether the shard is everything there is.
func (s Shard) All() bool { return s.Count <= 1 }

// Has returns whether the opportunity belongs to the shard. Mailbox is the address to
// which a mail about it would go, in any case of letters; it is empty if there is none,
// and then the opportunity's id decides. The first 32 bits of the SHA-256 hash of either,
// as a number, modulo Count are the index of its part: the same on every host.
func (s Shard) Has(id OpportunityID, mailbox string) bool {
	if s.All() {
		return true
	}
	sum := sha256.Sum256([]byte(cmp.Or(CanonicalMailbox(mailbox), strconv.FormatInt(int64(id), 10))))
	return int64(binary.BigEndian.Uint32(sum[:]))%int64(s.Count) == int64(s.Index)
}
