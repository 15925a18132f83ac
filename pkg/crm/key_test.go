package crm_test

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/crm"
)

func ExampleKey() {
	reminder := crm.ReminderKey(42, 7)
	fmt.Println(reminder.ExternalID())
	fmt.Println(reminder.MessageID("00ff", "example.com"))

	refusal := reminder.Note(crm.Refused)
	fmt.Println(refusal.MessageID(crm.AddressToken("zoe@client.example"), "example.com"))

	key, token, ours := crm.ParseMessageID("<crm-tool.feedback.1234.00ff@example.com>")
	fmt.Println(key.Kind, key.Activity, token, ours)
	// Output:
	// crm_tool.remind_42_7
	// <crm-tool.remind.42.7.00ff@example.com>
	// <crm-tool.refused.42.7.01515f0c029d50e6@example.com>
	// feedback 1234 00ff true
}

// everyKey has a key of each kind.
func everyKey(o crm.OpportunityID, n int) []crm.Key {
	reminder := crm.ReminderKey(o, n)
	questionnaire := crm.QuestionnaireKey(crm.Feedback, o, crm.EntryID(n))
	followUp := crm.QuestionnaireKey(crm.FeedbackReminder, o, crm.EntryID(n))
	return []crm.Key{
		reminder, crm.ArchivedKey(o), crm.RestoredKey(o), questionnaire, followUp, crm.AnswerKey(o, int64(n)), crm.WarningKey(o, n),
		reminder.Note(crm.Uncertain), questionnaire.Note(crm.Uncertain), followUp.Note(crm.Uncertain),
		reminder.Note(crm.Refused), questionnaire.Note(crm.Settled), followUp.Note(crm.KnownUnsent),
		{Kind: crm.Snoozed, Opportunity: o, Date: n},
		crm.WarningKey(o, n).Note(crm.Uncertain),
	}
}

func TestMessageIDsAreThoseThatDatabasesHold(t *testing.T) {
	t.Parallel()
	want := []string{
		"<crm-tool.remind.42.7.00ff@example.com>",
		"<crm-tool.archive.42.00ff@example.com>",
		"<crm-tool.restored.42.00ff@example.com>",
		"<crm-tool.feedback.7.00ff@example.com>",
		"<crm-tool.feedback-reminder.7.00ff@example.com>",
		"<crm-tool.answer.7.00ff@example.com>",
		"<crm-tool.warning.42.7.00ff@example.com>",
		"<crm-tool.uncertain.42.7.00ff@example.com>",
		"<crm-tool.feedback-uncertain.7.00ff@example.com>",
		"<crm-tool.feedback-reminder-uncertain.7.00ff@example.com>",
		"<crm-tool.refused.42.7.00ff@example.com>",
		"<crm-tool.settled.42.7.00ff@example.com>",
		"<crm-tool.spared.42.7.00ff@example.com>",
		"<crm-tool.snooze.42.7.00ff@example.com>",
		"<crm-tool.warning-uncertain.42.7.00ff@example.com>",
	}
	for i, key := range everyKey(42, 7) {
		assert.Equal(t, want[i], key.MessageID("00ff", "example.com"))
	}
	assert.Equal(t, "<crm-tool.remind.1.0.a@xn--bcher-kva.example>", crm.ReminderKey(1, 0).MessageID("a", "xn--bcher-kva.example"))
}

func TestAnEntryIsFoundAgainByItsMessageID(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, 99999, 999999999999999999} {
		for _, key := range everyKey(2147483647, n) {
			id := key.MessageID("z9", "example.com")
			got, token, ok := crm.ParseMessageID(id)
			if n == 0 && !strings.Contains(id, ".2147483647.") {
				assert.False(t, ok, "there is no record 0: %s", id)
				continue
			}
			require.True(t, ok, id)
			assert.Equal(t, "z9", token)
			if !strings.Contains(id, "2147483647") {
				key.Opportunity = 0 // It is not in there.
			}
			assert.Equal(t, key, got)
		}
	}
}

