package explanation_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	archiveplan "github.com/crm-tool/crm-tool/pkg/archive/plan"
	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/explanation"
	feedbackplan "github.com/crm-tool/crm-tool/pkg/feedback/plan"
	remindplan "github.com/crm-tool/crm-tool/pkg/remind/plan"
	"github.com/crm-tool/crm-tool/pkg/report"
	"github.com/crm-tool/crm-tool/pkg/rule"
)

// at is an instant in Paris, where the tests' days begin.
func at(t *testing.T, text string) time.Time {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Paris")
	require.NoError(t, err)
	instant, err := time.ParseInLocation("2006-01-02 15:04", text, zone)
	require.NoError(t, err)
	return instant
}

func rules(t *testing.T) explanation.Rules {
	t.Helper()
	zone := at(t, "2026-11-23 12:00").Location()
	r := explanation.Rules{
		Reminders:    remindplan.Policy{Days: []int{7, 15, 30}, CatchUp: 3, StopOnReply: true, Zone: zone},
		Archive:      archiveplan.Policy{AfterDays: 30, Keep: archiveplan.Keep{Won: true}, Zone: zone},
		Feedback:     feedbackplan.Policy{CooldownDays: 1, Questionnaire: "satisfaction"},
		LookbackDays: 7,
		FirstRun:     at(t, "2026-01-05 08:00"),
	}
	r.Archive.Reminders = &r.Reminders
	return r
}

// known is a case of an opportunity that was made on 10 November, shortly after
// midnight in Paris, which is still the 9th in UTC.
func known(t *testing.T) explanation.Case {
	t.Helper()
	return explanation.Case{Record: archiveplan.Record{Record: crm.Record{
		Opportunity: crm.Opportunity{
			ID: 42, Name: "Chairs", Active: true, Created: at(t, "2026-11-10 00:30"), Email: "zoe@client.example", Salesperson: 7,
			Stage: crm.Stage{ID: 1, Name: "New"},
		},
		Salesperson: crm.Salesperson{ID: 7, Name: "Sam", Email: "sam@example.com", Active: true},
	}}}
}

// entry is one of a kind about a step, or about the activity with that number.
func entry(t *testing.T, kind crm.EntryKind, about int, id crm.EntryID, when string, confirmed bool) crm.Entry {
	t.Helper()
	key := crm.ReminderKey(42, about)
	switch kind { //nolint:exhaustive // The others are as a reminder is.
	case crm.Refused, crm.Settled:
		key = key.Note(kind)
	case crm.Feedback, crm.FeedbackReminder, crm.FeedbackReminderUncertain, crm.FeedbackUncertain:
		key = crm.QuestionnaireKey(kind, 42, crm.EntryID(about))
	case crm.Answer:
		key = crm.AnswerKey(42, int64(about))
	}
	key.Kind = kind
	return crm.Entry{ID: id, Key: key, On: 42, MessageID: "<id>", Token: "a", Confirmed: confirmed, At: at(t, when)}
}

// statuses shows steps by outcome, reason and sentence.
func statuses(e explanation.Explanation) []string {
	var lines []string
	for _, s := range e.Reminders.Steps {
		parts := []string{s.Date, string(s.Outcome), string(s.Reason), s.Explanation, strings.Join(s.To, ",")}
		lines = append(lines, strings.Join(parts, " | "))
	}
	return lines
}

const toCome = "2026-12-10 | planned |  | As things stand today. | zoe@client.example"

