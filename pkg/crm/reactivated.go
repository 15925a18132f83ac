package crm

import (
	"bufio"
	"bytes"
	"compress/flate"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"time"
)

// Reactivated is what a run found out about opportunities that were archived by crm-tool and
// are active again. They have an entry, for which a later search need not look. Among a
// million opportunities, looking takes PostgreSQL longer than all else.
//
// The zero value knows nothing.
type Reactivated struct {
	// At is when the run asked Odoo.
	At time.Time `json:"at"`
	// IDs are those with the lowest ids, at most [ReactivatedMost].
	IDs SortedIDs `json:"ids"`
}

// NewReactivated returns what is known after Odoo was asked at a time: of the ids, which
// ascend, as many as can be kept.
func NewReactivated(at time.Time, ids []OpportunityID) (Reactivated, error) {
	r := Reactivated{At: at.Truncate(time.Second), IDs: ids[:min(len(ids), ReactivatedMost)]}
	for {
		text, err := r.IDs.MarshalText()
		if err != nil || len(text) <= reactivatedText {
			return r, err
		}
		r.IDs = r.IDs[:len(r.IDs)*reactivatedText/len(text)]
	}
}

const (
	// ReactivatedMost is how many opportunities a search names at most.
	ReactivatedMost = 5000
	// reactivatedText is how long the text of the ids is at most: half of what the shared
	// state reads of a text.
	reactivatedText = 5000
	// reactivatedFor is for how long what is known is trusted at most: somebody may have
	// deleted an entry.
	reactivatedFor = 3 * day
)

// Among returns what is known at a time.
func (r Reactivated) Among(now time.Time) ([]OpportunityID, bool) {
	old := now.Sub(r.At)
	if r.At.IsZero() || old < 0 || old > reactivatedFor {
		return nil, false
	}
	return r.IDs, true
}

// Join returns what is known at a time, together with what another run knows: what was
// asked last. What was asked in the future does not count.
func (r Reactivated) Join(other Reactivated, now time.Time) Reactivated {
	if other.At.After(r.At) && !other.At.After(now) {
		return other
	}
	return r
}

// SortedIDs are ids in ascending order. Their text has how far each is from the one before
// it, compressed.
type SortedIDs []OpportunityID

// MarshalText implements encoding.TextMarshaler.
func (l SortedIDs) MarshalText() ([]byte, error) {
	var steps []byte
	last := OpportunityID(0)
	for _, id := range l {
		steps = binary.AppendUvarint(steps, uint64(id-last)) //nolint:gosec // They ascend.
		last = id
	}
	var packed bytes.Buffer
	w, err := flate.NewWriter(&packed, flate.BestCompression)
	if err == nil {
		_, err = w.Write(steps)
	}
	if err == nil {
		err = w.Close()
	}
	return base64.RawStdEncoding.AppendEncode(nil, packed.Bytes()), err
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (l *SortedIDs) UnmarshalText(text []byte) error {
	*l = nil
	packed, err := base64.RawStdEncoding.AppendDecode(nil, text)
	if err != nil {
		return fmt.Errorf("decode ids: %w", err)
	}
	steps := bufio.NewReader(flate.NewReader(bytes.NewReader(packed)))
	for last := OpportunityID(0); ; {
		step, err := binary.ReadUvarint(steps)
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("decode ids: %w", err)
		case step == 0 || step > math.MaxInt32 || len(*l) == ReactivatedMost:
			return fmt.Errorf("decode ids: %d is not one of at most %d steps between them", step, ReactivatedMost)
		}
		last += OpportunityID(step)
		*l = append(*l, last)
	}
}
