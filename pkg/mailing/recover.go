package mailing

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/report"
	"github.com/crm-tool/crm-tool/pkg/run"
)

// Recovery is what earlier runs left open, and what is to be done about it.
type Recovery struct {
	// at is when the claims were classified, by Odoo's clock.
	at time.Time
	// unsent claims are released, and their mails planned anew; knownUnsent
	// ones too, if this run is the one to release them.
	unsent      []crm.Entry
	knownUnsent []crm.Entry
	// sent claims are confirmed: this host knows that their mails left.
	sent []crm.Entry
	// uncertain claims get a note; answered ones are confirmed, because their
	// client wrote after them.
	uncertain []crm.Entry
	answered  []crm.Entry
	// noted claims are uncertain, have their note, and wait for a decision.
	noted []crm.Entry
	// forged opportunities hold a message that only looks like ours, or one that
	// cannot be read.
	forged []crm.OpportunityID
	// byAge says that the ages of entries decided about some of the claims.
	byAge bool
}

// Recheck returns the opportunities to read even if they have entries.
func (r Recovery) Recheck() []crm.OpportunityID {
	return crm.Distinct(slices.Concat(r.forged, crm.OpportunitiesOf(r.GivenBack())))
}

func (r Recovery) writes() bool {
	return len(r.unsent)+len(r.knownUnsent)+len(r.sent)+len(r.uncertain)+len(r.answered) > 0
}

// GivenBack returns the claims that this run releases.
func (r Recovery) GivenBack() []crm.Entry { return slices.Concat(r.unsent, r.knownUnsent) }

// Released tells whether the entry is a claim that this run releases.
func (r Recovery) Released(e crm.Entry) bool {
	return slices.ContainsFunc(r.GivenBack(), func(u crm.Entry) bool { return u.ID == e.ID })
}

// Mailer is what the runs that send mails have in common.
type Mailer struct {
	*run.Base

	Courier *ledger.Courier
	Notes   *Notes
	// Kind is the kind of the mails.
	Kind crm.EntryKind
	// SettleCommand is the command for their uncertain mails.
	SettleCommand string
	// Stops finds the mails in which clients ask for no more mails; nil if they are
	// not looked for.
	Stops *Stops
	// Item begins the report's item about a claim.
	Item func(o crm.Opportunity, claim crm.Entry) report.Item
}

// ReportResult reports a mail of the run by what became of it.
func (m *Mailer) ReportResult(item report.Item, result ledger.Result) {
	m.Report(withResult(m.Base, item, result))
}

// withResult completes an item by what became of its mail.
func withResult(b *run.Base, item report.Item, result ledger.Result) report.Item {
	for _, cc := range result.RefusedCC {
		b.Log.Warn("the mail server refused the copy to the salesperson", "opportunity", item.Opportunity, "answer", cc)
	}
	switch result.Outcome {
	case ledger.Sent:
		item.Outcome = report.Sent
		if b.DryRun {
			item.Outcome = report.Planned
		}
	case ledger.NotBegun:
		item.Outcome, item.Reason = report.Skipped, crm.Interrupted
	case ledger.Lost:
		item.Outcome, item.Reason = report.Skipped, crm.ClaimedElsewhere
		if result.Done {
			item.Reason = crm.AlreadyDone
		}
	case ledger.OutOfTurn:
		item.Outcome, item.Reason, item.Note = report.Skipped, crm.RecentlyMailed, TurnNote(result.TurnOf)
	case ledger.Uncertain:
		item.Outcome, item.Reason, item.Error = report.Failed, crm.IsUncertain, result.Err.Error()
	case ledger.Refused, ledger.Failed, ledger.Rejected:
		item.Outcome, item.Error = report.Failed, result.Err.Error()
	}
	return item
}

// TurnNote says of which opportunity a client was reminded instead; nothing for none.
func TurnNote(other crm.OpportunityID) string {
	if other == 0 {
		return ""
	}
	return fmt.Sprintf("the client was reminded of opportunity %d", other)
}

