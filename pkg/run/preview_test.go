package run_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/address"
	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/ledger/ledgertest"
	"github.com/crm-tool/crm-tool/pkg/mail"
	"github.com/crm-tool/crm-tool/pkg/mailing"
	"github.com/crm-tool/crm-tool/pkg/run"
)

func TestAPreviewOfAQuestionnaireMakesNothing(t *testing.T) {
	t.Parallel()
	w := newWorkshop(3).finish(1, 2, 1)
	a, items, _ := w.asking(t, &ledgertest.Process{Backend: w.Backend}, "a")
	a.DryRun = true
	p, err := a.Preview(t.Context(), 1, false)
	require.NoError(t, err)
	assert.Equal(t, crm.Feedback, p.Kind)
	assert.Equal(t, "Meeting", p.ActivityType)
	assert.Zero(t, p.Step)
	assert.False(t, p.Unfinished)
	assert.Contains(t, p.Message.Text, "answer_token=PREVIEW\n")
	assert.Empty(t, w.polls)
	assert.Empty(t, w.Mails)
	assert.Empty(t, items.lines())

	p, err = a.Preview(t.Context(), 3, false)
	require.NoError(t, err)
	assert.True(t, p.Unfinished)
	assert.Empty(t, p.Against)
	assert.Contains(t, p.Message.Subject, "How did we do on ")

	p, err = a.Preview(t.Context(), 1, true)
	require.NoError(t, err)
	assert.Equal(t, crm.FeedbackReminder, p.Kind)
	assert.Contains(t, p.Message.Subject, "There is still time")
	assert.Contains(t, p.Message.Text, "answer_token=PREVIEW\n")

	_, err = a.Preview(t.Context(), 99, false)
	assert.ErrorIs(t, err, run.ErrNoOpportunity)
}

func TestAPreviewIsOfTheActivityThatIsStillToBeAskedAbout(t *testing.T) {
	t.Parallel()
	w := newWorkshop(1).finish(1)
	w.ask(t, "a")
	w.finish(1)
	w.done[1].TypeName, w.done[1].At = "Call", w.done[0].At.AddDate(0, 0, -2)
	a, _, _ := w.asking(t, &ledgertest.Process{Backend: w.Backend}, "b")
	a.DryRun, a.Policy.CooldownDays = true, 0
	p, err := a.Preview(t.Context(), 1, false)
	require.NoError(t, err)
	assert.Equal(t, "Call", p.ActivityType)
	assert.Empty(t, p.Against)

	w.done = w.done[:1]
	p, err = a.Preview(t.Context(), 1, false)
	require.NoError(t, err)
	assert.Equal(t, []crm.Reason{crm.AlreadyDone}, p.Against)
}

func TestATestIsForItsReaderAlone(t *testing.T) {
	t.Parallel()
	tester := address.Address{Mailbox: "dev@tester.example"}
	p := mailing.Preview{Draft: mailing.Draft{Message: mail.Message{
		From: address.Address{Name: "Example Sales", Mailbox: "sales@example.com"}, ReplyTo: address.Address{Mailbox: "catchall@example.com"},
		To: []address.Address{zoe}, CC: []address.Address{sam}, Subject: "How is it going?", Text: "Hello\n", HTML: "<p>Hello</p>",
		MessageID: "<crm-tool.remind.42.7.a@example.com>", Date: ledgertest.Noon,
	}}}
	envelope, raw, err := p.Test(tester, address.Address{}, "abc", ledgertest.Noon)
	require.NoError(t, err)
	assert.Equal(t, mail.Envelope{From: "sales@example.com", To: "dev@tester.example"}, envelope)
	header, _, _ := parsed(t, raw)
	assert.Equal(t, "[Test] How is it going?", header["Subject"])
	assert.Equal(t, "dev@tester.example", header["To"])
	assert.Equal(t, "dev@tester.example", header["Reply-To"])
	assert.NotContains(t, header, "Cc")
	assert.Equal(t, "<test.abc@example.com>", header["Message-Id"])
	_, _, ours := crm.ParseMessageID(header["Message-Id"])
	assert.False(t, ours)
	assert.NotContains(t, string(raw), zoe.Mailbox)
	assert.Len(t, p.Message.CC, 1, "the preview itself stays as it is")

	envelope, _, err = p.Test(tester, address.Address{Mailbox: "bounce@example.com"}, "abc", ledgertest.Noon)
	require.NoError(t, err)
	assert.Equal(t, "bounce@example.com", envelope.From)
}
