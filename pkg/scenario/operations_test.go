//go:build !odoo

package scenario_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/crm"
)

// few is how many records a run of the exhaustive tests is about.
const few = 20

// operation is a command with work to do, and with what is to come of it.
type operation struct {
	command []string
	// claims: what the command does goes by the age of claims.
	claims bool
	// prepare makes the work, and returns what it is about: opportunities, or
	// for questionnaires the messages about finished activities.
	prepare func(t *testing.T, sim *simulation) []int64
	// verify looks at what came of it.
	verify func(t assert.TestingT, sim *simulation, about []int64) outcomes
}

func (e operation) String() string { return strings.Join(e.command, " ") }

// operations are the runs that the tool has.
func operations() []operation {
	return []operation{
		{command: []string{"remind"}, claims: true, prepare: dueReminders, verify: verifyMails(crm.Reminder)},
		{command: []string{"archive"}, claims: true, prepare: oldOpportunities, verify: verifyArchive},
		{command: []string{"feedback", "send"}, claims: true, prepare: finishedActivities, verify: verifyQuestionnaires},
		{command: []string{"feedback", "collect"}, prepare: givenAnswers, verify: verifyAnswers},
	}
}

// mailing are those that mail.
func mailing() []operation {
	return slices.DeleteFunc(operations(), func(o operation) bool { return o.String() == "archive" || o.String() == "feedback collect" })
}

// outcomes counts how records ended.
type outcomes struct {
	// once: done, and noted as done; refused: with a note about it.
	once, refused int
	// arrived and lost are in doubt: the client has the mail, or has it not.
	arrived, lost int
	// wrong is everything else: twice, forgotten, or told otherwise in Odoo.
	wrong int
}

func dueReminders(t *testing.T, sim *simulation) []int64 {
	t.Helper()
	return sim.pipeline(t, "client", few, week)
}

func oldOpportunities(t *testing.T, sim *simulation) []int64 {
	t.Helper()
	ids := sim.pipeline(t, "old", few, 40*24*time.Hour)
	sim.planActivities(t, ids[:few/2], 1)
	return ids
}

// finishedActivities finishes one on each opportunity. Before, the tool has to
// be there: what was finished earlier is not its business.
func finishedActivities(t *testing.T, sim *simulation) []int64 {
	t.Helper()
	clients := sim.pipeline(t, "client", few, 24*time.Hour)
	_, status := sim.tool(t, "feedback", "send")
	require.Equal(t, 0, status)
	time.Sleep(time.Hour)
	sim.finishAll(t, clients)
	var ids []int64
	for _, m := range sim.search(messageModel, []any{[]any{"model", "=", leadModel}, []any{"mail_activity_type_id", "!=", false}}, "res_id") {
		ids = append(ids, m.id())
	}
	require.Len(t, ids, few)
	return ids
}

// givenAnswers lets all clients answer, and none of them be content.
func givenAnswers(t *testing.T, sim *simulation) []int64 {
	t.Helper()
	finishedActivities(t, sim)
	_, status := sim.tool(t, "feedback", "send")
	require.Equal(t, 0, status)
	time.Sleep(time.Hour)
	given := map[string]any{}
	for _, q := range sim.search("survey.question", []any{}, "question_type") {
		choices := sim.search("survey.question.answer", []any{[]any{"question_id", "=", q.id()}}, "sequence")
		name := strconv.FormatInt(q.id(), 10)
		if given[name] = "Too late"; len(choices) > 0 {
			given[name] = strconv.FormatInt(choices[0].id(), 10)
		}
	}
	client := &http.Client{Transport: sim.env.Transport}
	surveys := sim.search("survey.survey", []any{}, "access_token")
	require.Len(t, surveys, 1)
	var ids []int64
	for _, p := range sim.inputs() {
		page := surveys[0].text("access_token") + "/" + p.text("access_token")
		for action, params := range map[string]map[string]any{"submit": given} {
			body, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "method": "call", "id": 1, "params": params})
			require.NoError(t, err)
			response, err := client.Post("http://"+simulatedOdoo+"/survey/"+action+"/"+page, "application/json", bytes.NewReader(body))
			require.NoError(t, err)
			require.NoError(t, response.Body.Close())
		}
		id, err := strconv.ParseInt(strings.Split(p.text("invite_token"), ":")[1], 10, 64)
		require.NoError(t, err)
		ids = append(ids, id)
	}
	require.Len(t, sim.search(inputModel, []any{[]any{"state", "=", "done"}}, "state"), few)
	return ids
}

// trace is what became of one mail.
type trace struct{ mails, confirmed, open, doubts, refusals int }