// Recover looks for claims of runs that died. It writes nothing.
func (m *Mailer) Recover(ctx context.Context) (Recovery, error) {
	open, err := m.Odoo.OpenClaims(ctx, m.Kind, m.Stops.since())
	if err != nil {
		return Recovery{}, fmt.Errorf("read open claims: %w", err)
	}
	if err := m.look(ctx, open.Mails); err != nil {
		return Recovery{}, err
	}
	pending := open.Claims
	now := m.Courier.Entries.Now()
	out := Recovery{forged: open.Forged, at: now}
	if len(pending) == 0 {
		return out, nil
	}
	entries, messages, err := m.Odoo.History(ctx, crm.OpportunitiesOf(pending), time.Time{})
	if err != nil {
		return Recovery{}, fmt.Errorf("read the history of open claims: %w", err)
	}
	// What the history of a claim would say, nobody knows if it cannot be read.
	pending = slices.DeleteFunc(pending, func(e crm.Entry) bool {
		why := crm.UnreadableMessage(messages[e.On])
		if why != nil {
			m.Log.Warn("an open claim is left as it is: what is written on its opportunity cannot be read", "opportunity", e.On, "error", why)
			out.forged = append(out.forged, e.On)
		}
		return why != nil
	})
	// The run that noted a claim as uncertain is done with it, even if it is young.
	noted, local := notedIn(entries, now), m.localStatusIn(entries, now)
	dead := slices.DeleteFunc(pending, func(e crm.Entry) bool {
		return !noted(e) && local(e) == ledger.LocalUnknown && now.Before(e.At.Add(ledger.ClaimTTL))
	})
	if len(dead) == 0 {
		return out, nil
	}
	newest := latest(entries)
	out.byAge = slices.ContainsFunc(dead, func(e crm.Entry) bool {
		known := local(e) == ledger.LocalSent || local(e) == ledger.LocalBegun
		return !known && newest[e.Key.Note(crm.Uncertain)].ID < e.ID
	})
	var settled map[string]crm.EntryID
	if slices.ContainsFunc(dead, func(e crm.Entry) bool { return !noted(e) }) {
		if settled, dead, err = m.settled(ctx, dead); err != nil {
			return Recovery{}, err
		}
	}
	verdicts := ledger.Classify(dead, settled, noted, local, now)
	out.unsent, out.knownUnsent, out.sent = verdicts.Unsent, verdicts.KnownUnsent, verdicts.Sent
	for _, e := range verdicts.Uncertain {
		if answeredSince(e, messages[e.On]) {
			out.answered = append(out.answered, e)
		} else {
			out.uncertain = append(out.uncertain, e)
		}
	}
	for _, e := range verdicts.Noted {
		if answeredSince(e, messages[e.On]) {
			out.answered = append(out.answered, e)
		} else {
			out.noted = append(out.noted, e)
		}
	}
	return out, nil
}

// settled returns what [ledger.Classify] needs to know about dead claims: how far
// their runs had settled and, read after that, which claims are still open.
func (m *Mailer) settled(ctx context.Context, dead []crm.Entry) (map[string]crm.EntryID, []crm.Entry, error) {
	tokens := make([]string, len(dead))
	for i, e := range dead {
		tokens[i] = e.Token
	}
	slices.Sort(tokens)
	settled, err := m.Odoo.Settled(ctx, slices.Compact(tokens), slices.Min(crm.EntryIDs(dead)))
	if err != nil {
		return nil, nil, fmt.Errorf("read settled claims: %w", err)
	}
	now, err := m.Odoo.OpenClaims(ctx, m.Kind, time.Time{})
	if err != nil {
		return nil, nil, fmt.Errorf("read open claims again: %w", err)
	}
	open := crm.EntryIDs(now.Claims)
	return settled, slices.DeleteFunc(dead, func(e crm.Entry) bool { return !slices.Contains(open, e.ID) }), nil
}

// latest returns, for each key, the newest of the entries.
func latest(entries map[crm.OpportunityID][]crm.Entry) map[crm.Key]crm.Entry {
	newest := map[crm.Key]crm.Entry{}
	for _, list := range entries {
		for _, e := range list {
			if e.ID > newest[e.Key].ID {
				newest[e.Key] = e
			}
		}
	}
	return newest
}

// notedIn tells, from entries, whether a claim was declared uncertain. A note
// from before the claim is about an earlier one, which was released since. If a
// claim was noted as unsent and still exists, the run that noted it died.
func notedIn(entries map[crm.OpportunityID][]crm.Entry, now time.Time) func(crm.Entry) bool {
	newest := latest(entries)
	return func(claim crm.Entry) bool {
		s := newest[claim.Key.Note(crm.KnownUnsent)]
		return newest[claim.Key.Note(crm.Uncertain)].ID > claim.ID || s.ID > claim.ID && !now.Before(s.At.Add(ledger.ClaimTTL))
	}
}

