package remind_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/calendar"
	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/ledger/ledgertest"
	"github.com/crm-tool/crm-tool/pkg/remind"
	"github.com/crm-tool/crm-tool/pkg/scorecard"
)

// past is what happened on opportunities. Entries and messages are numbered as they come.
type past struct {
	last          crm.EntryID
	opportunities map[crm.OpportunityID]crm.Opportunity
	entries       map[crm.OpportunityID][]crm.Entry
	messages      map[crm.OpportunityID][]crm.Message
	optOuts       []crm.OptOut
	err           error
}

func newPast() *past {
	return &past{
		opportunities: map[crm.OpportunityID]crm.Opportunity{1: {ID: 1, Active: true, Salesperson: 3, Email: "Zoë <Zoe@client.example>"}},
		entries:       map[crm.OpportunityID][]crm.Entry{}, messages: map[crm.OpportunityID][]crm.Message{},
	}
}

// nth is an instant so many days after the opportunities began.
func nth(n int) time.Time { return ledgertest.Noon.AddDate(0, 0, n) }

// enter adds a confirmed entry to opportunity 1.
func (p *past) enter(key crm.Key, at time.Time) *crm.Entry { return p.enterOn(1, key, at) }

func (p *past) enterOn(on crm.OpportunityID, key crm.Key, at time.Time) *crm.Entry {
	p.last++
	p.entries[on] = append(p.entries[on], crm.Entry{ID: p.last, On: on, Key: key, Confirmed: true, At: at})
	return &p.entries[on][len(p.entries[on])-1]
}

func (p *past) remind(step int, at time.Time) *crm.Entry {
	return p.enter(crm.ReminderKey(1, step), at)
}

// write adds a message of the client to opportunity 1.
func (p *past) write(subject string, at time.Time) crm.EntryID {
	p.last++
	p.messages[1] = append(p.messages[1], crm.Message{ID: p.last, Opportunity: 1, At: at, Subject: subject, Incoming: true})
	return p.last
}

func (p *past) change(how func(*crm.Opportunity)) {
	o := p.opportunities[1]
	how(&o)
	p.opportunities[1] = o
}

func (p *past) Reminded(_ context.Context, after crm.OpportunityID, limit int) ([]crm.OpportunityID, error) {
	var ids []crm.OpportunityID
	seen := 0
	for _, id := range slices.Sorted(maps.Keys(p.entries)) {
		for _, e := range p.entries[id] {
			if id > after && seen < limit && e.Key.Kind == crm.Reminder {
				ids, seen = append(ids, id), seen+1
			}
		}
	}
	return crm.Distinct(ids), p.err
}

func (p *past) Outcomes(_ context.Context, ids []crm.OpportunityID) (map[crm.OpportunityID]crm.Opportunity, error) {
	found := map[crm.OpportunityID]crm.Opportunity{}
	for _, id := range ids {
		if o, exists := p.opportunities[id]; exists {
			found[id] = o
		}
	}
	return found, nil
}

func (p *past) Trails(context.Context, []crm.OpportunityID) (map[crm.OpportunityID][]crm.Entry, map[crm.OpportunityID][]crm.Message, error) {
	return maps.Clone(p.entries), maps.Clone(p.messages), nil
}

func (p *past) HasOptOuts() bool { return len(p.optOuts) > 0 }

func (p *past) AllOptOuts(context.Context) ([]crm.OptOut, error) { return p.optOuts, nil }

func (p *past) report(t *testing.T) scorecard.Reminders {
	t.Helper()
	s, err := (&remind.Report{
		Odoo: &ledgertest.Process{Backend: ledgertest.NewBackend()}, Store: p, Zone: time.UTC, Log: slog.New(slog.DiscardHandler),
	}).Summary(t.Context())
	require.NoError(t, err)
	return s
}