func TestPatternsFindMessageIDs(t *testing.T) {
	t.Parallel()
	matched := func(pattern string) (kinds []crm.EntryKind) {
		form := regexp.MustCompile("^" + strings.ReplaceAll(regexp.QuoteMeta(pattern), "%", ".*") + "$")
		for _, key := range append(everyKey(42, 7), crm.ReminderKey(7, 15)) {
			if form.MatchString(key.MessageID("00ff", "example.com")) {
				kinds = append(kinds, key.Kind)
			}
		}
		return kinds
	}
	assert.Len(t, matched(crm.AnyMessageID), 16)
	assert.Equal(t, []crm.EntryKind{crm.Feedback}, matched(crm.Feedback.MessageIDs()))
	assert.Equal(t, []crm.EntryKind{crm.Reminder}, matched(crm.Reminder.StepMessageIDs(15)), "and not the one on opportunity 15")
	assert.Equal(t, []crm.EntryKind{crm.Archived}, matched(crm.Archived.StepMessageIDs(0)), "which has no steps")
	assert.Equal(t, []crm.EntryKind{crm.Archived}, matched(crm.Archived.RunMessageIDs("00ff")))
	assert.Len(t, matched(crm.RunMessageIDs("00ff")), 16)
	assert.Empty(t, matched(crm.RunMessageIDs("0ff")))
}

func TestPatternsMeetNoDomain(t *testing.T) {
	t.Parallel()
	domains := []string{"mail.30.example", "10.0.30.5", "remind.30.00ff.example", "crm-tool.archive.30.00ff.30.example"}
	for pattern, wanted := range map[string]func(crm.Key) bool{
		crm.Reminder.StepMessageIDs(30):    func(crm.Key) bool { return false },
		crm.Archived.MessageIDs():          func(k crm.Key) bool { return k.Kind == crm.Archived },
		crm.RunMessageIDs("30"):            func(crm.Key) bool { return false },
		crm.Archived.RunMessageIDs("00ff"): func(crm.Key) bool { return false },
	} {
		form := regexp.MustCompile("^" + strings.ReplaceAll(regexp.QuoteMeta(pattern), "%", ".*") + "$")
		for _, domain := range domains {
			for _, key := range append(everyKey(42, 7), everyKey(30, 15)...) {
				id := key.MessageID("0a0b", domain)
				assert.Equal(t, wanted(key), form.MatchString(id), "%s and %s", pattern, id)
			}
		}
	}
}

func TestWhatHasNotTheFormOfOursIsNotOurs(t *testing.T) {
	t.Parallel()
	for name, id := range map[string]string{
		"nothing":                      "",
		"an ordinary Message-ID":       "<20261123.42@client.example>",
		"one without brackets":         "crm-tool.remind.42.7.a@example.com",
		"one with something before":    "x<crm-tool.remind.42.7.a@example.com>",
		"one with something after":     "<crm-tool.remind.42.7.a@example.com>\n",
		"one on two lines":             "<crm-tool.remind.42.7.a@example.com>\n<crm-tool.remind.42.7.a@example.com>",
		"one without a step":           "<crm-tool.remind.42.a@example.com>",
		"one without a token":          "<crm-tool.remind.42.7.@example.com>",
		"one without a domain":         "<crm-tool.remind.42.7.a@>",
		"one with two domains":         "<crm-tool.remind.42.7.a@x@example.com>",
		"one with a blank":             "<crm-tool.remind.42.7.a@example.com x>",
		"one with a pattern as token":  "<crm-tool.remind.42.7.%@example.com>",
		"one with a capital token":     "<crm-tool.remind.42.7.A@example.com>",
		"one about opportunity nought": "<crm-tool.remind.0.7.a@example.com>",
		"a questionnaire with a step":  "<crm-tool.feedback.42.7.a@example.com>",
		"a doubt about activity none":  "<crm-tool.feedback-uncertain.0.a@example.com>",
		"a doubt with an opportunity":  "<crm-tool.feedback-uncertain.42.7.a@example.com>",
		"one with a leading nought":    "<crm-tool.remind.042.7.a@example.com>",
		"one with a negative id":       "<crm-tool.remind.-42.7.a@example.com>",
		"one with an id beyond bounds": "<crm-tool.remind.9999999999999999999.7.a@example.com>",
		"one with a step beyond all":   "<crm-tool.remind.42.1000000000000000000.a@example.com>",
		"one with a token beyond all":  "<crm-tool.remind.42.7." + strings.Repeat("a", 65) + "@example.com>",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			key, token, ok := crm.ParseMessageID(id)
			assert.False(t, ok)
			assert.Zero(t, key)
			assert.Empty(t, token)
		})
	}
}

