package remind_test

import (
	"context"
	"errors"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/ledger/ledgertest"
	"github.com/crm-tool/crm-tool/pkg/mailing"
	"github.com/crm-tool/crm-tool/pkg/mailing/mailingtest"
	"github.com/crm-tool/crm-tool/pkg/overlay"
	"github.com/crm-tool/crm-tool/pkg/render"
	"github.com/crm-tool/crm-tool/pkg/report"
	"github.com/crm-tool/crm-tool/pkg/run"
	"github.com/crm-tool/crm-tool/templates"
)

func TestWhatIsDueIsMailedOnceAndReported(t *testing.T) {
	t.Parallel()
	o := ledgertest.NewBackend().Open(1, 3, 7).Open(4, 4, 6).Open(5, 5, 30).Open(6, 6, 11)
	r, items, log := reminders(t, &ledgertest.Process{Backend: o}, "a")
	require.NoError(t, r.Run(t.Context()))
	item := func(id crm.OpportunityID, step int) report.Item {
		return report.Item{
			Opportunity: id, Name: o.Opportunities[id].Name, Step: &step, To: []string{ledgertest.Client(id)}, CC: []string{"sam@example.com"},
			Outcome: report.Sent,
		}
	}
	assert.Equal(t, []report.Item{item(1, 7), item(2, 7), item(3, 7), item(5, 30)}, items.Items)
	assert.Empty(t, log.String())
	for _, id := range []crm.OpportunityID{1, 2, 3, 5} {
		require.Len(t, o.Mails[ledgertest.Client(id)], 1)
	}
	assert.Len(t, o.Mails, 4)

	again, items, _ := reminders(t, &ledgertest.Process{Backend: o}, "b")
	require.NoError(t, again.Run(t.Context()))
	assert.Empty(t, items.Items, "Odoo's search selects nothing any more")
	assert.Len(t, o.Mails[ledgertest.Client(1)], 1)
}

func TestWhatCannotBeMailedIsReportedWithItsReason(t *testing.T) {
	t.Parallel()
	o := ledgertest.NewBackend().Open(1, 8, 7)
	o.Change(1, func(l *crm.Opportunity) { l.Email = "" })
	o.Change(2, func(l *crm.Opportunity) { l.Stage.Won = true })
	o.Write(3, ledgertest.Noon.Add(-day), true)
	o.Write(4, ledgertest.Noon.Add(-2*day), true)
	o.Write(4, ledgertest.Noon.Add(-day), false)
	o.Replies[ledgertest.Client(5)] = ledgertest.Reply{Err: ledgertest.ErrNoClient}
	o.Replies[ledgertest.Client(6)] = ledgertest.Reply{Err: ledgertest.ErrGreylisted}
	o.Replies[ledgertest.Client(7)] = ledgertest.Reply{Err: ledgertest.ErrCutOff, Leaves: true}
	o.Replies[ledgertest.Client(8)] = ledgertest.Reply{RefusedCC: []string{"sam@example.com: 550 no"}}
	r, items, log := reminders(t, &ledgertest.Process{Backend: o}, "a")
	require.ErrorIs(t, r.Run(t.Context()), run.ErrFailures)
	assert.Equal(t, []string{
		"skipped 1 no-email", "skipped 2 won", "skipped 3 replied", "sent 4", "failed 5: 550 5.1.1 no such <user>",
		"failed 6: 450 4.2.0 greylisted", "failed 7 uncertain: the connection broke", "sent 8",
	}, items.Lines())
	assert.Equal(t, []string{
		"refused 5: <p>Reminder of day 7 not delivered: the mail server refuses the address client5@client.example. " +
			"Its answer: “550 5.1.1 no such &lt;user&gt;”. Correct the address and the reminders go on.</p>",
		"uncertain 7: <p>Reminder of day 7: nobody can know whether this mail left, as its sending was cut off. " +
			"It will not be sent again automatically. Please ask the client, then tell your administrator.</p>",
	}, o.Notes())
	assert.Equal(t, `level=WARN msg="the mail server refused the copy to the salesperson" opportunity=8 answer="sam@example.com: 550 no"`+"\n", log.String())

	o.Replies = map[string]ledgertest.Reply{}
	again, items, _ := reminders(t, &ledgertest.Process{Backend: o}, "b")
	require.NoError(t, again.Run(t.Context()))
	assert.Equal(t, []string{"skipped 1 no-email", "skipped 2 won", "skipped 3 replied", "skipped 5 refused", "sent 6"}, items.Lines(),
		"what surely did not leave is mailed, what is uncertain is not")
}