// steps writes what became of each step: a letter for each that was
// answered, won, archived, is still archived, was stopped, or is uncertain.
func (p *past) steps(t *testing.T) string {
	t.Helper()
	text := ""
	for _, l := range p.report(t).ByStep {
		text += fmt.Sprintf("%s:%d", l.Name, l.Sent)
		for i, n := range []int{l.Answered, l.Won, l.Archived, l.StillArchived, l.Stopped, l.Uncertain} {
			for range n {
				text += string("awrRsu"[i])
			}
		}
		text += " "
	}
	return text
}

func TestTheReportOfReminders(t *testing.T) {
	t.Parallel()
	seven, fifteen, thirty := nth(7), nth(15), nth(30)
	for name, c := range map[string]struct {
		do   func(p *past)
		want string
	}{
		"an answer counts for the last reminder before it": {func(p *past) {
			p.remind(7, seven)
			p.remind(15, fifteen)
			p.write("Re: chairs", nth(16))
			p.remind(30, thirty)
		}, "7:1 15:1a 30:1 "},
		"what the client wrote before is no answer": {func(p *past) {
			p.write("Chairs", nth(1))
			p.remind(7, seven)
		}, "7:1 "},
		"an answer in the same second counts by its number": {func(p *past) {
			p.remind(7, seven)
			p.write("Re: chairs", seven)
			p.remind(15, seven)
		}, "7:1a 15:1 "},
		"thirty days later it is an answer, and later not": {func(p *past) {
			p.remind(7, seven)
			p.write("Re: chairs", seven.Add(30*24*time.Hour+time.Second))
		}, "7:1 "},
		"within thirty days": {func(p *past) {
			p.remind(7, seven)
			p.write("Re: chairs", seven.Add(30*24*time.Hour))
		}, "7:1a "},
		"several answers to one reminder are one": {func(p *past) {
			p.remind(7, seven)
			p.write("Re: chairs", nth(8))
			p.write("Re: chairs", nth(9))
		}, "7:1a "},
		"an absence notice is no answer": {func(p *past) {
			p.remind(7, seven)
			p.write("Automatic reply: away", nth(8))
		}, "7:1 "},
		"nor is a new subject within two minutes": {func(p *past) {
			p.remind(7, seven)
			p.write("Your mail", seven.Add(time.Minute))
		}, "7:1 "},
		"a mail that asks for no more mails is an answer that stops": {func(p *past) {
			p.remind(7, seven)
			p.enter(crm.StopKey(1, p.write("Stop", nth(8))), nth(9))
			p.remind(15, fifteen)
		}, "7:1as 15:1 "},
		"a command stops the last reminder before it": {func(p *past) {
			p.remind(7, seven)
			p.remind(15, fifteen)
			p.optOuts = []crm.OptOut{{Address: "zoe@client.example", Since: nth(16), Host: "crm1"}}
		}, "7:1 15:1s "},
		"an address that a mail on another opportunity opted out stops nothing here": {func(p *past) {
			p.remind(7, seven)
			p.optOuts = []crm.OptOut{{Address: "zoe@client.example", Since: nth(16), Message: 9000, Opportunity: 2}}
		}, "7:1 "},
		"won counts for each reminder before": {func(p *past) {
			p.remind(7, seven)
			p.remind(15, fifteen)
			p.change(func(o *crm.Opportunity) { o.Stage.Won, o.Closed = true, nth(16) })
			p.remind(30, thirty)
		}, "7:1w 15:1w 30:1 "},
		"closed, and not won": {func(p *past) {
			p.remind(7, seven)
			p.change(func(o *crm.Opportunity) { o.Closed, o.Active = nth(16), false })
		}, "7:1 "},
		"won, nobody knows when": {func(p *past) {
			p.remind(7, seven)
			p.change(func(o *crm.Opportunity) { o.Stage.Won = true })
		}, "7:1 "},
		"archived by crm-tool, and still": {func(p *past) {
			p.remind(7, seven)
			p.enter(crm.ArchivedKey(1), thirty)
			p.change(func(o *crm.Opportunity) { o.Active = false })
		}, "7:1rR "},
		"archived and restored": {func(p *past) {
			p.remind(7, seven)
			p.enter(crm.ArchivedKey(1), thirty)
			p.enter(crm.RestoredKey(1), nth(31))
			p.remind(60, nth(60))
		}, "7:1r 60:1 "},
		"an archiving that is only claimed": {func(p *past) {
			p.remind(7, seven)
			p.enter(crm.ArchivedKey(1), thirty).Confirmed = false
		}, "7:1 "},
		"a reminder on its way is none": {func(p *past) {
			p.remind(7, seven).Confirmed = false
		}, ""},
		"an uncertain one is counted apart": {func(p *past) {
			p.remind(7, seven).Confirmed = false
			p.enter(crm.ReminderKey(1, 7).Note(crm.Uncertain), seven).Confirmed = false
			p.write("Re: chairs", nth(8))
		}, "7:0u "},
		"one that was settled as sent is sent": {func(p *past) {
			p.remind(7, seven)
			p.enter(crm.ReminderKey(1, 7).Note(crm.Uncertain), seven).Confirmed = false
			p.enter(crm.ReminderKey(1, 7).Note(crm.Settled), nth(8)).Confirmed = false
		}, "7:1 "},
		"two entries of one reminder are one": {func(p *past) {
			p.remind(7, seven)
			p.remind(7, nth(8))
		}, "7:1 "},
		"a deleted opportunity's do not count": {func(p *past) {
			p.remind(7, seven)
			delete(p.opportunities, 1)
		}, ""},
		"one that cannot be read is left out": {func(p *past) {
			p.remind(7, seven)
			p.change(func(o *crm.Opportunity) { o.Unreadable = errors.New("no time") })
			p.opportunities[2] = crm.Opportunity{ID: 2}
			p.enterOn(2, crm.ReminderKey(2, 15), fifteen)
		}, "15:1 "},
		"a message that cannot be read is no answer": {func(p *past) {
			p.remind(7, seven)
			p.write("Re: chairs", nth(8))
			p.messages[1][0].Unreadable = errors.New("no time")
		}, "7:1 "},
		"merged opportunities go on together": {func(p *past) {
			p.remind(7, seven)
			p.enter(crm.ReminderKey(2, 7), nth(8))
			p.enter(crm.ArchivedKey(2), nth(9))
			p.write("Re: desks", nth(10))
		}, "7:2ar "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPast()
			c.do(p)
			assert.Equal(t, c.want, p.steps(t))
		})
	}
}