func TestStepsAreToldByTheirEntriesAndElseByThePlanner(t *testing.T) {
	const now = "2026-11-26 12:00" // day 16
	missed := "2026-11-17 | skipped | missed | No run mailed it while it was its turn, until 2026-11-20, " +
		"and nothing is known that stood in its way. `crm-tool runs` tells which runs there were. | "
	due := "2026-11-25 | planned |  | Is due: the next run mails it. | zoe@client.example"
	cases := map[string]struct {
		change func(*explanation.Case, *explanation.Rules)
		want   []string
	}{
		"nothing was mailed yet": {func(*explanation.Case, *explanation.Rules) {}, []string{missed, due, toCome}},
		"what passed before the first run was nobody's turn": {
			func(_ *explanation.Case, r *explanation.Rules) { r.FirstRun = at(t, "2026-11-21 08:00") },
			[]string{"2026-11-17 | skipped | missed | crm-tool first ran on 2026-11-21 08:00; the turn of this step was over on 2026-11-20. | ", due, toCome},
		},
		"nothing ran yet": {
			func(_ *explanation.Case, r *explanation.Rules) { r.FirstRun = time.Time{} },
			[]string{"2026-11-17 | skipped | missed | crm-tool has not run on this Odoo yet; the turn of this step was over on 2026-11-20. | ", due, toCome},
		},
		"a mail that was sent": {
			func(c *explanation.Case, _ *explanation.Rules) {
				c.Entries = []crm.Entry{entry(t, crm.Reminder, 15, 1, "2026-11-25 08:00", true)}
				c.Recipients = map[crm.EntryID]explanation.Recipients{1: {To: []string{"old@client.example"}}}
			},
			[]string{missed, "2026-11-25 | sent |  | Sent on 2026-11-25 08:00. | old@client.example", toCome},
		},
		"a mail that nobody knows of": {
			func(c *explanation.Case, _ *explanation.Rules) {
				c.Entries = []crm.Entry{entry(t, crm.Reminder, 15, 1, "2026-11-25 08:00", false), entry(t, crm.Uncertain, 15, 2, "2026-11-25 09:00", false)}
			},
			[]string{missed, "2026-11-25 | failed | uncertain | A run was cut off while it sent this mail on 2026-11-25 08:00: nobody can know whether it left. " +
				"`crm-tool runs uncertain` lists it. `crm-tool remind settle` decides. | ", toCome},
		},
		"a mail that a person decided about": {
			func(c *explanation.Case, _ *explanation.Rules) {
				c.Entries = []crm.Entry{entry(t, crm.Reminder, 15, 1, "2026-11-25 08:00", true), entry(t, crm.Settled, 15, 3, "2026-11-25 10:00", false)}
			},
			[]string{missed, "2026-11-25 | sent |  | Sent on 2026-11-25 08:00. Whether it left was uncertain; a person decided about it on 2026-11-25 10:00. | ", toCome},
		},
		"a mail that a run has in hand": {
			func(c *explanation.Case, _ *explanation.Rules) {
				c.Entries = []crm.Entry{entry(t, crm.Reminder, 15, 1, "2026-11-26 11:59", false)}
			},
			[]string{missed, "2026-11-25 | skipped | claimed-elsewhere | A run has it in hand since 2026-11-26 11:59. | ", toCome},
		},
		"a mail of a run that died": {
			func(c *explanation.Case, _ *explanation.Rules) {
				c.Entries = []crm.Entry{entry(t, crm.Reminder, 15, 1, "2026-11-26 11:00", false)}
			},
			[]string{missed, "2026-11-25 | skipped | claimed-elsewhere | A run that died had it in hand on 2026-11-26 11:00; the next run finds out what became of it. | ", toCome},
		},
		"an answer stops what comes after it alone": {
			func(c *explanation.Case, _ *explanation.Rules) {
				c.Messages = []crm.Message{{Opportunity: 42, At: at(t, "2026-11-22 10:00"), Incoming: true}}
			},
			[]string{
				missed,
				"2026-11-25 | skipped | replied | The client wrote on 2026-11-22 10:00, so that crm-tool leaves the conversation to people. | ",
				"2026-12-10 | skipped | replied | The client wrote on 2026-11-22 10:00, so that crm-tool leaves the conversation to people. | ",
			},
		},
		"what holds today may not have held then": {
			func(c *explanation.Case, _ *explanation.Rules) { c.Opportunity.Stage.Won = true },
			[]string{
				"2026-11-17 | skipped | won | The opportunity is won. So it is today; what it was then is not known. | ",
				"2026-11-25 | skipped | won | The opportunity is won. | ", "2026-12-10 | skipped | won | The opportunity is won. | ",
			},
		},
		"a reminder that left later held none back": {
			func(c *explanation.Case, r *explanation.Rules) {
				r.Reminders.DaysBetween = 1
				c.Entries = []crm.Entry{entry(t, crm.Reminder, 15, 1, "2026-11-26 08:00", true)}
				c.Turns = []crm.TakenTurn{{
					Client: crm.AddressToken("zoe@client.example"), By: crm.ReminderKey(42, 15).Turn(), At: at(t, "2026-11-26 08:00"),
				}}
			},
			[]string{missed, "2026-11-25 | sent |  | Sent on 2026-11-26 08:00. | ", toCome},
		},
		"an archived one gets no more, and had its turns": {
			func(c *explanation.Case, _ *explanation.Rules) {
				c.Opportunity.Active, c.Opportunity.Closed = false, at(t, "2026-11-23 10:00")
			},
			[]string{
				missed, "2026-11-25 | skipped | gone | The opportunity is archived. | ", "2026-12-10 | skipped | gone | The opportunity is archived. | ",
			},
		},
		"a switch that is off": {
			func(_ *explanation.Case, r *explanation.Rules) { r.RemindersOff = "Odoo" },
			[]string{missed, "2026-11-25 | skipped |  | Reminders are switched off (Odoo). | ", "2026-12-10 | skipped |  | Reminders are switched off (Odoo). | "},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			k, r := known(t), rules(t)
			c.change(&k, &r)
			assert.Equal(t, c.want, statuses(explanation.Explain(k, r, at(t, now))))
		})
	}
}