func TestARunThatLosesTheMailServerReleasesItsClaims(t *testing.T) {
	t.Parallel()
	o := ledgertest.NewBackend().Open(1, 60, 7)
	o.Replies[ledgertest.Client(30)] = ledgertest.Reply{Err: ledgertest.ErrUnreachable}
	r, items, _ := reminders(t, &ledgertest.Process{Backend: o}, "a")
	require.ErrorIs(t, r.Run(t.Context()), ledgertest.ErrUnreachable)
	require.Len(t, items.Items, 60)
	assert.Equal(t, []string{"sent 29", "failed 30: connection refused", "skipped 31 interrupted"}, items.Lines()[28:31])
	assert.Len(t, o.Entries(), 29)
}

func TestOnlyEverythingThatIsReadCanStopARun(t *testing.T) {
	t.Parallel()
	broken := errors.New("Odoo is not there")
	for _, call := range []string{"OpenClaims", "Due", "Salespeople", "Contacts", "Companies", "History", "Outgoing", "Claim", "Confirm", "Unconfirmed"} {
		t.Run(call, func(t *testing.T) {
			t.Parallel()
			o := ledgertest.NewBackend().Open(1, 3, 7)
			o.Write(2, ledgertest.Noon.Add(-day), true)
			p := &ledgertest.Process{Backend: o, Before: func(name string) error {
				if name == call {
					return broken
				}
				return nil
			}}
			r, _, _ := reminders(t, p, "a")
			require.ErrorIs(t, r.Run(t.Context()), broken)
		})
	}
}

func TestNothingIsWrittenBeforeTheRunHasBegun(t *testing.T) {
	t.Parallel()
	refused := errors.New("not this Odoo")
	for name, prepare := range map[string]func(*ledgertest.Backend){
		"before the first claim":   func(o *ledgertest.Backend) { o.Open(1, 3, 7) },
		"before the first release": func(o *ledgertest.Backend) { o.Open(1, 30, 6).AddClaims("dead", ledger.ClaimTTL, 1, 2, 3) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := ledgertest.NewBackend()
			prepare(o)
			p := &ledgertest.Process{Backend: o}
			r, _, _ := reminders(t, p, "a")
			r.Begin = func(context.Context) error { return refused }
			require.ErrorIs(t, r.Run(t.Context()), refused)
			for _, write := range []string{"Claim", "Release", "Note", "Confirm"} {
				assert.NotContains(t, p.Calls, write)
			}
		})
	}
	t.Run("and a run with nothing to do does not begin", func(t *testing.T) {
		t.Parallel()
		r, _, _ := reminders(t, &ledgertest.Process{Backend: ledgertest.NewBackend().Open(1, 3, 6)}, "a")
		r.Begin = func(context.Context) error { return refused }
		require.NoError(t, r.Run(t.Context()))
	})
}

func TestARunThatIsToldToStopSaysWhatItLeft(t *testing.T) {
	t.Parallel()
	stopped := errors.New("ended by SIGTERM")
	ctx, stop := context.WithCancelCause(t.Context())
	o := ledgertest.NewBackend().Open(1, 300, 7)
	o.Replies[ledgertest.Client(3)] = ledgertest.Reply{During: func(context.Context) error { stop(stopped); return nil }}
	r, items, _ := reminders(t, &ledgertest.Process{Backend: o}, "a")
	require.ErrorIs(t, r.Run(ctx), stopped)
	assert.Equal(t, []string{"sent 1", "sent 2", "sent 3", "skipped 4 interrupted"}, items.Lines()[:4])
	assert.Contains(t, []int{250, 300}, len(items.Items), "the second page may have been read meanwhile")
	assert.Len(t, o.Entries(), 3)

	t.Run("also on its last page", func(t *testing.T) {
		t.Parallel()
		ctx, stop := context.WithCancelCause(t.Context())
		o := ledgertest.NewBackend().Open(1, 3, 7)
		o.Replies[ledgertest.Client(3)] = ledgertest.Reply{During: func(context.Context) error { stop(stopped); return nil }}
		r, items, _ := reminders(t, &ledgertest.Process{Backend: o}, "a")
		require.ErrorIs(t, r.Run(ctx), stopped)
		assert.Equal(t, []string{"sent 1", "sent 2", "sent 3"}, items.Lines())
	})
}

