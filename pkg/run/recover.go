package run

import (
	"context"
	"fmt"
	"slices"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/remind"
	"github.com/crm-tool/crm-tool/pkg/report"
)

// recovery is what earlier runs left open, and what is to be done about it.
type recovery struct {
	// unsent claims are released, and their mails planned anew.
	unsent []crm.Entry
	// uncertain claims get a note; answered ones are confirmed, since their
	// client wrote after them.
	uncertain []crm.Entry
	answered  []crm.Entry
	// noted claims are uncertain, have their note, and wait for a decision.
	noted []crm.Entry
	// forged opportunities hold a message that only looks like ours.
	forged []crm.OpportunityID
}

// again returns the opportunities to look at whatever entries they have.
func (r recovery) again() []crm.OpportunityID {
	ids := slices.Clone(r.forged)
	for _, e := range r.unsent {
		ids = append(ids, e.On)
	}
	return distinct(ids)
}

func (r recovery) writes() bool {
	return len(r.unsent)+len(r.uncertain)+len(r.answered) > 0
}

// released tells whether the entry is a claim that this run releases.
func (r recovery) released(e crm.Entry) bool {
	return slices.ContainsFunc(r.unsent, func(u crm.Entry) bool { return u.ID == e.ID })
}

// mailing is what the runs that send mails have in common.
type mailing struct {
	*Base

	courier *ledger.Courier
	// kind is that of the mails.
	kind crm.EntryKind
	// item begins the report's item about a claim.
	item func(o crm.Opportunity, claim crm.Entry) report.Item
	// uncertain words the note about an uncertain mail.
	uncertain func(language string, step int) string
}

// finish completes an item by what became of its mail.
func (b *Base) finish(item report.Item, result ledger.Result) report.Item {
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
	case ledger.Uncertain:
		item.Outcome, item.Reason, item.Error = report.Failed, crm.IsUncertain, result.Err.Error()
	case ledger.Refused, ledger.Failed, ledger.Rejected:
		item.Outcome, item.Error = report.Failed, result.Err.Error()
	}
	return item
}

// mailing returns the part of the run that deals with claims of earlier ones.
func (r *Remind) mailing() *mailing {
	return &mailing{
		Base: &r.Base, courier: r.Courier, kind: crm.Reminder, uncertain: Notes{}.uncertain,
		item: func(o crm.Opportunity, claim crm.Entry) report.Item {
			return report.Item{Opportunity: claim.On, Name: o.Name, Step: &claim.Key.Step}
		},
	}
}

