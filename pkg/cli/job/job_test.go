package job

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/cli/console"
	"github.com/crm-tool/crm-tool/pkg/cli/exit"
	"github.com/crm-tool/crm-tool/pkg/report"
)

func TestProgressCountsTheItems(t *testing.T) {
	t.Parallel()
	head := report.Head{Command: "remind"}
	var out bytes.Buffer
	c := &counting{Writer: report.New(report.CSV, &out, head, report.TableOptions{}), head: head}
	require.NoError(t, c.Item(report.Item{Opportunity: 1, Outcome: report.Sent}))
	require.NoError(t, c.Item(report.Item{Opportunity: 2, Outcome: report.Skipped, Reason: "no-email"}))
	assert.Equal(t, "remind: 1 sent, 1 skipped, 0 failed after 4s", c.progress(4900*time.Millisecond))
	assert.Contains(t, out.String(), "no-email", "they are passed on")
}

func TestAJobEndsItsReportWhateverHappens(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		work func(*Job) error
		exit int
		says string
	}{
		"without an error":        {func(*Job) error { return nil }, exit.Done, `"exit":0`},
		"when it is switched off": {func(*Job) error { return errSwitchedOff }, exit.Done, `"exit":0`},
		"with an error":           {func(*Job) error { return exit.Usagef("what?") }, exit.Usage, `"message":"what?"`},
		"after a panic":           {func(*Job) error { panic("oops") }, exit.Defect, `"message":"defect in crm-tool: oops"`},
		"without a configuration": {func(j *Job) error { return j.Begin(t.Context()) }, exit.Configuration, `"exit":78`},
	} {
		var out bytes.Buffer
		h := &Host{Console: console.New(console.Env{
			Stdout: &out, Stderr: &bytes.Buffer{}, Clock: func() time.Time { return time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC) },
		}), ConfigFile: "/dev/null"}
		err := func() (err error) {
			j := New(h, Spec{Head: report.Head{Command: "remind"}, Format: report.JSON})
			defer j.End(t.Context(), &err)
			return c.work(j)
		}()
		assert.Equal(t, c.exit, exit.Code(err), name)
		assert.True(t, json.Valid(out.Bytes()), name)
		assert.Contains(t, out.String(), c.says, name)
	}
}

func TestAStepThatFailsIsTriedAgainAndThenNever(t *testing.T) {
	t.Parallel()
	calls := 0
	step := once(func(context.Context) error {
		if calls++; calls == 1 {
			return errors.New("down")
		}
		return nil
	})
	require.Error(t, step(t.Context()))
	require.NoError(t, step(t.Context()))
	require.NoError(t, step(t.Context()))
	assert.Equal(t, 2, calls)
}