func TestAReportThatCannotBeWrittenDoesNotKeepMailsBack(t *testing.T) {
	t.Parallel()
	full := errors.New("no space left on device")
	o := ledgertest.NewBackend().Open(1, 4, 7)
	o.Change(1, func(l *crm.Opportunity) { l.Email = "" }) // That is reported before the first mail.
	r, items, _ := reminders(t, &ledgertest.Process{Backend: o}, "a")
	items.Err = full
	o.Replies[ledgertest.Client(2)] = ledgertest.Reply{During: func(context.Context) error { items.Err = errors.New("a later error"); return nil }}
	o.Replies[ledgertest.Client(3)] = ledgertest.Reply{Err: ledgertest.ErrGreylisted}
	err := r.Run(t.Context())
	require.ErrorIs(t, err, full)
	require.ErrorIs(t, err, run.ErrFailures)
	assert.Len(t, o.Mails, 2)
}

func TestOneBrokenMailDoesNotStopTheOthers(t *testing.T) {
	t.Parallel()
	o := ledgertest.NewBackend().Open(1, 3, 7)
	r, items, _ := reminders(t, &ledgertest.Process{Backend: o}, "a")
	var err error
	r.Composer.Templates, err = render.Load(overlay.New(fstest.MapFS{"reminder-7.en.subject": {
		Data: []byte(`{{if ne .Opportunity.Name "Opportunity 2"}}How is it going?{{end}}`),
	}}, templates.FS))
	require.NoError(t, err)
	require.ErrorIs(t, r.Run(t.Context()), run.ErrFailures)
	assert.Equal(t, []string{"failed 2: render the reminder: reminder-7.en.subject: the result is empty", "sent 1", "sent 3"}, items.Lines())
	_, claimed := o.Entry(ledgertest.Reminder(2))
	assert.False(t, claimed, "what cannot be made is never claimed")
}

func TestADryRunTellsWhatTheRunWouldReleaseFromWhatOthersHave(t *testing.T) {
	t.Parallel()
	o := ledgertest.NewBackend().Open(1, 31, 7)
	o.AddClaims("dead", 2*ledger.ClaimTTL, mailingtest.IDs(1, 30)...)
	o.AddClaims("alive", 0, 31)
	// The client of one that would be released wrote, and got an answer.
	o.Write(22, ledgertest.Noon.Add(-3*day), true)
	o.Write(22, ledgertest.Noon.Add(-2*day), false)
	p := &ledgertest.Process{Backend: o}
	r, items, _ := reminders(t, p, "a")
	r.DryRun = true
	r.Courier.Entries, r.Courier.Sender = &ledger.DryEntries{Clock: p.Now}, ledger.DrySender{}
	r.Select.Only = []crm.OpportunityID{21, 22, 31}
	require.NoError(t, r.Run(t.Context()))
	assert.Equal(t, []string{"skipped 31 claimed-elsewhere", "planned 21", "planned 22"}, items.Lines()[20:])
}

func TestADryRunShowsTheSameAndDoesNothing(t *testing.T) {
	t.Parallel()
	o := ledgertest.NewBackend().Open(1, 5, 7)
	o.Change(2, func(l *crm.Opportunity) { l.Email = "" })
	o.AddClaims("dead", ledger.ClaimTTL, 3)
	p := &ledgertest.Process{Backend: o}
	r, items, _ := reminders(t, p, "a")
	r.DryRun = true
	r.Courier.Entries, r.Courier.Sender = &ledger.DryEntries{Clock: p.Now}, ledger.DrySender{}
	var kept []crm.OpportunityID
	r.Composer.Keep = func(d mailing.Draft) { kept = append(kept, d.Opportunity.ID) }
	require.NoError(t, r.Run(t.Context()))
	assert.Equal(t, []string{"skipped 3 uncertain", "skipped 2 no-email", "planned 1", "planned 4", "planned 5"}, items.Lines())
	assert.Equal(t, []crm.OpportunityID{1, 4, 5}, kept)
	assert.Len(t, o.Entries(), 1)
	assert.Empty(t, o.Mails)
	for _, write := range []string{"Claim", "Release", "Note", "Confirm", "CountDue"} {
		assert.NotContains(t, p.Calls, write)
	}
}

