package ledger

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/crm-tool/crm-tool/pkg/crm"
)

// Verdicts holds unconfirmed claims by what is known about them.
type Verdicts struct {
	// Alive claims belong to a run that may still send them.
	Alive []crm.Entry
	// Unsent claims are dead, and their mails did not leave.
	Unsent []crm.Entry
	// KnownUnsent claims are unsent, but only this host knows it: all others
	// take them for uncertain. See [Courier.NoteUnsent].
	KnownUnsent []crm.Entry
	// Uncertain claims are dead, and their mails may have left.
	Uncertain []crm.Entry
	// Noted claims are uncertain, and a note says so already. The run that
	// wrote it is done with the claim, even if the claim is young.
	Noted []crm.Entry
	// Sent claims are dead, and this host knows that their mails have left.
	Sent []crm.Entry
}

// Classify returns what is known about the claims in pending. Settled holds, by
// token, the highest entry id that the run settled in any way. Noted tells
// whether a note declares the claim uncertain, and local what this host knows
// about its mail. Now is the time on Odoo's clock.
//
// Pending must be read after settled and after what noted relies on. A run that
// recovers claims releases the unsent ones before it settles any, so a reader
// who saw only the second step would take unsent claims for uncertain.
//
// A run sends in ascending order of ids and settles each batch before the next.
// So the mails of a dead run's open claims up to one batch above its last
// settled entry may have left, and all further ones did not. What this host
// knows counts more than that rule, except for a claim with a note: a person may
// have had its mail sent again, from any host. A claim that somebody else changed may
// have been confirmed before: its mail may have left.
func Classify(pending []crm.Entry, settled map[string]crm.EntryID, noted func(crm.Entry) bool, local func(crm.Entry) LocalStatus, now time.Time) Verdicts {
	pending = slices.Clone(pending)
	slices.SortFunc(pending, func(a, b crm.Entry) int { return cmp.Compare(a.ID, b.ID) })
	var v Verdicts
	last := map[string]crm.EntryID{}
	maps.Copy(last, settled)
	open := make([]crm.Entry, 0, len(pending))
	for _, e := range pending {
		known := local(e)
		switch {
		case noted(e):
			last[e.Token] = max(last[e.Token], e.ID)
			if known == LocalSent {
				v.Sent = append(v.Sent, e)
			} else {
				v.Noted = append(v.Noted, e)
			}
		case known == LocalUnknown && now.Before(e.At.Add(ClaimTTL)):
			v.Alive = append(v.Alive, e)
		case known == LocalUnsent && now.Before(e.At.Add(SendDeadline)):
			// No other host judges it for some minutes.
			v.Unsent = append(v.Unsent, e)
		default:
			open = append(open, e)
		}
	}
	begun, counted := map[string]int{}, map[string]bool{}
	for _, e := range open {
		if e.Changed && local(e) != LocalSent {
			v.Uncertain = append(v.Uncertain, e)
			continue
		}
		// Several claims of one mail count once.
		if mail := e.SentAs(); e.ID > last[e.Token] && (mail == "" || !counted[mail]) {
			counted[mail] = true
			begun[e.Token]++
		}
		beyond := begun[e.Token] > BatchSize
		switch known := local(e); {
		case known == LocalSent:
			v.Sent = append(v.Sent, e)
		case known == LocalBegun:
			v.Uncertain = append(v.Uncertain, e)
		case beyond:
			v.Unsent = append(v.Unsent, e)
		case known == LocalUnsent:
			v.KnownUnsent = append(v.KnownUnsent, e)
		default:
			v.Uncertain = append(v.Uncertain, e)
		}
	}
	return v
}