// recover looks for claims of runs that died. It writes nothing.
func (m *mailing) recover(ctx context.Context) (recovery, error) {
	pending, forged, err := m.Odoo.OpenClaims(ctx, m.kind)
	if err != nil {
		return recovery{}, fmt.Errorf("read open claims: %w", err)
	}
	out := recovery{forged: forged}
	if len(pending) == 0 {
		return out, nil
	}
	now := m.courier.Book.Now()
	entries, messages, err := m.Odoo.History(ctx, distinct(onOf(pending)))
	if err != nil {
		return recovery{}, fmt.Errorf("read the history of open claims: %w", err)
	}
	// Whoever noted a claim as uncertain has let go of it, also before its end.
	noted := notedIn(entries)
	dead := slices.DeleteFunc(pending, func(e crm.Entry) bool { return !noted(e) && now.Before(e.At.Add(ledger.Life)) })
	if len(dead) == 0 {
		return out, nil
	}
	var settled map[string]crm.EntryID
	if slices.ContainsFunc(dead, func(e crm.Entry) bool { return !noted(e) }) {
		if settled, dead, err = m.settled(ctx, dead); err != nil {
			return recovery{}, err
		}
	}
	verdicts := ledger.Sort(dead, settled, noted, now)
	out.unsent = verdicts.Unsent
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

// settled returns what ledger.Sort needs to judge dead claims: how far their
// runs had settled and, read after that, those that are still open.
func (m *mailing) settled(ctx context.Context, dead []crm.Entry) (map[string]crm.EntryID, []crm.Entry, error) {
	tokens := make([]string, len(dead))
	for i, e := range dead {
		tokens[i] = e.Token
	}
	slices.Sort(tokens)
	settled, err := m.Odoo.Settled(ctx, slices.Compact(tokens), slices.Min(ids(dead)))
	if err != nil {
		return nil, nil, fmt.Errorf("read settled claims: %w", err)
	}
	pending, _, err := m.Odoo.OpenClaims(ctx, m.kind)
	if err != nil {
		return nil, nil, fmt.Errorf("read open claims again: %w", err)
	}
	open := ids(pending)
	return settled, slices.DeleteFunc(dead, func(e crm.Entry) bool { return !slices.Contains(open, e.ID) }), nil
}

// notedIn tells, from entries, whether a claim was declared uncertain. A note
// from before the claim is about another one, which was given back since.
func notedIn(entries map[crm.OpportunityID][]crm.Entry) func(crm.Entry) bool {
	latest := map[crm.Key]crm.EntryID{}
	for _, list := range entries {
		for _, e := range list {
			latest[e.Key] = max(latest[e.Key], e.ID)
		}
	}
	return func(claim crm.Entry) bool {
		note := claim.Key
		note.Kind = claim.Key.Kind.Doubt()
		return latest[note] > claim.ID
	}
}

// answeredSince tells whether the client wrote after the claim was made.
func answeredSince(claim crm.Entry, messages []crm.Message) bool {
	return remind.Answered(crm.Opportunity{}, []crm.Entry{claim}, messages)
}

// applyRecovery carries the recovery out, and reports what became uncertain
// if it is this run that found it.
func (m *mailing) applyRecovery(ctx context.Context, rec recovery) error {
	if err := m.courier.Book.Release(ctx, ids(rec.unsent)); err != nil {
		return fmt.Errorf("release claims of a run that died: %w", err)
	}
	if err := m.courier.Book.Confirm(ctx, ids(rec.answered)); err != nil {
		return fmt.Errorf("confirm mails that were answered: %w", err)
	}
	if len(rec.uncertain) == 0 {
		return nil
	}
	opportunities, err := m.opportunitiesOf(ctx, rec.uncertain)
	if err != nil {
		return err
	}
	languages, err := m.salesLanguages(ctx, opportunities)
	if err != nil {
		return err
	}
	notes := make([]ledger.Note, len(rec.uncertain))
	for i, e := range rec.uncertain {
		notes[i] = m.courier.Doubt(e, m.uncertain(languages[e.On], e.Key.Step))
	}
	mine, err := m.courier.Book.Note(ctx, notes)
	if err != nil {
		return fmt.Errorf("note uncertain mails: %w", err)
	}
	for i, e := range rec.uncertain {
		if !mine[i] {
			continue
		}
		item := m.item(opportunities[e.On], e)
		item.Outcome, item.Reason = report.Failed, crm.IsUncertain
		item.Error = "a run died while it had this mail in hand; it may have left"
		if m.DryRun {
			item.Outcome, item.Error = report.Skipped, ""
		}
		m.report(item)
	}
	return nil
}

func (m *mailing) opportunitiesOf(ctx context.Context, entries []crm.Entry) (map[crm.OpportunityID]crm.Opportunity, error) {
	list, err := m.Odoo.Opportunities(ctx, distinct(onOf(entries)))
	if err != nil {
		return nil, fmt.Errorf("read opportunities: %w", err)
	}
	byID := map[crm.OpportunityID]crm.Opportunity{}
	for _, o := range list {
		byID[o.ID] = o
	}
	return byID, nil
}

// salesLanguages returns the language of each opportunity's salesperson.
func (m *mailing) salesLanguages(ctx context.Context, list map[crm.OpportunityID]crm.Opportunity) (map[crm.OpportunityID]string, error) {
	var users []crm.UserID
	for _, o := range list {
		users = append(users, o.Salesperson)
	}
	people, err := m.Odoo.Salespeople(ctx, distinct(users))
	if err != nil {
		return nil, fmt.Errorf("read salespeople: %w", err)
	}
	languages := map[crm.OpportunityID]string{}
	for id, o := range list {
		languages[id] = people[o.Salesperson].Language
	}
	return languages, nil
}

func ids(entries []crm.Entry) []crm.EntryID {
	list := make([]crm.EntryID, len(entries))
	for i, e := range entries {
		list[i] = e.ID
	}
	return list
}
