package plan_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/feedback/plan"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// finished is an activity of type 1 on opportunity 42, finished so long ago.
func finished(id crm.EntryID, ago time.Duration) plan.Record {
	var r plan.Record
	r.Activity = crm.DoneActivity{Message: id, Opportunity: 42, Type: 1, At: noon.Add(-ago)}
	r.Opportunity = crm.Opportunity{ID: 42, Active: true, Email: "Zoë <Zoe@client.example>"}
	return r
}

func with(r plan.Record, how func(*plan.Record)) plan.Record {
	how(&r)
	return r
}

func entry(kind crm.EntryKind, id crm.EntryID, confirmed bool) crm.Entry {
	return crm.Entry{ID: id, Key: crm.QuestionnaireKey(kind, 42, 7), On: 42, Confirmed: confirmed}
}

func TestWhoIsAskedAndWhoIsNot(t *testing.T) {
	t.Parallel()
	policy := plan.Policy{
		CooldownDays: 1, Questionnaire: "satisfaction", Installed: noon.AddDate(0, 0, -30), Newest: 6,
		Rules: []plan.Rule{
			{Types: []crm.ActivityTypeID{2}, Questionnaire: "nps"},
			{Types: []crm.ActivityTypeID{3, 4}},
			{Types: []crm.ActivityTypeID{2, 3}, Questionnaire: "later"},
		},
	}
	for name, c := range map[string]struct {
		change        func(*plan.Record)
		reason        crm.Reason
		questionnaire string
	}{
		"an activity without a rule":                         {func(*plan.Record) {}, "", "satisfaction"},
		"a type with a rule":                                 {func(r *plan.Record) { r.Activity.Type = 2 }, "", "nps"},
		"a type whose rule is none":                          {func(r *plan.Record) { r.Activity.Type = 3 }, crm.Excluded, ""},
		"a second type of that rule":                         {func(r *plan.Record) { r.Activity.Type = 4 }, crm.Excluded, ""},
		"one that crm-tool had planned":                      {func(r *plan.Record) { r.Activity.Ours = true }, crm.Excluded, "satisfaction"},
		"an archived opportunity":                            {func(r *plan.Record) { r.Opportunity.Active = false }, "", "satisfaction"},
		"a won opportunity":                                  {func(r *plan.Record) { r.Opportunity.Stage.Won = true }, "", "satisfaction"},
		"a lead":                                             {func(r *plan.Record) { r.Opportunity.Lead = true }, crm.Gone, "satisfaction"},
		"a deleted opportunity":                              {func(r *plan.Record) { r.Opportunity = crm.Opportunity{} }, crm.Gone, "satisfaction"},
		"one from the second of the installation, before it": {func(r *plan.Record) { r.Activity.Message = 6 }, crm.BeforeInstall, "satisfaction"},
		"one from before the installation":                   {func(r *plan.Record) { r.Activity.At = noon.AddDate(0, 0, -31) }, crm.BeforeInstall, "satisfaction"},
		"one at the installation":                            {func(r *plan.Record) { r.Activity.At = noon.AddDate(0, 0, -30) }, "", "satisfaction"},
		"a client without an address":                        {func(r *plan.Record) { r.Opportunity.Email = "" }, crm.NoEmail, "satisfaction"},
		"a client with a contact's address":                  {func(r *plan.Record) { r.Opportunity.Email, r.Contact.Email = "", "zoe@client.example" }, "", "satisfaction"},
		"a client with half an address":                      {func(r *plan.Record) { r.Opportunity.Email = "zoe@" }, crm.BadEmail, "satisfaction"},
		"a client on the blacklist":                          {func(r *plan.Record) { r.Opportunity.Blacklisted = true }, crm.Blacklisted, "satisfaction"},
		"a client whom the server refused": {func(r *plan.Record) {
			e := entry(crm.Refused, 9, true)
			e.Token = crm.AddressToken("zoe@client.example")
			r.Entries = []crm.Entry{e}
		}, crm.RefusedByServer, "satisfaction"},
		"one that was mailed":         {func(r *plan.Record) { r.Entries = []crm.Entry{entry(crm.Feedback, 9, true)} }, crm.AlreadyDone, "satisfaction"},
		"one that another run claims": {func(r *plan.Record) { r.Entries = []crm.Entry{entry(crm.Feedback, 9, false)} }, crm.ClaimedElsewhere, "satisfaction"},
		"one that is in doubt": {func(r *plan.Record) {
			r.Entries = []crm.Entry{entry(crm.Feedback, 9, false), entry(crm.FeedbackUncertain, 10, false)}
		}, crm.IsUncertain, "satisfaction"},
		"one whose opportunity was reminded on day 7": {func(r *plan.Record) { r.Entries = []crm.Entry{entry(crm.Reminder, 9, true)} }, "", "satisfaction"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := with(finished(7, time.Hour), c.change)
			got := plan.Decide([]plan.Record{r}, policy, plan.Recent{}, noon)
			assert.Equal(t, c.reason == "", got[0].Ask())
			assert.Equal(t, []any{r.Activity.Message, crm.OpportunityID(42), c.reason, c.questionnaire},
				[]any{got[0].Activity, got[0].Opportunity, got[0].Reason, got[0].Questionnaire})
			if c.reason == "" {
				assert.Equal(t, "zoe@client.example", strings.ToLower(got[0].To.Mailbox))
			}
		})
	}
}