func FuzzParseMessageID(f *testing.F) {
	f.Add("<crm-tool.remind.42.7.00ff@example.com>")
	f.Add("<crm-tool.remind.1.99999.a@a.b>")
	f.Add("<crm-tool.feedback.42.00ff@example.com>")
	f.Add("<crm-tool.archive.42.00ff@example.com>")
	f.Fuzz(func(t *testing.T, id string) {
		key, token, ok := crm.ParseMessageID(id)
		if !ok {
			return
		}
		_, domain, _ := strings.Cut(strings.TrimSuffix(id, ">"), "@")
		again, sameToken, ok := crm.ParseMessageID(key.MessageID(token, domain))
		if !ok || again != key || sameToken != token {
			t.Fatalf("%q is %+v %q, which is written as %+v %q", id, key, token, again, sameToken)
		}
	})
}

func TestARefusalStandsForTheAddress(t *testing.T) {
	t.Parallel()
	token := crm.AddressToken("zoe@client.example")
	assert.Regexp(t, "^[0-9a-f]{16}$", token)
	assert.Equal(t, token, crm.AddressToken("Zoe@Client.Example"), "whatever its case")
	assert.NotEqual(t, token, crm.AddressToken("zoe@client2.example"))
	_, parsed, ok := crm.ParseMessageID(crm.ReminderKey(1, 7).Note(crm.Refused).MessageID(token, "example.com"))
	assert.True(t, ok)
	assert.Equal(t, token, parsed)
}

// externalID is an external id with what it was made of, and the form that all
// of its kind have: its groups are the parts.
type externalID struct {
	id, form string
	parts    []any
}

// externalIDs are one of each kind. The words are as those of real ones: the
// token of a run, the key of a survey, and those of a question and of a setting.
func externalIDs(a, b int64, run, survey, question, setting string) []externalID {
	o, activity, token := crm.OpportunityID(a), crm.EntryID(b), crm.RunToken(run)
	address := crm.AddressToken(setting)
	questionnaire := crm.QuestionnaireKey(crm.Feedback, o, activity)
	const (
		number    = `(\d+)`
		runToken  = `(\d{8}t\d{6}z[0-9a-f]{4})`
		surveyKey = `([a-z0-9_]+?_[0-9a-f]{12})`
		// The part after an underscore has a letter: see ChoiceExternalID.
		questionKey = `([a-z][a-z0-9]*(?:_[a-z][a-z0-9]*)*)`
	)
	asked := strings.ReplaceAll(question, "-", "_")
	return []externalID{
		{crm.ReminderKey(o, int(b)).ExternalID(), `remind_` + number + `_` + number, []any{a, b}},
		{crm.ArchivedKey(o).ExternalID(), `archive_` + number + `_0`, []any{a}},
		{crm.RestoredKey(o).ExternalID(), `restored_` + number + `_0`, []any{a}},
		{questionnaire.ExternalID(), `feedback_` + number, []any{b}},
		{crm.ClockExternalID(address), `clock_([0-9a-f]{16})`, []any{address}},
		{crm.QuestionnaireKey(crm.FeedbackReminder, o, activity).ExternalID(), `feedback_reminder_` + number, []any{b}},
		{crm.WarningKey(o, int(b)).ExternalID(), `warning_` + number + `_` + number, []any{a, b}},
		{crm.AnswerKey(o, b).ExternalID(), `answer_` + number, []any{b}},
		{questionnaire.Note(crm.Refused).RefusalExternalID(address), `refused_` + number + `_` + number + `_([0-9a-f]{16})`, []any{a, b, address}},
		{crm.VerdictExternalID(activity), `uncertain_` + number, []any{b}},
		{crm.DecisionExternalID(activity, int(a)), `settled_` + number + `_` + number, []any{b, a}},
		{
			crm.Key{Kind: crm.Snoozed, Opportunity: o, Date: int(b)}.SnoozeExternalID(activity),
			`snooze_` + number + `_` + number + `_` + number,
			[]any{a, b, b},
		},
		{crm.ParticipationExternalID(activity, a), `ask_` + number + `_` + number, []any{b, a}},
		{crm.UndoneExternalID(token, crm.ActivityID(b)), `undo_` + runToken + `_` + number, []any{token, b}},
		{crm.CallBackExternalID(b), `undo_low_` + number, []any{b}},
		{crm.SnapshotExternalID(token, o), `kept_` + runToken + `_` + number, []any{token, a}},
		{crm.RunExternalID(run), `run_` + runToken, []any{token}},
		{crm.RunItemsExternalID(run), `run_items_` + runToken, []any{token}},
		{crm.SharedExternalID(setting), `shared_([a-z_]+)`, []any{strings.ReplaceAll(setting, ".", "_")}},
		{crm.OptOutExternalID(setting), `client_optout_([0-9a-f]{16})`, []any{address}},
		{crm.SurveyExternalID(survey), `survey_` + surveyKey, []any{survey}},
		{crm.QuestionExternalID(survey, question), `question_` + surveyKey + `_` + questionKey, []any{survey, asked}},
		{crm.ChoiceExternalID(survey, question, int(a)), `question_` + surveyKey + `_` + questionKey + `_` + number, []any{survey, asked, a}},
	}
}

