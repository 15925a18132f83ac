package ledger_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/ledger"
)

// released are entries that another run deletes between a claim and its reading back.
type released struct{ *ledger.DryEntries }

func (released) Claim(_ context.Context, rows []ledger.Claim) ([]ledger.Claimed, error) {
	claimed := make([]ledger.Claimed, len(rows))
	for i := range claimed {
		claimed[i].Err = fmt.Errorf("read back: %w", ledger.ErrReleased)
	}
	return claimed, nil
}

func TestAClaimThatAnotherRunGaveUpMeanwhileIsNoFailure(t *testing.T) {
	t.Parallel()
	c := &ledger.Courier{Entries: released{&ledger.DryEntries{Clock: time.Now}}, Sender: ledger.DrySender{}, Clock: time.Now}
	key := crm.ReminderKey(42, 7)
	results, err := c.Deliver(t.Context(), []ledger.Mail{{Claim: ledger.Claim{Key: key, MessageID: key.MessageID("a", "example.com")}}}, time.Now().Add(time.Minute))
	require.NoError(t, err)
	assert.Equal(t, []ledger.Result{{Outcome: ledger.Lost}}, results, "the next run takes it")
}