// traces reads what arrived, and the tool's entries about it, by the number
// that the Message-IDs carry: the opportunity or the activity's message.
func (sim *simulation) traces(t require.TestingT, kind crm.EntryKind) map[int64]*trace {
	all := map[int64]*trace{}
	of := func(messageID string) (crm.Key, *trace) {
		key, _, ok := crm.ParseMessageID(messageID)
		require.True(t, ok, "Message-ID %s", messageID)
		about := int64(key.Opportunity)
		if kind == crm.Feedback {
			about = int64(key.Activity) + key.Mail
		}
		if all[about] == nil {
			all[about] = &trace{}
		}
		return key, all[about]
	}
	for _, m := range sim.mailbox.Messages() {
		letter, err := m.Parse()
		require.NoError(t, err)
		_, about := of("<" + letter.MessageID + ">")
		about.mails++
	}
	for _, m := range sim.search(messageModel, []any{[]any{"message_id", "=like", "<crm-tool.%"}}, "message_id", "message_type") {
		key, about := of(m.text("message_id"))
		switch key.Kind {
		case kind:
			if m.text("message_type") == "comment" {
				about.confirmed++
			} else {
				about.open++
			}
		case crm.Key{Kind: kind}.Note(crm.Uncertain).Kind:
			about.doubts++
		case crm.Refused:
			about.refusals++
		case crm.KnownUnsent:
			// Its claim was given back, and counts no more.
		default:
			require.Fail(t, "an entry of another kind", "%v", key)
		}
	}
	return all
}

// verifyMails tells for each mail whether what Odoo says is what happened.
func verifyMails(kind crm.EntryKind) func(assert.TestingT, *simulation, []int64) outcomes {
	return func(t assert.TestingT, sim *simulation, about []int64) outcomes {
		var o outcomes
		all := sim.traces(failing{t}, kind)
		for _, id := range about {
			x := trace{}
			if all[id] != nil {
				x = *all[id]
			}
			delete(all, id)
			switch x {
			case trace{mails: 1, confirmed: 1}:
				o.once++
			case trace{refusals: 1}:
				o.refused++
			case trace{mails: 1, open: 1, doubts: 1}:
				o.arrived++
			case trace{open: 1, doubts: 1}:
				o.lost++
			default:
				o.wrong++
				assert.Fail(t, "a wrong outcome", "about %d: %+v", id, x)
			}
		}
		assert.Empty(t, all, "mails about something else")
		return o
	}
}

// verifyQuestionnaires adds that there is one questionnaire, and in it one
// place for each client.
func verifyQuestionnaires(t assert.TestingT, sim *simulation, about []int64) outcomes {
	assert.Len(t, sim.search("survey.survey", []any{}, "title"), 1, "questionnaires")
	places := map[string]int{}
	for _, p := range sim.inputs() {
		places[strings.Join(strings.Split(p.text("invite_token"), ":")[:3], ":")]++
	}
	assert.LessOrEqual(t, len(places), len(about))
	for who, n := range places {
		assert.Equal(t, 1, n, "places for %s", who)
	}
	return verifyMails(crm.Feedback)(t, sim, about)
}

func verifyArchive(t assert.TestingT, sim *simulation, about []int64) outcomes {
	var o outcomes
	active := map[int64]bool{}
	for _, r := range sim.search(leadModel, []any{[]any{"active", "=", true}}, "active") {
		active[r.id()] = true
	}
	confirmed, open, _ := sim.archiveEntries("archive")
	for _, id := range about {
		if !active[id] && confirmed[id] == 1 && open[id] == 0 {
			o.once++
			continue
		}
		o.wrong++
		assert.Fail(t, "a wrong outcome", "opportunity %d: active %t, %d notes, %d claims", id, active[id], confirmed[id], open[id])
	}
	return o
}

func verifyAnswers(t assert.TestingT, sim *simulation, about []int64) outcomes {
	var o outcomes
	notes, todos, collected := map[int64]int{}, map[int64]int{}, map[string]int{}
	for _, m := range sim.search(messageModel, []any{[]any{"message_id", "=like", "<crm-tool.answer.%"}}, "res_id") {
		notes[m.number("res_id")]++
	}
	for _, a := range sim.search(activityModel, []any{[]any{"res_model", "=", leadModel}}, "res_id") {
		todos[a.number("res_id")]++
	}
	for _, p := range sim.inputs() {
		collected[strings.Split(p.text("invite_token"), ":")[1]+strings.TrimPrefix(p.text("nickname"), "crm-tool:")]++
	}
	for _, id := range about {
		if notes[id] == 1 && todos[id] == 1 && collected[strconv.FormatInt(id, 10)+" done"] == 1 {
			o.once++
			continue
		}
		o.wrong++
		assert.Fail(t, "a wrong outcome", "opportunity %d: %d notes, %d to-dos, %v", id, notes[id], todos[id], collected)
	}
	return o
}

// failing makes a require of an assert.
type failing struct{ assert.TestingT }

func (f failing) FailNow() { panic("the requirement above") }