func TestEveryMailThatLeftIsToldAfterTheDaysWereChanged(t *testing.T) {
	k, r := known(t), rules(t)
	r.Reminders.Days = []int{10, 30}
	k.Entries = []crm.Entry{
		entry(t, crm.Reminder, 7, 1, "2026-11-17 08:00", true),
		entry(t, crm.Reminder, 10, 2, "2026-11-20 08:00", true),
		entry(t, crm.Reminder, 15, 3, "2026-11-25 08:00", false), entry(t, crm.Uncertain, 15, 4, "2026-11-25 09:00", false),
	}
	merged := entry(t, crm.Reminder, 10, 5, "2026-11-21 08:00", true)
	merged.Key.Opportunity = 43
	k.Entries = append(k.Entries, merged)
	k.Recipients = map[crm.EntryID]explanation.Recipients{1: {To: []string{"zoe@client.example"}}}
	assert.Equal(t, []string{
		"2026-11-17 | sent |  | Sent on 2026-11-17 08:00. Day 7 is not in reminders.days any more. | zoe@client.example",
		"2026-11-20 | sent |  | Sent on 2026-11-20 08:00. | ",
		"2026-11-20 | sent |  | Sent on 2026-11-21 08:00. It was about opportunity 43, which was merged into this one. | ",
		"2026-11-25 | failed | uncertain | A run was cut off while it sent this mail on 2026-11-25 08:00: nobody can know whether it left. " +
			"`crm-tool runs uncertain` lists it. `crm-tool remind settle` decides. Day 15 is not in reminders.days any more. | ",
		toCome,
	}, statuses(explanation.Explain(k, r, at(t, "2026-11-26 12:00"))))
}

func TestARefusedAddressIsToldUntilItIsCorrected(t *testing.T) {
	k := known(t)
	note := entry(t, crm.Refused, 15, 1, "2026-11-25 08:00", false)
	note.Token = crm.AddressToken("zoe@client.example")
	k.Entries = []crm.Entry{note}
	now := at(t, "2026-11-26 12:00")
	e := explanation.Explain(k, rules(t), now)
	assert.Equal(t, "2026-11-25 | failed | refused | The mail server refused the client's address on 2026-11-25 08:00; the note on the opportunity has its words. | ", statuses(e)[1])
	assert.Equal(t, "2026-12-10 | skipped | refused | The mail server refused the client's address on 2026-11-25 08:00; correct it, and the mails go on. | ", statuses(e)[2])
	k.Opportunity.Email = "zoe.new@client.example"
	assert.Equal(t, "2026-11-25 | planned |  | Is due: the next run mails it. | zoe.new@client.example", statuses(explanation.Explain(k, rules(t), now))[1])
	assert.Equal(t, "2026-11-25 | failed | refused | The mail server refused the client's address on 2026-11-25 08:00; the note on the opportunity has its words. | ",
		statuses(explanation.Explain(k, rules(t), at(t, "2026-12-01 12:00")))[1], "its turn is over")
}

