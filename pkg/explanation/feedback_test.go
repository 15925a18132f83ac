package explanation_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/explanation"
	feedbackplan "github.com/crm-tool/crm-tool/pkg/feedback/plan"
	"github.com/crm-tool/crm-tool/pkg/report"
)

func TestAQuestionnaireIsToldWhenItsActivityIsGone(t *testing.T) {
	k, r := known(t), rules(t)
	k.Entries = []crm.Entry{
		entry(t, crm.Feedback, 101, 1, "2026-11-20 12:00", true), entry(t, crm.FeedbackReminder, 101, 2, "2026-11-24 12:00", true),
	}
	k.Recipients = map[crm.EntryID]explanation.Recipients{1: {To: []string{"zoe@client.example"}}}
	e := explanation.Explain(k, r, at(t, "2026-11-26 12:00"))
	require.Len(t, e.Feedback.Activities, 1)
	a := e.Feedback.Activities[0]
	assert.Equal(t, report.Sent, a.Outcome)
	assert.Equal(t, "Sent on 2026-11-20 12:00. The client was reminded of it on 2026-11-24 12:00. "+
		"The activity 101 is not in Odoo any more, or older than the newest 50.", a.Explanation)
	var page strings.Builder
	require.NoError(t, e.WritePage(&page, report.TableOptions{}))
	assert.Contains(t, page.String(), "  activity    sent  Sent on 2026-11-20 12:00.")
}

func TestFinishedActivitiesAreToldWithTheirQuestionnaires(t *testing.T) {
	k, r := known(t), rules(t)
	now := at(t, "2026-11-26 12:00")
	for i, when := range []string{"2026-11-12 10:00", "2026-11-20 10:00", "2026-11-24 10:00", "2026-11-25 09:00", "2026-11-26 11:00"} {
		k.Finished = append(k.Finished, crm.DoneActivity{Message: crm.EntryID(100 + i), Opportunity: 42, TypeName: "Call", At: at(t, when)})
	}
	k.Finished[3].Ours = true
	k.Entries = []crm.Entry{entry(t, crm.Feedback, 101, 1, "2026-11-20 12:00", true), entry(t, crm.Feedback, 102, 2, "2026-11-24 12:00", true)}
	k.Asked = feedbackplan.Recent{}
	k.Asked.Add("zoe@client.example", at(t, "2026-11-20 12:00"))
	k.Asked.Add("zoe@client.example", at(t, "2026-11-24 12:00"))
	k.Questionnaires = map[crm.EntryID]explanation.Questionnaire{
		101: {Deadline: at(t, "2026-12-04 12:00"), Answered: at(t, "2026-11-21 09:00"), Noted: true},
		102: {Deadline: at(t, "2026-12-08 12:00")},
	}
	var got []string
	e := explanation.Explain(k, r, now)
	for _, a := range e.Feedback.Activities {
		got = append(got, strings.Join([]string{string(a.Outcome), string(a.Reason), a.Explanation}, " | "))
	}
	assert.Equal(t, []string{
		"skipped | cooldown | The client was asked already, less than feedback.cooldown_days before.",
		"sent |  | Sent on 2026-11-20 12:00. Answered on 2026-11-21 09:00; the answer is on the opportunity.",
		"sent |  | Sent on 2026-11-24 12:00. It can be answered until 2026-12-08.",
		"skipped | excluded | No questionnaire goes out for activities of this type.",
		"planned |  | The next run of `crm-tool feedback send` asks.",
	}, got)

	k.Asked, k.Finished, k.Entries = feedbackplan.Recent{}, k.Finished[:1], nil
	late := explanation.Explain(k, r, now).Feedback.Activities[0]
	assert.Equal(t, crm.Missed, late.Reason)
	assert.Equal(t, "It was finished more than 7 days ago (feedback.lookback_days), and no run asked in time.", late.Explanation)
}

func TestAQuestionnaireTellsWhenItsClientIsRemindedOfIt(t *testing.T) {
	asked := func(change func(*explanation.Case, *explanation.Rules)) explanation.Activity {
		k, r := known(t), rules(t)
		r.RemindAfterDays = 3
		k.Finished = []crm.DoneActivity{{Message: 101, Opportunity: 42, TypeName: "Call", At: at(t, "2026-11-24 10:00")}}
		k.Entries = []crm.Entry{entry(t, crm.Feedback, 101, 1, "2026-11-24 12:00", true)}
		k.Asked = feedbackplan.Recent{}
		k.Asked.Add("zoe@client.example", at(t, "2026-11-24 12:00"))
		k.Questionnaires = map[crm.EntryID]explanation.Questionnaire{101: {Email: "zoe@client.example", Deadline: at(t, "2026-12-08 12:00")}}
		change(&k, &r)
		return explanation.Explain(k, r, at(t, "2026-11-26 12:00")).Feedback.Activities[0]
	}
	a := asked(func(*explanation.Case, *explanation.Rules) {})
	assert.Equal(t, "2026-11-27", a.Reminder)
	assert.Equal(t, "Sent on 2026-11-24 12:00. It can be answered until 2026-12-08. As things stand today, the client is reminded of it on 2026-11-27.", a.Explanation)
	assert.Equal(t, "2026-11-26", asked(func(_ *explanation.Case, r *explanation.Rules) { r.RemindAfterDays = 1 }).Reminder, "due today")
	for name, change := range map[string]func(*explanation.Case, *explanation.Rules){
		"reminders are not wanted": func(_ *explanation.Case, r *explanation.Rules) { r.RemindAfterDays = 0 },
		"feedback is off":          func(_ *explanation.Case, r *explanation.Rules) { r.FeedbackOff = "Odoo" },
		"the client has begun": func(c *explanation.Case, _ *explanation.Rules) {
			c.Questionnaires[101] = explanation.Questionnaire{Email: "zoe@client.example", Deadline: at(t, "2026-12-08 12:00"), Begun: true}
		},
		"it cannot be answered for so long": func(c *explanation.Case, _ *explanation.Rules) {
			c.Questionnaires[101] = explanation.Questionnaire{Email: "zoe@client.example", Deadline: at(t, "2026-11-27 09:00")}
		},
		"the client was reminded": func(c *explanation.Case, _ *explanation.Rules) {
			c.Entries = append(c.Entries, entry(t, crm.FeedbackReminder, 101, 2, "2026-11-26 11:59", false))
		},
	} {
		assert.Empty(t, asked(change).Reminder, name)
	}
}
