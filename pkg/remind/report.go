package remind

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/crm-tool/crm-tool/pkg/address"
	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/run"
	"github.com/crm-tool/crm-tool/pkg/scorecard"
)

const (
	// answeredWithin is how long after a reminder a client's mail counts as an answer to
	// it: without an end, the last reminder would get everything that is ever written.
	answeredWithin = 30 * 24 * time.Hour
	// reportPage is how many reminders are looked at before the next ones are read.
	reportPage = 1500
)

// Trails is where all reminders are looked up.
type Trails interface {
	// Reminded returns the opportunities with a reminder, claims included, by ascending
	// id above after. It looks at limit reminders at most; no opportunities mean that
	// there are no more.
	Reminded(ctx context.Context, after crm.OpportunityID, limit int) ([]crm.OpportunityID, error)
	// Outcomes returns those of opportunities that exist, by id, with their
	// salespeople, their clients' addresses, and whether and when they were closed.
	Outcomes(ctx context.Context, ids []crm.OpportunityID) (map[crm.OpportunityID]crm.Opportunity, error)
	// Trails returns our entries, with their templates, and the incoming messages of
	// opportunities. What cannot be read is a message; it may belong to opportunity 0.
	Trails(ctx context.Context, ids []crm.OpportunityID) (map[crm.OpportunityID][]crm.Entry, map[crm.OpportunityID][]crm.Message, error)
	// HasOptOuts returns whether any address was ever opted out.
	HasOptOuts() bool
	// AllOptOuts returns all opt-outs that count.
	AllOptOuts(ctx context.Context) ([]crm.OptOut, error)
}

// Report sums up all reminders that were sent, and what became of them.
//
// A reminder is sent if its entry is confirmed, also by a person's decision that it
// was; an uncertain one is counted apart, and one that a person gave up has no entry
// any more. It counts once, however often it was tried. Entries are deleted with their
// opportunity: reminders of a deleted one do not count, nor do those of one that
// crm-tool's user may not see. When Odoo merges opportunities, their reminders go on
// together in the one that is left. The salesperson, the client's address and the
// stage are today's.
//
//   - Answered: a message from outside the company, which no program wrote (see
//     [crm.Message.Automatic]), came in after the reminder, before the next one of this
//     opportunity, and within 30 days. So an answer counts for one reminder. A mail
//     that asks for no more mails is an answer, too.
//   - Stopped: a mail of the client that asked for no more mails came in after the
//     reminder and before the next one; or somebody opted the client's address out in
//     that time with a command, and it still is.
//   - Won: the opportunity is in a stage that is won, and Odoo closed it after the
//     reminder. This counts for each reminder before.
//   - Archived: crm-tool archived the opportunity of the reminder after it. This counts
//     for each reminder before; StillArchived says that the opportunity is archived now.
type Report struct {
	Odoo  run.Directory
	Store Trails
	// Zone is where months begin.
	Zone *time.Location
	// Log gets a warning for what is left out, as it cannot be read.
	Log *slog.Logger

	// stopped is since when addresses are opted out by a command.
	stopped map[string]time.Time
}

// Summary reads everything, in pages, and sums it up. A page has at most 1500 reminders,
// and takes one call for its opportunities, one for what is written there for each 2500
// messages, and one for each of the opportunities and their salespeople that are new.
func (r *Report) Summary(ctx context.Context) (scorecard.Reminders, error) {
	if err := r.readOptOuts(ctx); err != nil {
		return scorecard.Reminders{}, err
	}
	tally := scorecard.NewReminderTally(r.Zone)
	for after := crm.OpportunityID(0); ; {
		ids, err := r.Store.Reminded(ctx, after, reportPage)
		if err != nil {
			return scorecard.Reminders{}, fmt.Errorf("look for opportunities with reminders: %w", err)
		}
		if len(ids) == 0 {
			return tally.Report(), nil
		}
		if err := r.count(ctx, ids, tally); err != nil {
			return scorecard.Reminders{}, err
		}
		after = slices.Max(ids)
	}
}

// readOptOuts reads which addresses a command opted out. Those that a mail opted out
// have a note on their opportunity.
func (r *Report) readOptOuts(ctx context.Context) error {
	r.stopped = map[string]time.Time{}
	if !r.Store.HasOptOuts() {
		return nil
	}
	all, err := r.Store.AllOptOuts(ctx)
	if err != nil {
		return fmt.Errorf("read which addresses are opted out: %w", err)
	}
	for _, o := range all {
		if o.Message == 0 {
			r.stopped[o.Address] = o.Since
		}
	}
	return nil
}

