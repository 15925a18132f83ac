package scenario_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// process is the tool on its way.
type process struct {
	*exec.Cmd

	stdout, stderr bytes.Buffer
}

// start starts the tool; extra are variables of its environment.
func (s *site) start(t testing.TB, extra []string, args ...string) *process {
	t.Helper()
	p := &process{Cmd: exec.Command("crm-tool", args...)}
	p.Env = append(append([]string{"PATH=" + os.Getenv("PATH")}, s.environ...), extra...)
	p.Stdout, p.Stderr = &p.stdout, &p.stderr
	require.NoError(t, p.Start())
	return p
}

// end waits for the end of the process and returns its report and status. A
// process that was killed has the status -1 and no report.
func (p *process) end(t testing.TB) (document, int) {
	t.Helper()
	_ = p.Wait() // The status says it.
	return p.report(t)
}

// report is end for a process that has ended.
func (p *process) report(t testing.TB) (document, int) {
	t.Helper()
	status := p.ProcessState.ExitCode()
	var d document
	if status < 0 {
		return d, status
	}
	require.NoError(t, json.Unmarshal(p.stdout.Bytes(), &d), "the report: %s\n%s", &p.stdout, &p.stderr)
	require.Equal(t, status, d.Exit)
	return d, status
}

// run runs the tool to its end.
func (s *site) run(t testing.TB, args ...string) (document, int) {
	t.Helper()
	return s.start(t, nil, append(args, "-o", "json")...).end(t)
}

// outcomes counts the items of a report by outcome and reason.
func (d document) outcomes() map[string]int {
	counts := map[string]int{}
	for _, i := range d.Items {
		word := i.Outcome
		if i.Reason != "" {
			word += " " + i.Reason
		}
		counts[word]++
	}
	return counts
}

// acted counts the items that are not left alone.
func (d document) acted() int {
	return len(d.Items) - d.Counts["skipped"]
}

// pipeline makes opportunities of the same age, one for each client.
func (s *site) pipeline(t testing.TB, prefix string, n int, age time.Duration) []int64 {
	t.Helper()
	var ids []int64
	seller := s.user(sam)
	for len(ids) < n {
		rows := make([]map[string]any, min(200, n-len(ids)))
		for i := range rows {
			name := fmt.Sprintf("%s-%d", prefix, len(ids)+i)
			rows[i] = map[string]any{"type": "opportunity", "name": name, "email_from": name + "@client.example", "user_id": seller}
		}
		ids = append(ids, s.create(leadModel, rows...)...)
	}
	require.NoError(t, s.SetCreated(leadModel, ids, time.Now().Add(-age)))
	return ids
}

// mailed counts the mails of each opportunity.
func (s *site) mailed(t testing.TB) map[int64]int {
	t.Helper()
	counts := map[int64]int{}
	for _, m := range s.arrivals(t) {
		counts[m.opportunity]++
	}
	return counts
}

// once returns the count 1 for every id.
func once(ids []int64) map[int64]int {
	counts := map[int64]int{}
	for _, id := range ids {
		counts[id] = 1
	}
	return counts
}