func TestAClientIsNotAskedTwiceWithinTheCooldown(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	// Zoe was sent a questionnaire two days ago.
	asked := plan.Recent{}
	asked.Add("Zoe@client.example", noon.Add(-2*day))
	asked.Add("zoe@client.example", noon.Add(-9*day))
	asked.Add("ken@client.example", noon)
	for _, c := range []struct {
		name     string
		days     int
		finished []time.Duration
		want     []crm.Reason
	}{
		{"three on one day are one", 1, []time.Duration{3 * time.Hour, 2 * time.Hour, time.Hour}, []crm.Reason{"", crm.Cooldown, crm.Cooldown}},
		{"without a cooldown they are three", 0, []time.Duration{3 * time.Hour, 2 * time.Hour, time.Hour}, []crm.Reason{"", "", ""}},
		{"one from the time of the last questionnaire is not asked about", 1, []time.Duration{2*day - time.Hour}, []crm.Reason{crm.Cooldown}},
		{"nor one from before it", 1, []time.Duration{5 * day}, []crm.Reason{crm.Cooldown}},
		{"one from a cooldown later is", 1, []time.Duration{day}, []crm.Reason{""}},
		{"a longer cooldown reaches it", 2, []time.Duration{day}, []crm.Reason{crm.Cooldown}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var records []plan.Record
			for i, ago := range c.finished {
				records = append(records, finished(crm.EntryID(i+1), ago))
			}
			before := fmt.Sprintf("%+v %+v", records, asked)
			var got []crm.Reason
			for _, d := range plan.Decide(records, plan.Policy{CooldownDays: c.days, Questionnaire: "nps"}, asked, noon) {
				got = append(got, d.Reason)
			}
			assert.Equal(t, c.want, got)
			assert.Equal(t, before, fmt.Sprintf("%+v %+v", records, asked), "planning changes nothing that it is given")
		})
	}
}

func TestScoreOf(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		worths []plan.Worth
		want   plan.Score
	}{
		"nothing scored has no score":           {nil, plan.Score{}},
		"nought is a score":                     {[]plan.Worth{{1, 0}}, plan.Score{Value: 0, Known: true}},
		"questions count alike":                 {[]plan.Worth{{1, 100}, {2, 50}, {3, 0}}, plan.Score{Value: 50, Known: true}},
		"however much was chosen in one":        {[]plan.Worth{{1, 100}, {1, 50}, {1, 0}, {2, 100}}, plan.Score{Value: 75, Known: true}},
		"in whatever order the choices come in": {[]plan.Worth{{1, 100}, {2, 100}, {1, 0}}, plan.Score{Value: 75, Known: true}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, c.want, plan.ScoreOf(c.worths))
		})
	}
}