func TestMailsWhoseAnswersOrDeliveryReportsOdooWillNotSeeAreWarnedOfOnce(t *testing.T) {
	t.Parallel()
	o := ledgertest.NewBackend().Open(1, 3, 7)
	o.Companies[1] = crm.Company{ID: 1, Name: "Example"}
	r, _, log := reminders(t, &ledgertest.Process{Backend: o}, "a")
	r.Composer.Log = r.Log
	require.NoError(t, r.Run(t.Context()))
	assert.Equal(t, `level=WARN msg="the mails have no Reply-To, so that answers go to mail.from and are not seen in Odoo; `+
		`set mail.reply_to, or a catchall alias in Odoo" opportunity=1`+"\n"+
		`level=WARN msg="Odoo tells no bounce address (version 16 never does), so that delivery reports go to mail.from and are not counted in Odoo; `+
		`set mail.envelope_from" opportunity=1`+"\n", log.String())
	assert.Len(t, o.Mails, 3)
}

func TestAMailIsInTheNameOfTheOpportunitysCompany(t *testing.T) {
	t.Parallel()
	o := ledgertest.NewBackend().Open(1, 3, 7)
	o.Companies[2] = crm.Company{ID: 2, Name: "Second", Catchall: "catchall@second.example"}
	o.Change(1, func(l *crm.Opportunity) { l.Company = 2 })
	o.Change(2, func(l *crm.Opportunity) { l.Company = 0 })
	o.Change(3, func(l *crm.Opportunity) { l.Company = 99 })
	r, _, _ := reminders(t, &ledgertest.Process{Backend: o}, "a")
	require.NoError(t, r.Run(t.Context()))
	for id, want := range map[crm.OpportunityID]string{
		1: "catchall@second.example", 2: "catchall@odoo.example.com", 3: "catchall@odoo.example.com",
	} {
		assert.Contains(t, o.Mails[ledgertest.Client(id)][0].Raw, "\nReply-To: "+want+"\n")
	}
}

func TestWhatTheCompanyWroteIsReadOnlyWhereItMatters(t *testing.T) {
	t.Parallel()
	o := ledgertest.NewBackend().Open(1, 2, 15)
	o.AddClaims("a", 8*day, 1)
	o.ChangeEntry(ledgertest.Reminder(1), confirm)
	o.Write(1, ledgertest.Noon.Add(-9*day), true)
	p := &ledgertest.Process{Backend: o}
	r, items, _ := reminders(t, p, "b")
	require.NoError(t, r.Run(t.Context()))
	assert.Equal(t, []string{"sent 1", "sent 2"}, items.Lines())
	assert.NotContains(t, p.Calls, "Outgoing")
}

func TestSeveralRunsShareTheWork(t *testing.T) {
	t.Parallel()
	o := ledgertest.NewBackend().Open(1, 20, 7)
	other, _, _ := reminders(t, &ledgertest.Process{Backend: o}, "b")
	p := &ledgertest.Process{Backend: o}
	entered := false
	p.Before = func(name string) error {
		if name != "Claim" || entered {
			return nil
		}
		// While this run has planned and not yet claimed, another one mails.
		entered = true
		other.Select.Limit = 8
		return other.Run(t.Context())
	}
	r, items, _ := reminders(t, p, "a")
	require.NoError(t, r.Run(t.Context()))
	assert.Equal(t, []string{"skipped 8 already-done", "sent 9"}, items.Lines()[7:9])
	for id := crm.OpportunityID(1); id <= 20; id++ {
		assert.Len(t, o.Mails[ledgertest.Client(id)], 1)
	}
}
