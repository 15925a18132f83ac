package feedback_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/ledger/ledgertest"
	"github.com/crm-tool/crm-tool/pkg/run"
)

func TestAPreviewOfAQuestionnaireMakesNothing(t *testing.T) {
	t.Parallel()
	w := newFakeOdoo(3).finish(1, 2, 1)
	a, items, _ := w.asking(t, &ledgertest.Process{Backend: w.Backend}, "a")
	a.DryRun = true
	p, err := a.Preview(t.Context(), 1, false)
	require.NoError(t, err)
	assert.Equal(t, crm.Feedback, p.Kind)
	assert.Equal(t, "Meeting", p.ActivityType)
	assert.Zero(t, p.Step)
	assert.False(t, p.Unfinished)
	assert.Contains(t, p.Message.Text, "answer_token=PREVIEW\n")
	assert.Empty(t, w.participations)
	assert.Empty(t, w.Mails)
	assert.Empty(t, items.Lines())

	p, err = a.Preview(t.Context(), 3, false)
	require.NoError(t, err)
	assert.True(t, p.Unfinished)
	assert.Empty(t, p.Against)
	assert.Contains(t, p.Message.Subject, "How did we do on ")

	p, err = a.Preview(t.Context(), 1, true)
	require.NoError(t, err)
	assert.Equal(t, crm.FeedbackReminder, p.Kind)
	assert.Contains(t, p.Message.Subject, "You can still tell us")
	assert.Contains(t, p.Message.Text, "answer_token=PREVIEW\n")

	_, err = a.Preview(t.Context(), 99, false)
	assert.ErrorIs(t, err, run.ErrNoOpportunity)
}

func TestAPreviewIsOfTheActivityThatIsStillToBeAskedAbout(t *testing.T) {
	t.Parallel()
	w := newFakeOdoo(1).finish(1)
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
