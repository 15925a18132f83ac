package archive

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/crm-tool/crm-tool/pkg/archive/plan"
	"github.com/crm-tool/crm-tool/pkg/calendar"
	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/mailing"
	"github.com/crm-tool/crm-tool/pkg/render"
	"github.com/crm-tool/crm-tool/pkg/report"
)

const (
	// warnMost is how many opportunities wait for their mails in memory. Only a run
	// that warns about more than that sends a salesperson another mail.
	warnMost = 1000
	// warnAtOnce and warnRest say when [Run.mailWarnings] mails.
	warnAtOnce, warnRest = warnMost, 1
)

// Warner mails salespeople before their opportunities are archived.
type Warner struct {
	// Courier delivers the mails. Its entries are [NoteEntries].
	Courier  *ledger.Courier
	Composer *mailing.Composer
	// KeepTags are the names of the tags that archive.keep names.
	KeepTags []string
	// PublicURL is how the addresses of opportunities in Odoo begin; if it is empty,
	// with Odoo's own base URL or, if Odoo does not tell it, with OdooURL.
	PublicURL, OdooURL string

	// links is the one of these that counts, once it is known.
	links    string
	mailer   *mailing.Mailer
	recovery mailing.Recovery
	// waiting are the opportunities to warn about, which were read after readAt.
	waiting []warning
	readAt  time.Time
	// doubted are the opportunities of warnings that this run reports as uncertain.
	doubted []crm.OpportunityID
	// err is why no more mails leave.
	err error
}

// NoteEntries is a ledger whose confirmed entries stay internal notes: what colleagues
// are told is nothing for clients.
type NoteEntries struct {
	ledger.Entries

	Notes interface {
		ConfirmNotes(ctx context.Context, ids []crm.EntryID) error
	}
}

// Confirm marks entries as done.
func (n NoteEntries) Confirm(ctx context.Context, ids []crm.EntryID) error {
	return n.Notes.ConfirmNotes(ctx, ids)
}

// warning is an opportunity to warn about, and the day of its archiving.
type warning struct {
	record plan.Record
	on     calendar.Date
}

func (w *Warner) add(r plan.Record, on calendar.Date) {
	w.waiting = append(w.waiting, warning{r, on})
}

// failure returns why mails did not leave.
func (w *Warner) failure() error {
	if w == nil {
		return nil
	}
	return w.err
}

// isReported tells whether a decision is about a warning that the run has reported.
func (w *Warner) isReported(d plan.Decision) bool {
	return w != nil && d.Reason == crm.IsUncertain && slices.Contains(w.doubted, d.Opportunity)
}

// released tells whether the entry is a claim that this run releases.
func (w *Warner) released(e crm.Entry) bool { return w != nil && w.recovery.Released(e) }

// warningMailer settles what earlier runs left open.
func (a *Run) warningMailer() *mailing.Mailer {
	return &mailing.Mailer{
		Base: &a.Base, Courier: a.Warnings.Courier, Notes: a.Notes, Kind: crm.Warned, SettleCommand: "crm-tool archive settle",
		Item: func(o crm.Opportunity, claim crm.Entry) report.Item {
			a.Warnings.doubted = append(a.Warnings.doubted, claim.On)
			return report.Item{Opportunity: claim.On, Name: o.Name, Note: "the warning before archiving"}
		},
	}
}

// Uncertain returns the uncertain warnings, oldest first. It writes nothing.
func (a *Run) Uncertain(ctx context.Context) ([]mailing.UncertainMail, error) {
	return mailing.UncertainMails(ctx, a.warningMailer())
}

// Settle carries out a person's decision about uncertain warnings: sent ones count from
// when they were claimed, for others the next run mails the salesperson anew. Only
// names the opportunities; nil means all.
func (a *Run) Settle(ctx context.Context, only []crm.OpportunityID, sent bool) error {
	return mailing.Settle(ctx, &a.Base, only, sent, mailing.Settlement{Mailer: a.warningMailer()})
}

// recoverWarnings looks for claims of warnings of runs that died. It writes nothing.
func (a *Run) recoverWarnings(ctx context.Context) (mailing.Recovery, error) {
	if a.Warnings == nil {
		return mailing.Recovery{}, nil
	}
	a.Warnings.mailer = a.warningMailer()
	var err error
	a.Warnings.recovery, err = a.Warnings.mailer.Recover(ctx)
	return a.Warnings.recovery, err
}

// settleWarnings settles them. What is read next may be acted on.
func (a *Run) settleWarnings(ctx context.Context, recovery mailing.Recovery) error {
	if a.Warnings == nil {
		return nil
	}
	err := a.Warnings.mailer.ApplyRecovery(ctx, recovery)
	if err == nil {
		a.Warnings.readAt, err = mailing.ReadAt(ctx, &a.Base, a.Warnings.Courier)
	}
	return err
}

