package answer_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/crm-tool/crm-tool/pkg/answer"
)

func TestMisspeltWordsAreUnderstood(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"a letter too few":           "bitte abmelen",
		"two letters in wrong order": "bitte abmleden",
		"two letters of a long word": "stop sending coresspondance to us",
		"no accents":                 "desinscrivez moi de votre liste svp",
		"a lost apostrophe":          "arretez de menvoyer des mails",
		"umlauts in two letters":     "hoeren Sie auf mir Mails zu schicken",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.True(t, answer.AsksToStop("Re: Offer", "<p>"+text+"</p>"), text)
		})
	}
}

func TestWordsThatLookLikeOthersStayWhatTheyAre(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"to sign up and to sign off, in German":   "Bitte anmelden",
		"a contract and a contact":                "Please stop the contract with the old supplier.",
		"a word of another language":              "No dude en contactarme si necesita algo.",
		"a description and the end of a list":     "Descripción",
		"the Italian words for is and for and":    "L'offerta è chiara e non si può fermare la produzione.",
		"a full stop after the name of a section": "We object to art. 4 of the contract.",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.False(t, answer.AsksToStop("Re: Offer", "<p>"+text+"</p>"), text)
		})
	}
}

func TestWhatFollowsAButSpeaksForItself(t *testing.T) {
	t.Parallel()
	assert.False(t, answer.AsksToStop("Re: Offer", "<p>Die Stühle brauchen wir nicht mehr, aber schicken Sie mir gern den Katalog.</p>"))
	assert.True(t, answer.AsksToStop("Re: Offer", "<p>You are very kind, but you needn't write to me any more.</p>"))
}

func TestSomeWordsTakeARequestBackWhereverTheyStand(t *testing.T) {
	t.Parallel()
	assert.False(t, answer.AsksToStop("Re: Offer", "<p>Please don't ever stop sending me those reminders.</p>"))
	assert.False(t, answer.AsksToStop("Re: Offer", "<p>Could you take my colleague off the list of participants?</p>"))
}