func TestArchivingIsToldAsOfItsDay(t *testing.T) {
	archived := func(c *explanation.Case) {
		note := entry(t, crm.Archived, 0, 9, "2026-12-11 08:00", true)
		note.Token = "20261211t070000z7f3a"
		c.Entries = append(c.Entries, note)
	}
	cases := map[string]struct {
		now    string
		change func(*explanation.Case, *explanation.Rules)
		want   explanation.Status
	}{
		"its day comes with a reminder": {"2026-11-26 12:00", func(*explanation.Case, *explanation.Rules) {}, explanation.Status{
			Outcome: report.Planned, Explanation: "As things stand today, after the reminder that falls due by then.",
		}},
		"its day comes": {"2026-11-26 12:00", func(c *explanation.Case, _ *explanation.Rules) { c.Opportunity.Email = "" }, explanation.Status{
			Outcome: report.Planned, Explanation: "As things stand today.",
		}},
		"it waits": {"2026-12-10 12:00", func(*explanation.Case, *explanation.Rules) {}, explanation.Status{
			Outcome: report.Skipped, Reason: crm.ReminderPending, Explanation: "It is old enough since 2026-12-10, and waits for the reminder that is still to be mailed.",
		}},
		"it is due": {"2026-12-20 12:00", func(*explanation.Case, *explanation.Rules) {}, explanation.Status{
			Outcome: report.Planned, Explanation: "It is old enough since 2026-12-10: the next run archives it.",
		}},
		"it is kept": {"2026-11-26 12:00", func(c *explanation.Case, _ *explanation.Rules) { c.Opportunity.Stage.Won = true }, explanation.Status{
			Outcome: report.Skipped, Reason: crm.Won, Explanation: "It stays. The opportunity is won.",
		}},
		"it is switched off": {"2026-12-20 12:00", func(_ *explanation.Case, r *explanation.Rules) { r.ArchiveOff = "Odoo" }, explanation.Status{
			Outcome: report.Skipped, Explanation: "Archiving is switched off (Odoo).",
		}},
		"it was archived": {"2026-12-20 12:00", func(c *explanation.Case, _ *explanation.Rules) {
			archived(c)
			c.Opportunity.Active = false
		}, explanation.Status{
			Outcome: report.Archived, At: at(t, "2026-12-11 08:00"), Explanation: "crm-tool archived it on 2026-12-11 08:00, run 20261211T070000Z-7f3a.",
		}},
		"somebody put it back": {"2026-12-20 12:00", func(c *explanation.Case, _ *explanation.Rules) { archived(c) }, explanation.Status{
			Outcome: report.Skipped, Reason: crm.WasRestored, Explanation: "crm-tool archived it on 2026-12-11 08:00, run 20261211T070000Z-7f3a. Somebody put it back, so it stays from then on.",
		}},
		"somebody else archived it": {"2026-12-20 12:00", func(c *explanation.Case, _ *explanation.Rules) {
			c.Opportunity.Active, c.Opportunity.Closed = false, at(t, "2026-12-12 09:00")
		}, explanation.Status{
			Outcome: report.Skipped, Reason: crm.Gone, At: at(t, "2026-12-12 09:00"),
			Explanation: "Somebody archived it in Odoo on 2026-12-12 09:00; it was not crm-tool.",
		}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			k, r := known(t), rules(t)
			c.change(&k, &r)
			assert.Equal(t, c.want, explanation.Explain(k, r, at(t, c.now)).Archive.Status)
		})
	}
}

func TestTheRuleIsNamed(t *testing.T) {
	t.Parallel()
	list, err := rule.Parse("[{team: Export, days: [5, 20], archive_after: 60, questionnaire: none}, {tag: VIP, exclude: true, archive_after: none}, {team: Import, days: []}]")
	require.NoError(t, err)
	list[0].If, list[1].If, list[2].If = crm.Condition{Teams: []crm.TeamID{5}}, crm.Condition{Tags: []crm.TagID{9}}, crm.Condition{Teams: []crm.TeamID{6}}
	r := rules(t)
	r.Reminders.Rules, r.Archive.Rules, r.Feedback.Opportunities = list, list, list
	explained := func(change func(*crm.Opportunity)) explanation.Explanation {
		c := known(t)
		change(&c.Opportunity)
		c.Asked = feedbackplan.Recent{}
		c.Finished = []crm.DoneActivity{{Message: 70, Opportunity: 42, Type: 1, TypeName: "Call", At: at(t, "2026-11-18 09:00")}}
		return explanation.Explain(c, r, at(t, "2026-11-19 12:00"))
	}
	none := explained(func(*crm.Opportunity) {})
	assert.Empty(t, none.Opportunity.Rule)
	assert.Len(t, none.Reminders.Steps, 3)

	export := explained(func(o *crm.Opportunity) { o.Team = 5 })
	assert.Equal(t, "rule 1 (team Export)", export.Opportunity.Rule)
	require.Len(t, export.Reminders.Steps, 2)
	assert.Equal(t, []string{"2026-11-15", "2026-11-30"}, []string{export.Reminders.Steps[0].Date, export.Reminders.Steps[1].Date})
	assert.Equal(t, "2027-01-09", export.Archive.Date)
	assert.Equal(t, "No questionnaire goes out because of rule 1 (team Export).", export.Feedback.Activities[0].Explanation)

	vip := explained(func(o *crm.Opportunity) { o.Tags = []crm.TagID{9} })
	assert.Equal(t, "Rule 2 (tag VIP) excludes it.", vip.Reminders.Steps[1].Explanation)
	assert.Equal(t, crm.RuleExcluded, vip.Feedback.Activities[0].Reason)
	assert.Equal(t, "It stays. Rule 2 (tag VIP) excludes it.", vip.Archive.Explanation)
	assert.Empty(t, vip.Next)

	nothing := explained(func(o *crm.Opportunity) { o.Team = 6 })
	assert.Equal(t, crm.RuleExcluded, nothing.Reminders.Steps[1].Reason)
	assert.Equal(t, report.Planned, nothing.Feedback.Activities[0].Outcome)
}