// readColleagues completes records by what speaks against archiving since a warning.
func (a *Run) readColleagues(ctx context.Context, records []plan.Record) error {
	if a.Policy.WarnDays == 0 {
		return nil
	}
	written, err := a.Store.Colleagues(ctx, plan.Warnings(records))
	if err != nil {
		return fmt.Errorf("read what was written since warnings: %w", err)
	}
	plan.AddColleagues(records, written)
	return nil
}

// unwarned returns why the salesperson of an opportunity that is archived was not told.
func (a *Run) unwarned(r plan.Record) string {
	if a.Policy.WarnDays == 0 {
		return ""
	}
	return plan.Decide([]plan.Record{r}, a.Policy, a.Now)[0].Unwarned
}

// mailWarnings mails what waits, if it is so much.
func (a *Run) mailWarnings(ctx context.Context, atLeast int) error {
	w := a.Warnings
	if w == nil || len(w.waiting) == 0 {
		return a.readNext(ctx)
	}
	if len(w.waiting) < atLeast {
		return nil
	}
	bySalesperson := map[crm.UserID][]warning{}
	var order []crm.UserID
	for _, x := range w.waiting {
		to := x.record.Salesperson.ID
		if bySalesperson[to] == nil {
			order = append(order, to)
		}
		bySalesperson[to] = append(bySalesperson[to], x)
	}
	w.waiting = nil
	for _, to := range order {
		if err := a.warn(ctx, bySalesperson[to]); err != nil && w.err == nil {
			w.err = err
		}
	}
	return errors.Join(context.Cause(ctx), a.readNext(ctx))
}

// readNext notes from when on what is read next counts.
func (a *Run) readNext(ctx context.Context) (err error) {
	if a.Warnings != nil && ctx.Err() == nil {
		a.Warnings.readAt, err = mailing.ReadAt(ctx, &a.Base, a.Warnings.Courier)
	}
	return err
}

// endWarnings mails the rest, or reports it if an error ends the run.
func (a *Run) endWarnings(ctx context.Context, err error) error {
	if a.Warnings == nil {
		return err
	}
	if err == nil {
		return a.mailWarnings(ctx, warnRest)
	}
	for _, x := range a.Warnings.waiting {
		a.skip(x.record.Opportunity, crm.Interrupted)
	}
	return err
}

// warn mails one salesperson. If another run claims some of the opportunities, or what
// was read is too old, the rest is read and planned again.
func (a *Run) warn(ctx context.Context, list []warning) error {
	w := a.Warnings
	readAt := w.readAt
	for attempts := 0; attempts < mailing.MaxAttempts; {
		if !w.mayWarn(ctx) {
			a.skipWarnings(list)
			return nil
		}
		if w.Courier.Clock().After(readAt.Add(mailing.MaxAge)) {
			var err error
			if list, readAt, err = a.again(ctx, list); err != nil || len(list) == 0 {
				return err
			}
		}
		if err := a.findLinks(ctx, list[0].record.Opportunity.ID); err != nil {
			a.skipWarnings(list)
			return err
		}
		letter, err := a.warningMail(list)
		if err != nil {
			a.failWarnings(list, err)
			return nil
		}
		if err := a.BeforeWrite(ctx); err != nil {
			a.skipWarnings(list)
			return err
		}
		results, err := w.Courier.Deliver(ctx, []ledger.Mail{letter}, readAt.Add(mailing.MaxAge))
		r := results[0]
		late := r.Outcome == ledger.NotBegun && (errors.Is(r.Err, ledger.ErrStale) || errors.Is(r.Err, ledger.ErrClaimOld))
		if err != nil || !late && r.Outcome != ledger.Lost && r.Outcome != ledger.Rejected {
			a.reportWarnings(list, letter.Envelope.To, r)
			return err
		}
		readAt = time.Time{}
		if !errors.Is(r.Err, ledger.ErrRate) {
			attempts++
		}
	}
	a.failWarnings(list, errors.New(mailing.NotBegun()))
	return nil
}

// mayWarn waits until the rate may let a mail begin, and tells whether the run goes on.
func (w *Warner) mayWarn(ctx context.Context) bool {
	if w.err == nil && ctx.Err() == nil {
		if err := w.Courier.WaitForRate(ctx); ctx.Err() == nil {
			w.err = err
		}
	}
	return w.err == nil && ctx.Err() == nil
}

func (a *Run) reportWarnings(list []warning, to string, r ledger.Result) {
	for _, x := range list {
		a.Warnings.mailer.ReportResult(a.warningItem(x, to), r)
	}
}

// findLinks finds out how the addresses of opportunities begin. Odoo is asked once.
func (a *Run) findLinks(ctx context.Context, about crm.OpportunityID) error {
	w := a.Warnings
	if w.links = cmp.Or(w.links, w.PublicURL); w.links != "" {
		return nil
	}
	base, err := a.Store.BaseURL(ctx, about)
	if err != nil {
		return fmt.Errorf("read the address of Odoo's pages: %w", err)
	}
	w.links = cmp.Or(base, w.OdooURL)
	return nil
}