// count adds the reminders of opportunities to the tally.
func (r *Report) count(ctx context.Context, ids []crm.OpportunityID, tally *scorecard.ReminderTally) error {
	opportunities, err := r.Store.Outcomes(ctx, ids)
	if err != nil {
		return fmt.Errorf("read opportunities: %w", err)
	}
	for id, o := range opportunities {
		if r.leavesOut(id, o.Unreadable) {
			delete(opportunities, id)
		}
	}
	entries, messages, err := r.Store.Trails(ctx, slices.Sorted(maps.Keys(opportunities)))
	if err != nil {
		return fmt.Errorf("read what was written on opportunities: %w", err)
	}
	for id, list := range messages {
		messages[id] = slices.DeleteFunc(list, func(m crm.Message) bool { return r.leavesOut(id, m.Unreadable) })
	}
	owners := make([]crm.UserID, 0, len(opportunities))
	for _, o := range opportunities {
		owners = append(owners, o.Salesperson)
	}
	people, err := r.Odoo.Salespeople(ctx, crm.Distinct(owners))
	if err != nil {
		return fmt.Errorf("read salespeople: %w", err)
	}
	for id, o := range opportunities {
		for _, one := range r.reminded(o, entries[id], messages[id]) {
			one.Salesperson, one.SalespersonID = people[o.Salesperson].Name, o.Salesperson
			tally.Add(one)
		}
	}
	return nil
}

// leavesOut tells whether something cannot be read, and says so.
func (r *Report) leavesOut(on crm.OpportunityID, why error) bool {
	if why != nil {
		r.Log.Warn("something is left out of the report: it cannot be read", "opportunity", on, "error", run.Failure(why))
	}
	return why != nil
}

// reminded returns what became of each reminder of an opportunity, without the
// salesperson.
func (r *Report) reminded(o crm.Opportunity, entries []crm.Entry, messages []crm.Message) []scorecard.Reminded {
	sent, uncertain := remindersAmong(entries)
	list := make([]scorecard.Reminded, 0, len(sent)+len(uncertain))
	for i, e := range sent {
		next := crm.Entry{}
		if i+1 < len(sent) {
			next = sent[i+1]
		}
		archived := slices.ContainsFunc(entries, func(a crm.Entry) bool {
			return a.Key.Kind == crm.Archived && a.Confirmed && a.Key.Opportunity == e.Key.Opportunity && a.ID > e.ID
		})
		list = append(list, scorecard.Reminded{
			Step: e.Key.Step, Template: e.Template, SentAt: e.At,
			Answered: answered(e, next, entries, messages), Stopped: r.stoppedBy(o, e, next, entries),
			Won: o.Stage.Won && !o.Closed.Before(e.At), Archived: archived, StillArchived: archived && !o.Active,
		})
	}
	for _, e := range uncertain {
		list = append(list, scorecard.Reminded{Step: e.Key.Step, Template: e.Template, SentAt: e.At, Uncertain: true})
	}
	return list
}

// remindersAmong returns the reminders that were sent, each once, in the order in which
// they were, and those of which nobody knows.
func remindersAmong(entries []crm.Entry) (sent, uncertain []crm.Entry) {
	byID := func(a, b crm.Entry) int { return cmp.Compare(a.ID, b.ID) }
	once := map[crm.Key]bool{}
	for _, e := range slices.SortedFunc(slices.Values(entries), byID) {
		if e.Key.Kind == crm.Reminder && e.Confirmed && !once[e.Key] {
			once[e.Key] = true
			sent = append(sent, e)
		}
	}
	for _, e := range entries {
		if e.Key.Kind == crm.Reminder && !e.Confirmed && !once[e.Key] && e.NotedUncertain(entries) {
			uncertain = append(uncertain, e)
		}
	}
	return sent, uncertain
}

// between tells whether a message came in after a reminder and before the next one, if
// there is one. Odoo numbers messages as they come in; its times are whole seconds.
func between(message, e, next crm.EntryID) bool {
	return message > e && (next == 0 || message < next)
}

func answered(e, next crm.Entry, entries []crm.Entry, messages []crm.Message) bool {
	return slices.ContainsFunc(messages, func(m crm.Message) bool {
		return between(m.ID, e.ID, next.ID) && m.At.Sub(e.At) <= answeredWithin && !m.Automatic(entries)
	})
}

// stoppedBy tells whether the client asked for no more mails after a reminder, with a
// mail, which a note names, or by way of somebody's command.
func (r *Report) stoppedBy(o crm.Opportunity, e, next crm.Entry, entries []crm.Entry) bool {
	byMail := slices.ContainsFunc(entries, func(n crm.Entry) bool {
		return n.Key.Kind == crm.StopNote && between(crm.EntryID(n.Key.Mail), e.ID, next.ID)
	})
	client, err := address.First(o.Email)
	if byMail || err != nil {
		return byMail
	}
	since, opted := r.stopped[crm.CanonicalMailbox(client.Mailbox)]
	return opted && !since.Before(e.At) && (next.ID == 0 || since.Before(next.At))
}
