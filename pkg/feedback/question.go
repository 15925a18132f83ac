package feedback

import (
	"context"
	"iter"
	"time"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/feedback/plan"
	"github.com/crm-tool/crm-tool/pkg/mailing"
	"github.com/crm-tool/crm-tool/pkg/report"
)

// question is an activity that its client may be asked about, or reminded of.
type question struct {
	// kind is Feedback, or FeedbackReminder.
	kind crm.EntryKind
	// record has the activity from the beginning, the rest once it was read.
	record   plan.Record
	decision plan.Decision
	// sent is the participation that a reminder is about; zero for a new one.
	sent   crm.Participation
	survey crm.Survey
}

// outgoing is the mail of a question.
type outgoing = mailing.Outgoing[*question]

// key names the mail of a question.
func (q *question) key() crm.Key {
	return crm.QuestionnaireKey(q.kind, q.decision.Opportunity, q.decision.Activity)
}

// outgoing is the mail of a question that was decided about.
func (q *question) outgoing() outgoing {
	item := report.Item{
		Opportunity: q.decision.Opportunity, Name: q.record.Opportunity.Name, Rule: q.decision.Rule, Reason: q.decision.Reason,
		Activity: q.decision.Activity, ActivityType: q.record.Activity.TypeName, Reminder: q.kind == crm.FeedbackReminder,
	}
	if q.decision.Reason == crm.BadEmail {
		item.Note = q.record.WhyNot(crm.BadEmail)
	}
	if !q.decision.To.IsZero() {
		item.To = []string{q.decision.To.Mailbox}
	}
	o := outgoing{About: q, Item: item}
	if q.decision.Err != nil {
		o.Fail(q.decision.Err)
	}
	return o
}

// aboutAll returns the questions about finished activities. Each takes much more memory
// than its activity.
func aboutAll(list iter.Seq[crm.DoneActivity]) iter.Seq[*question] {
	return func(yield func(*question) bool) {
		for d := range list {
			if !yield(&question{kind: crm.Feedback, record: plan.Record{Activity: d}}) {
				return
			}
		}
	}
}

// remindersOf returns the questions about questionnaires that were not answered.
func remindersOf(list []crm.Participation) iter.Seq[*question] {
	return func(yield func(*question) bool) {
		for _, p := range list {
			about := plan.Record{Activity: crm.DoneActivity{Message: p.Activity, Opportunity: p.Opportunity}}
			if !yield(&question{kind: crm.FeedbackReminder, record: about, sent: p}) {
				return
			}
		}
	}
}

// pagesOf returns records in pages of a size.
func pagesOf[T any](all iter.Seq[T], size int) iter.Seq[[]T] {
	return func(yield func([]T) bool) {
		var page []T
		for q := range all {
			if page = append(page, q); len(page) < size {
				continue
			}
			if !yield(page) {
				return
			}
			page = nil
		}
		if len(page) > 0 {
			yield(page)
		}
	}
}

// activities returns what questions are about.
func activities(list []*question) []crm.DoneActivity {
	all := make([]crm.DoneActivity, len(list))
	for i, q := range list {
		all[i] = q.record.Activity
	}
	return all
}

// mail takes questions, page by page, from reading to confirmation.
func (a *Send) mail(ctx context.Context, all iter.Seq[*question], decide func(context.Context, []*question) ([]outgoing, error)) error {
	loop := &mailing.Loop[*question]{
		Base: &a.Base, Courier: a.Courier, Plan: decide, Compose: a.composeAll,
		Again: func(_ context.Context, late []outgoing) ([]*question, error) {
			page := make([]*question, len(late))
			for i, o := range late {
				page[i] = o.About
			}
			return page, nil
		},
		Begun: func(o outgoing) { a.asked.Add(o.About.decision.To.Mailbox, a.Now) },
	}
	a.inHand = loop.InHand
	return loop.Run(ctx, func(mail func([]*question, time.Time) error) error {
		for page := range pagesOf(all, a.MailPage()) {
			readAt, err := loop.ReadAt(ctx)
			if err == nil {
				err = mail(page, readAt)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// recent returns when clients were asked lately, those included whose mails go out now.
func (a *Send) recent() plan.Recent {
	recent := a.asked.Over()
	if a.inHand == nil {
		return recent
	}
	for _, o := range a.inHand() {
		recent.Add(o.About.decision.To.Mailbox, a.Now)
	}
	return recent
}
