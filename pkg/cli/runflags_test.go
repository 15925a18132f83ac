package cli

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/report"
)

func TestProgressCountsTheItems(t *testing.T) {
	t.Parallel()
	head := report.Head{Command: "remind"}
	var out bytes.Buffer
	c := &counting{Writer: report.New(report.CSV, &out, head, report.TableOptions{}), head: head}
	require.NoError(t, c.Item(report.Item{Opportunity: 1, Outcome: report.Sent}))
	require.NoError(t, c.Item(report.Item{Opportunity: 2, Outcome: report.Skipped, Reason: "no-email"}))
	assert.Equal(t, "remind: 1 sent, 1 skipped, 0 failed after 4s", c.soFar(4900*time.Millisecond))
	assert.Contains(t, out.String(), "no-email", "they are passed on")
}
