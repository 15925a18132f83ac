package ledger

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/crm-tool/crm-tool/pkg/crm"
)

// Verdicts says what is known about claims that nobody confirmed.
type Verdicts struct {
	// Alive claims are in somebody's hands.
	Alive []crm.Entry
	// Unsent claims are dead and their mails never left.
	Unsent []crm.Entry
	// Spared claims are unsent, and this host alone knows it: to everybody else
	// they are uncertain. See Courier.Spare.
	Spared []crm.Entry
	// Uncertain claims are dead and their mails can have left.
	Uncertain []crm.Entry
	// Noted claims are uncertain and a note already says so: whoever wrote it
	// has let go of the claim, however young that is.
	Noted []crm.Entry
	// Sent claims' mails have left, as this host knows.
	Sent []crm.Entry
}

// Sort tells apart the claims in pending. Settled holds, for each token, the
// highest entry id that its run settled in any way; noted tells whether a note
// already declares the claim uncertain, and fate what this host knows of its
// mail; now is Odoo's clock. Pending must have been read after settled and what
// noted knows: whoever recovers a run's claims releases the unsent ones before
// he settles any, and who sees the latter alone would take the former for
// uncertain.
//
// A run sends in ascending order of ids and settles each window before the
// next. So what its dead run left open below the last settled entry, and one
// window above it, can have left; everything further cannot. What this host
// knows goes before that rule, but for a claim with a note: a person may have
// had its mail sent again, anywhere.
func Sort(pending []crm.Entry, settled map[string]crm.EntryID, noted func(crm.Entry) bool, fate func(crm.Entry) Fate, now time.Time) Verdicts {
	pending = slices.Clone(pending)
	slices.SortFunc(pending, func(a, b crm.Entry) int { return cmp.Compare(a.ID, b.ID) })
	var v Verdicts
	last := map[string]crm.EntryID{}
	maps.Copy(last, settled)
	open := make([]crm.Entry, 0, len(pending))
	for _, e := range pending {
		known := fate(e)
		switch {
		case noted(e):
			last[e.Token] = max(last[e.Token], e.ID)
			if known == FateSent {
				v.Sent = append(v.Sent, e)
			} else {
				v.Noted = append(v.Noted, e)
			}
		case known == FateUnknown && now.Before(e.At.Add(Life)):
			v.Alive = append(v.Alive, e)
		case known == FateUnsent && now.Before(e.At.Add(LastData)):
			// Nobody else will judge it for some minutes.
			v.Unsent = append(v.Unsent, e)
		default:
			open = append(open, e)
		}
	}
	begun := map[string]int{}
	for _, e := range open {
		if e.ID > last[e.Token] {
			begun[e.Token]++
		}
		beyond := begun[e.Token] > Window
		switch known := fate(e); {
		case known == FateSent:
			v.Sent = append(v.Sent, e)
		case known == FateInHand:
			v.Uncertain = append(v.Uncertain, e)
		case beyond:
			v.Unsent = append(v.Unsent, e)
		case known == FateUnsent:
			v.Spared = append(v.Spared, e)
		default:
			v.Uncertain = append(v.Uncertain, e)
		}
	}
	return v
}