// localStatusIn tells what this host knows about the mail of a claim. That the
// mail is unsent does not count any more once the note about it is as old as
// [ledger.SendDeadline]: others may soon take the claim for noted.
func (m *Mailer) localStatusIn(entries map[crm.OpportunityID][]crm.Entry, now time.Time) func(crm.Entry) ledger.LocalStatus {
	newest := latest(entries)
	return func(claim crm.Entry) ledger.LocalStatus {
		local := m.Courier.LocalStatus(claim)
		s := newest[claim.Key.Note(crm.KnownUnsent)]
		if local == ledger.LocalUnsent && s.ID > claim.ID && !now.Before(s.At.Add(ledger.SendDeadline)) {
			return ledger.LocalUnknown
		}
		return local
	}
}

// answeredSince tells whether the client wrote after the claim of a mail to them was
// made.
func answeredSince(claim crm.Entry, messages []crm.Message) bool {
	return claim.Key.Kind != crm.Warned && crm.Answered(crm.Opportunity{}, []crm.Entry{claim}, messages)
}

// ApplyRecovery carries the recovery out, and reports what became uncertain
// if it is this run that found it. Before that, it opts out whoever asked for no more mails.
func (m *Mailer) ApplyRecovery(ctx context.Context, rec Recovery) error {
	if err := m.applyStops(ctx); err != nil {
		return err
	}
	if !rec.writes() {
		return nil
	}
	if rec.byAge {
		if err := m.TrustAges(ctx); err != nil {
			return err
		}
	}
	if err := m.BeforeWrite(ctx); err != nil {
		return err
	}
	if err := m.settleKnown(ctx, rec); err != nil {
		return err
	}
	if len(rec.uncertain) == 0 {
		return nil
	}
	owned, mine, err := m.declare(ctx, rec.uncertain)
	if err != nil {
		return err
	}
	for i, e := range rec.uncertain {
		if !mine[i] {
			continue
		}
		item := m.Item(owned[e.On].Opportunity, e)
		item.Outcome, item.Reason = report.Failed, crm.IsUncertain
		item.Error = "a run died while it had this mail in hand; it may have left"
		if m.DryRun {
			item.Outcome, item.Error = report.Skipped, ""
		}
		m.Report(item)
	}
	return nil
}

// settleKnown settles the claims that are not uncertain. The unsent ones are
// released first: see [ledger.Classify].
func (m *Mailer) settleKnown(ctx context.Context, rec Recovery) error {
	var release, note []crm.Entry
	now := m.Courier.Entries.Now()
	for _, e := range rec.unsent {
		// By now other hosts may judge a claim that was young before.
		if last := e.At.Add(ledger.SendDeadline); rec.at.Before(last) && !now.Before(last) {
			note = append(note, e)
		} else {
			release = append(release, e)
		}
	}
	noted, err := m.noteUnsent(ctx, slices.Concat(rec.knownUnsent, note))
	if err != nil {
		return err
	}
	release = append(release, noted...)
	if err := m.Courier.Entries.Release(ctx, crm.EntryIDs(release)); err != nil {
		return fmt.Errorf("release claims of a run that died: %w", err)
	}
	if err := m.Courier.Entries.Confirm(ctx, crm.EntryIDs(slices.Concat(rec.sent, rec.answered))); err != nil {
		return fmt.Errorf("confirm mails that left or were answered: %w", err)
	}
	if len(rec.sent)+len(release) > 0 {
		m.Log.Info("a run died, and its mails were settled", "sent", len(rec.sent), "unsent", len(release), "uncertain", len(rec.uncertain))
	}
	return nil
}

// noteUnsent makes sure that no other run judges the claims, and returns the
// claims for which it succeeded.
func (m *Mailer) noteUnsent(ctx context.Context, claims []crm.Entry) ([]crm.Entry, error) {
	if len(claims) == 0 {
		return nil, nil
	}
	owned, err := run.ReadOwned(ctx, m.Odoo, crm.OpportunitiesOf(claims))
	if err != nil {
		return nil, err
	}
	return m.Courier.NoteUnsent(ctx, claims, func(e crm.Entry) string { return m.Notes.unsent(owned[e.On].Owner.Language, e.Key) })
}

// declare notes claims as uncertain, and tells which notes are this run's.
func (m *Mailer) declare(ctx context.Context, claims []crm.Entry) (map[crm.OpportunityID]run.Owned, []bool, error) {
	owned, err := run.ReadOwned(ctx, m.Odoo, crm.OpportunitiesOf(claims))
	if err != nil {
		return nil, nil, err
	}
	notes := make([]ledger.Note, len(claims))
	for i, e := range claims {
		notes[i] = m.Courier.UncertainNote(e, m.Notes.uncertain(owned[e.On].Owner.Language, e.Key))
	}
	mine, err := m.Courier.Entries.Note(ctx, notes)
	if err != nil {
		return nil, nil, fmt.Errorf("note uncertain mails: %w", err)
	}
	return owned, mine, nil
}