func (a *Run) failWarnings(list []warning, err error) {
	for _, x := range list {
		a.fail(x.record.Opportunity, err)
	}
}

func (a *Run) skipWarnings(list []warning) {
	for _, x := range list {
		a.skip(x.record.Opportunity, crm.Interrupted)
	}
}

// again reads the opportunities once more and reports those that are not to be warned
// about any more.
func (a *Run) again(ctx context.Context, list []warning) ([]warning, time.Time, error) {
	readAt, err := mailing.ReadAt(ctx, &a.Base, a.Warnings.Courier)
	var page []crm.Opportunity
	if err == nil {
		page, err = a.Odoo.Opportunities(ctx, crm.IDs(list, func(x warning) crm.OpportunityID { return x.record.Opportunity.ID }))
	}
	var records []plan.Record
	if err == nil {
		records, err = a.records(ctx, page, openArchivings{})
	}
	if err != nil {
		a.skipWarnings(list)
		return nil, readAt, fmt.Errorf("read opportunities again: %w", err)
	}
	there := crm.ByID(page)
	for _, x := range list {
		if _, exists := there[x.record.Opportunity.ID]; !exists {
			a.skip(x.record.Opportunity, crm.Gone)
		}
	}
	var left []warning
	for i, d := range plan.Decide(records, a.Policy, a.Now) {
		r := records[i]
		switch {
		case d.Err != nil:
			a.fail(r.Opportunity, d.Err)
		case d.Warn && r.Salesperson.ID == list[0].record.Salesperson.ID:
			left = append(left, warning{r, d.On})
		case d.Reason != "":
			a.Report(a.skippedUntil(r.Opportunity, d))
		default:
			a.skip(r.Opportunity, crm.Changed)
		}
	}
	return left, readAt, nil
}

// warningMail makes the mail about opportunities of one salesperson, with a claim for
// each.
func (a *Run) warningMail(list []warning) (ledger.Mail, error) {
	slices.SortFunc(list, func(x, y warning) int { return int(x.record.Opportunity.ID - y.record.Opportunity.ID) })
	w, first := a.Warnings, list[0].record
	to, problem := first.WarningTo()
	if problem != "" {
		return ledger.Mail{}, errors.New(problem)
	}
	lead := nextWarning(first)
	token := crm.WarningToken(w.Courier.Token, lead, first.Salesperson.ID)
	text, err := w.Composer.Templates.Warning(w.languages(first.Record), w.data(list, a.Policy, a.Now))
	if err != nil {
		return ledger.Mail{}, fmt.Errorf("render the warning: %w", err)
	}
	letter, err := w.Composer.ComposeInternal(first.Record, text, to, lead, lead.MessageID(token, w.Courier.Domain), a.Now)
	if err != nil {
		return letter, err
	}
	texts := a.Notes.In(first.Salesperson.Language)
	for i, x := range list {
		claim := letter.Claim
		claim.Key = nextWarning(x.record)
		claim.MessageID = claim.Key.MessageID(token, w.Courier.Domain)
		claim.Body = mailing.Paragraph(texts.Warned.Fill(mailing.Warning{Date: x.on.String(), Name: first.Salesperson.Name}))
		if i == 0 {
			letter.Claim = claim
		} else {
			letter.More = append(letter.More, claim)
		}
	}
	return letter, nil
}

// nextWarning is the key of a record's next warning.
func nextWarning(r plan.Record) crm.Key {
	last, _ := r.LastWarning()
	return crm.WarningKey(r.Opportunity.ID, last.Key.Step+1)
}

func (a *Run) warningItem(x warning, to string) report.Item {
	item := a.item(x.record.Opportunity)
	item.To, item.Note = []string{to}, "to be archived on "+x.on.String()
	return item
}

// languages returns those to try for a mail to the salesperson, the best first.
func (w *Warner) languages(r crm.Record) []string {
	return []string{r.Salesperson.Language, w.Composer.Language, r.Company.Language}
}

func (w *Warner) data(list []warning, p plan.Policy, now time.Time) render.WarningData {
	first := list[0].record
	all := render.Warning{Salesperson: first.Salesperson, Company: first.Company, KeepTags: w.KeepTags}
	for _, x := range list {
		all.Opportunities = append(all.Opportunities, render.Warned{
			Record: x.record.Record, Archived: x.on, Today: calendar.Of(now, p.Zone),
			Link: fmt.Sprintf("%s/mail/view?model=crm.lead&res_id=%d", strings.TrimRight(w.links, "/"), x.record.Opportunity.ID),
		})
	}
	return render.NewWarningData(all, p.Zone)
}