func TestExternalIDsAreThoseThatDatabasesHold(t *testing.T) {
	t.Parallel()
	var got []string
	for _, x := range externalIDs(42, 7, "20261123T101500Z-00ff", "nps_fr_be_0123456789ab", "how-likely", "mail.reply_to") {
		got = append(got, x.id)
	}
	assert.Equal(t, []string{
		"crm_tool.remind_42_7",
		"crm_tool.archive_42_0",
		"crm_tool.restored_42_0",
		"crm_tool.feedback_7", "crm_tool.clock_a75d0c831bde8406",
		"crm_tool.feedback_reminder_7",
		"crm_tool.warning_42_7",
		"crm_tool.answer_7",
		"crm_tool.refused_42_7_" + crm.AddressToken("mail.reply_to"),
		"crm_tool.uncertain_7",
		"crm_tool.settled_7_42",
		"crm_tool.snooze_42_7_7",
		"crm_tool.ask_7_42",
		"crm_tool.undo_20261123t101500z00ff_7",
		"crm_tool.undo_low_7",
		"crm_tool.kept_20261123t101500z00ff_42",
		"crm_tool.run_20261123t101500z00ff",
		"crm_tool.run_items_20261123t101500z00ff",
		"crm_tool.shared_mail_reply_to",
		"crm_tool.client_optout_a75d0c831bde8406",
		"crm_tool.survey_nps_fr_be_0123456789ab",
		"crm_tool.question_nps_fr_be_0123456789ab_how_likely",
		"crm_tool.question_nps_fr_be_0123456789ab_how_likely_42",
	}, got)
	assert.Equal(t, "crm_tool.snooze_42_20261224_7", crm.SnoozeKey(42, "2026-12-24").SnoozeExternalID(7))
	assert.Equal(t, "crm_tool.shared_serves_0123456789abcdef", crm.SharedExternalID("serves/0123456789abcdef"))
	assert.Equal(t, "crm-tool/archive/20261123t101500z00ff.json", crm.SnapshotAttachment("20261123t101500z00ff"))
	for _, key := range everyKey(42, 7)[7:] {
		assert.Empty(t, key.ExternalID(), "a note of kind %s needs more than its key", key.Kind)
	}
}

// An external id has the form of one kind alone, and tells what it was made of:
// so no two kinds can meet, nor two records of one.
func TestNoTwoExternalIDsMeet(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	word := func() string {
		letters := make([]byte, 1+r.IntN(6))
		for i := range letters {
			letters[i] = "abcdefz"[r.IntN(7)]
		}
		return string(letters)
	}
	words := func(separator string) string {
		list := []string{word()}
		for r.IntN(2) == 0 {
			list = append(list, word())
		}
		return strings.Join(list, separator)
	}
	forms := map[string]*regexp.Regexp{}
	for range 500 {
		run := fmt.Sprintf("%08dT%06dZ-%04x", r.IntN(1e8), r.IntN(1e6), r.IntN(1<<16))
		survey := fmt.Sprintf("%s_%012x", words("_"), r.Uint64N(1<<48))
		all := externalIDs(r.Int64N(1<<r.IntN(50)+1), r.Int64N(1<<r.IntN(50)+1), run, survey, words("-"), words("."))
		for i, x := range all {
			for j, other := range all {
				if forms[other.form] == nil {
					forms[other.form] = regexp.MustCompile(`^crm_tool\.` + other.form + `$`)
				}
				m := forms[other.form].FindStringSubmatch(x.id)
				if i != j {
					require.Nil(t, m, "%s has the form %s", x.id, other.form)
					continue
				}
				require.Equal(t, strings.Fields(fmt.Sprintln(x.parts...)), m[1:], x.id)
			}
		}
	}
}