func TestTheReportOfRemindersByWhoAndWhat(t *testing.T) {
	t.Parallel()
	p := newPast()
	p.remind(7, time.Date(2026, 10, 31, 23, 30, 0, 0, time.UTC)).Template = "reminder-7.fr"
	p.remind(15, nth(15)).Template = "export/reminder-15.fr"
	p.opportunities[2] = crm.Opportunity{ID: 2}
	p.enterOn(2, crm.ReminderKey(2, 7), nth(15))
	report := remind.Report{
		Odoo: &ledgertest.Process{Backend: ledgertest.NewBackend()}, Store: p, Zone: time.FixedZone("Paris", 3600), Log: slog.New(slog.DiscardHandler),
	}
	s, err := report.Summary(t.Context())
	require.NoError(t, err)
	assert.Equal(t, scorecard.Reminders{
		Span: scorecard.Span{
			Zone: report.Zone, First: calendar.Date{Year: 2026, Month: time.November, Day: 1}, Last: calendar.Of(nth(15), report.Zone),
		},
		Total:         scorecard.ReminderLine{Sent: 3},
		ByStep:        []scorecard.ReminderLine{{Name: "7", Sent: 2}, {Name: "15", Sent: 1}},
		ByTemplate:    []scorecard.ReminderLine{{Name: "export/reminder-15.fr", Sent: 1}, {Name: "reminder-7.fr", Sent: 1}, {Sent: 1}},
		BySalesperson: []scorecard.ReminderLine{{Name: "Sam Sales", Sent: 2}, {Sent: 1}},
		ByMonth:       []scorecard.ReminderLine{{Name: "2026-11", Sent: 1}, {Name: "2026-12", Sent: 2}},
	}, s)
}

