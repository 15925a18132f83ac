package gateway_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/overlay"
	"github.com/crm-tool/crm-tool/pkg/questionnaire"
	"github.com/crm-tool/crm-tool/templates"
)

// A run that died while it made a survey leaves one without its questions.
func TestASurveyToWhichNobodyWasInvitedIsCompleted(t *testing.T) {
	everyOdoo(t, func(t *testing.T, d database) {
		forms, err := questionnaire.Load(overlay.New(nil, templates.FS))
		require.NoError(t, err)
		form, err := forms.Find("satisfaction", []string{"en"})
		require.NoError(t, err)
		whole, err := d.gateway(t).Survey(t.Context(), form, false)
		require.NoError(t, err)
		spoil := func() {
			questions := d.call(t, "survey.question", "search", []any{[]any{"survey_id", "=", whole.ID}}).([]any)
			require.Len(t, questions, len(form.Questions))
			d.call(t, "survey.question", "unlink", questions[1:])
			choices := d.call(t, "survey.question.answer", "search", []any{[]any{"question_id", "=", questions[0]}}).([]any)
			d.call(t, "survey.question.answer", "unlink", choices[1:])
		}

		spoil()
		missing, err := d.gateway(t).Survey(t.Context(), form, true)
		require.NoError(t, err)
		assert.Zero(t, missing.ID, "a dry run completes nothing")
		completed, err := d.gateway(t).Survey(t.Context(), form, false)
		require.NoError(t, err)
		assert.Equal(t, whole, completed)

		lead := d.create(t, "crm.lead", map[string]any{"name": "Chairs", "type": "opportunity"})
		_, err = d.gateway(t).Invite(t.Context(), []crm.Participation{{
			Activity: 1, Opportunity: crm.OpportunityID(lead), Email: "zoe@client.example", Survey: whole.ID,
			Token: "0123456789abcdef", Invite: "fedcba9876543210", Deadline: time.Now().Add(time.Hour),
		}})
		require.NoError(t, err)
		spoil()
		_, err = d.gateway(t).Survey(t.Context(), form, false)
		require.ErrorContains(t, err, "its questions are not those of the file", "its clients' answers would belong to other questions")
	})
}

// Spam filters take some tokens for the address of a Bitcoin wallet.
func TestNoSurveyLooksLikeAWallet(t *testing.T) {
	newestOdoo(t, func(t *testing.T, d database) {
		forms, err := questionnaire.Load(overlay.New(nil, templates.FS))
		require.NoError(t, err)
		form, err := forms.Find("satisfaction", []string{"en"})
		require.NoError(t, err)
		g := withKey(t, d)
		for i := range 300 { // One in sixty would.
			form.Name = fmt.Sprintf("satisfaction-%d", i)
			survey, err := g.Survey(t.Context(), form, true)
			require.NoError(t, err)
			assert.NotRegexp(t, `^[13][1-9a-km-zA-HJ-NP-Z]{29,}$`, survey.Token)
		}
	})
}