func TestAConvertedLeadIsAsOldAsItsConversion(t *testing.T) {
	k := known(t)
	k.Opportunity.Converted = at(t, "2026-11-20 09:00")
	e := explanation.Explain(k, rules(t), at(t, "2026-11-26 12:00"))
	assert.Equal(t, explanation.Age{
		Days: 6, From: "conversion", Since: k.Opportunity.Converted, Timezone: "Europe/Paris", Today: "2026-11-26",
	}, e.Age)
	assert.Equal(t, []explanation.Event{
		{Date: "2026-11-27", What: "the reminder of day 7 to zoe@client.example"},
		{Date: "2026-12-05", What: "the reminder of day 15 to zoe@client.example"},
		{Date: "2026-12-20", What: "the reminder of day 30 to zoe@client.example"},
		{Date: "2026-12-20", What: "the archiving"},
	}, e.Next)
}

func TestTheWarningBeforeArchivingIsToCome(t *testing.T) {
	archiving := func(today string, change func(*explanation.Case, *explanation.Rules)) []explanation.Event {
		k, r := known(t), rules(t)
		r.Archive.WarnDays, r.Reminders.Days = 5, nil
		if change != nil {
			change(&k, &r)
		}
		r.Archive.Reminders = &r.Reminders
		return explanation.Explain(k, r, at(t, today)).Next
	}
	const mail = "the mail to Sam about the archiving"
	assert.Equal(t, []explanation.Event{{Date: "2026-12-05", What: mail}, {Date: "2026-12-10", What: "the archiving"}}, archiving("2026-11-26 12:00", nil))
	assert.Equal(t, []explanation.Event{{What: mail}, {Date: "2026-12-10", What: "the archiving"}}, archiving("2026-12-05 12:00", nil))
	nobody := func(k *explanation.Case, _ *explanation.Rules) { k.Salesperson = crm.Salesperson{} }
	assert.Equal(t, []explanation.Event{{Date: "2026-12-10", What: "the archiving"}}, archiving("2026-11-26 12:00", nobody))
	reminded := func(_ *explanation.Case, r *explanation.Rules) { r.Reminders.Days = []int{30} }
	assert.Equal(t, []explanation.Event{
		{Date: "2026-12-10", What: "the reminder of day 30 to zoe@client.example"}, {Date: "2026-12-10", What: mail}, {Date: "2026-12-15", What: "the archiving"},
	}, archiving("2026-11-26 12:00", reminded), "the last reminder comes first")
}

func TestALeadIsNoOpportunity(t *testing.T) {
	k := known(t)
	k.Opportunity.Lead = true
	e := explanation.Explain(k, rules(t), at(t, "2026-11-26 12:00"))
	assert.Empty(t, e.Reminders.Steps)
	assert.Empty(t, e.Next)
	var page strings.Builder
	require.NoError(t, e.WritePage(&page, report.TableOptions{}))
	assert.Equal(t, "Chairs (lead 42)\n  This is a lead and not an opportunity. crm-tool mails and archives opportunities alone; "+
		"when it is converted, its age counts from then on.\n", page.String())
}

func TestTheDocumentHasListsAlsoWhereTheyAreEmpty(t *testing.T) {
	k := known(t)
	k.Opportunity.Stage.Won = true
	var text strings.Builder
	e := explanation.Explain(k, rules(t), at(t, "2026-11-26 12:00"))
	require.NoError(t, report.WriteDocument(&text, report.Head{Command: "explain"}, e, report.Tail{}))
	var document map[string]any
	require.NoError(t, json.Unmarshal([]byte(text.String()), &document))
	assert.Equal(t, []any{}, document["next"])
	assert.Equal(t, map[string]any{"activities": []any{}}, document["feedback"])
	assert.Equal(t, "explain", document["command"])
}