func TestWhatIsLeftOutOfTheReportIsSaid(t *testing.T) {
	t.Parallel()
	p := newPast()
	p.remind(7, nth(7))
	p.change(func(o *crm.Opportunity) { o.Unreadable = errors.New("no time") })
	var log bytes.Buffer
	_, err := (&remind.Report{
		Odoo: &ledgertest.Process{Backend: ledgertest.NewBackend()}, Store: p, Zone: time.UTC, Log: slog.New(slog.NewTextHandler(&log, nil)),
	}).Summary(t.Context())
	require.NoError(t, err)
	assert.Contains(t, log.String(), "left out of the report")
	assert.Contains(t, log.String(), "opportunity=1")
}

func TestAReportOfRemindersThatCannotBeReadIsAnError(t *testing.T) {
	t.Parallel()
	p := newPast()
	p.err = errors.New("gone home")
	_, err := (&remind.Report{Store: p, Zone: time.UTC}).Summary(t.Context())
	require.ErrorIs(t, err, p.err)
	assert.EqualError(t, err, "look for opportunities with reminders: gone home")
}

// endless has so many opportunities with three reminders each, and keeps none.
type endless struct {
	*past

	opportunities crm.OpportunityID
}

func (e endless) Reminded(_ context.Context, after crm.OpportunityID, limit int) ([]crm.OpportunityID, error) {
	var ids []crm.OpportunityID
	for id := after + 1; id <= e.opportunities && 3*len(ids) < limit; id++ {
		ids = append(ids, id)
	}
	return ids, nil
}

func (e endless) Outcomes(_ context.Context, ids []crm.OpportunityID) (map[crm.OpportunityID]crm.Opportunity, error) {
	found := map[crm.OpportunityID]crm.Opportunity{}
	for _, id := range ids {
		found[id] = crm.Opportunity{ID: id, Salesperson: 3}
	}
	return found, nil
}

func (e endless) Trails(_ context.Context, ids []crm.OpportunityID) (map[crm.OpportunityID][]crm.Entry, map[crm.OpportunityID][]crm.Message, error) {
	entries := map[crm.OpportunityID][]crm.Entry{}
	for _, id := range ids {
		for i, step := range []int{7, 15, 30} {
			entries[id] = append(entries[id], crm.Entry{
				ID: crm.EntryID(3*int64(id) + int64(i)), On: id, Key: crm.ReminderKey(id, step), Confirmed: true, At: nth(step), Template: "reminder-7.en",
			})
		}
	}
	return entries, map[crm.OpportunityID][]crm.Message{}, nil
}

func TestTheReportOfRemindersTakesTheSameMemoryForTenTimesAsMany(t *testing.T) {
	most := map[crm.OpportunityID]uint64{}
	for _, n := range []crm.OpportunityID{10_000, 100_000} {
		e := endless{newPast(), n}
		report := remind.Report{
			Odoo: &ledgertest.Process{Backend: ledgertest.NewBackend()}, Store: e, Zone: time.UTC, Log: slog.New(slog.DiscardHandler),
		}
		s, err := report.Summary(t.Context())
		require.NoError(t, err)
		assert.Equal(t, 3*int(n), s.Total.Sent)
		runtime.GC()
		var memory runtime.MemStats
		runtime.ReadMemStats(&memory)
		most[n] = memory.HeapAlloc
		runtime.KeepAlive(s)
	}
	assert.Less(t, most[100_000], most[10_000]+1<<20)
}
