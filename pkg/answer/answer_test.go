package answer_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/crm-tool/crm-tool/pkg/answer"
)

func TestAStopWordAloneAsksToStop(t *testing.T) {
	t.Parallel()
	assert.True(t, answer.AsksToStop("Re: Your offer", "<p>STOP.</p><blockquote>Hello</blockquote>"))
	assert.True(t, answer.AsksToStop("Unsubscribe", ""))
	assert.False(t, answer.AsksToStop("Re: Your offer", "<p>We will stop by on Monday.</p>"))
}
