package monitor_test

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/monitor"
	"github.com/crm-tool/crm-tool/pkg/report"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func ended(command string, exit int) monitor.Ended {
	e := monitor.Ended{Command: command, Finished: noon, Took: 1500 * time.Millisecond, Exit: exit, Calls: 8}
	e.Counts.AddMany(report.Sent, "", 2)
	e.Counts.AddMany(report.Skipped, crm.NoEmail, 3)
	return e
}

func TestTheMetricsOfARun(t *testing.T) {
	t.Parallel()
	e := ended("remind", 0)
	e.KeyEnds = noon.AddDate(0, 1, 0)
	assert.Equal(t, `# HELP crm_tool_last_run_timestamp_seconds When the last run of the command ended, as Unix time.
# TYPE crm_tool_last_run_timestamp_seconds gauge
crm_tool_last_run_timestamp_seconds{command="remind"} 1795435200
# HELP crm_tool_last_success_timestamp_seconds When the last run of the command ended that had exit status 0, as Unix time.
# TYPE crm_tool_last_success_timestamp_seconds gauge
crm_tool_last_success_timestamp_seconds{command="remind"} 1795435200
# HELP crm_tool_last_exit_code Exit status of the last run; crm-tool help exit-codes tells what it means.
# TYPE crm_tool_last_exit_code gauge
crm_tool_last_exit_code{command="remind"} 0
# HELP crm_tool_duration_seconds How long the last run took, in seconds.
# TYPE crm_tool_duration_seconds gauge
crm_tool_duration_seconds{command="remind"} 1.500
# HELP crm_tool_records Records of the last run, by outcome and reason.
# TYPE crm_tool_records gauge
crm_tool_records{command="remind",outcome="sent",reason=""} 2
crm_tool_records{command="remind",outcome="skipped",reason="no-email"} 3
crm_tool_records{command="remind",outcome="failed",reason=""} 0
# HELP crm_tool_odoo_calls Calls to Odoo that the last run made.
# TYPE crm_tool_odoo_calls gauge
crm_tool_odoo_calls{command="remind"} 8
# HELP crm_tool_key_expires_timestamp_seconds When the API key for Odoo ends, as Unix time; missing if it does not, or nobody knows.
# TYPE crm_tool_key_expires_timestamp_seconds gauge
crm_tool_key_expires_timestamp_seconds{command="remind"} 1798027200
`, string(monitor.Update(nil, e)))
}

func TestAFailedRunLeavesTheLastSuccessAndOtherCommands(t *testing.T) {
	t.Parallel()
	file := monitor.Update(nil, ended("feedback send", 0))
	file = monitor.Update(file, ended("remind", 0))
	failed := ended("remind", 69)
	failed.Finished = noon.Add(time.Hour)
	failed.Counts = report.Counts{}
	text := string(monitor.Update(file, failed))
	assert.Contains(t, text, `last_success_timestamp_seconds{command="remind"} 1795435200`)
	assert.Contains(t, text, `last_run_timestamp_seconds{command="remind"} 1795438800`)
	assert.Contains(t, text, `last_exit_code{command="remind"} 69`)
	assert.Contains(t, text, `last_exit_code{command="feedback send"} 0`)
	assert.NotContains(t, text, `command="remind",outcome="sent"`)
	assert.NotContains(t, string(monitor.Update(nil, failed)), "last_success")
	assert.Equal(t, text, string(monitor.Update([]byte(text), failed)), "the same run again changes nothing")
}

func TestOfADamagedFileIsKeptWhatCanBeRead(t *testing.T) {
	t.Parallel()
	good := string(monitor.Update(nil, ended("archive", 0)))
	for _, damaged := range []string{"\x00\xff", good[:len(good)/2], "x 1\n" + good, `crm_tool_evil{command="archive"} 1` + "\n", good + good[:20]} {
		text := string(monitor.Update([]byte(damaged), ended("archive", 0)))
		assert.Equal(t, good, text, damaged)
	}
}

func TestThePartsOfACommandStandBesideEachOther(t *testing.T) {
	t.Parallel()
	part := func(shard string, exit int) monitor.Ended {
		e := ended("remind", exit)
		e.Shard = shard
		return e
	}
	file := monitor.Update(nil, ended("remind", 0))
	file = monitor.Update(file, part("0/2", 69))
	file = monitor.Update(file, part("1/2", 0))
	assert.NotContains(t, string(file), `{command="remind"}`)
	assert.Contains(t, string(file), `crm_tool_last_exit_code{command="remind",shard="0/2"} 69`)
	assert.Contains(t, string(file), `crm_tool_records{command="remind",shard="1/2",outcome="sent",reason=""} 2`)
	file = monitor.Update(file, part("0/3", 0))
	assert.NotContains(t, string(file), `/2"`)
}

func TestTheFileIsReplacedAtOnceAndEverybodyMayReadIt(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "crm-tool.prom")
	var runs sync.WaitGroup
	for _, c := range []string{"remind", "archive", "feedback send", "feedback collect"} {
		runs.Go(func() { assert.NoError(t, monitor.WriteMetrics(t.Context(), path, ended(c, 0))) })
	}
	runs.Wait()
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, 4, strings.Count(string(content), "crm_tool_last_exit_code{"))
	info, err := os.Stat(path)
	require.NoError(t, err)
	assert.Equal(t, fs.FileMode(0o644), info.Mode())
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Len(t, left, 1)

	for _, bad := range []string{filepath.Join(dir, "missing", "x.prom"), dir} {
		err := monitor.WriteMetrics(t.Context(), bad, ended("remind", 0))
		_, ok := errors.AsType[*fs.PathError](err)
		assert.True(t, ok, bad)
		assert.ErrorContains(t, err, "write the metrics to "+bad)
	}
}

// ping is a request that a monitor got.
type ping struct{ method, path, body, rid string }

// listen starts a monitor that answers with these statuses, and then with 200.
func listen(t *testing.T, statuses ...int) (address string, pings func() []ping) {
	t.Helper()
	var mu sync.Mutex
	var got []ping
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		got = append(got, ping{r.Method, r.URL.Path, string(body), r.URL.Query().Get("rid")})
		if len(statuses) >= len(got) {
			http.Redirect(w, r, "/elsewhere", statuses[len(got)-1])
		}
	}))
	t.Cleanup(server.Close)
	return server.URL, func() []ping {
		mu.Lock()
		defer mu.Unlock()
		return got
	}
}

func TestAMonitorHearsTheBeginningAndTheEnd(t *testing.T) {
	t.Parallel()
	address, pings := listen(t)
	h := monitor.NewHeartbeat(address+"/ping/secret/", "20261123T120000Z-7f3a", "1.0", nil)
	h.Start(t.Context())
	require.NoError(t, h.End(t.Context(), 69, strings.Repeat("é", 8000)))
	got := pings()
	require.Len(t, got, 2)
	assert.Regexp(t, regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`), got[0].rid)
	assert.Equal(t, []ping{
		{http.MethodPost, "/ping/secret/start", "", got[0].rid},
		{http.MethodPost, "/ping/secret/69", strings.Repeat("é", 5000), got[0].rid},
	}, got)
}

func TestAMonitorThatIsBusyIsAskedAgain(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status, asked int
		want          string
	}{
		{http.StatusServiceUnavailable, 2, ""},
		{http.StatusNotFound, 1, "tell the monitor how the run ended: it answered with the status 404"},
		{http.StatusFound, 1, "tell the monitor how the run ended: it answered with the status 302"},
	} {
		address, pings := listen(t, c.status)
		err := monitor.NewHeartbeat(address, "x", "1.0", nil).End(t.Context(), 0, "")
		if c.want == "" {
			require.NoError(t, err)
		} else {
			require.EqualError(t, err, c.want)
		}
		assert.Len(t, pings(), c.asked)
	}
}

func TestNoErrorTellsTheURL(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	for _, address := range []string{"http://127.0.0.1:1/secret", "http://[::1]:1/secret?a=secret", "http://secret.invalid/secret"} {
		err := monitor.NewHeartbeat(address, "x", "1.0", nil).End(ctx, 0, "")
		require.Error(t, err)
		assert.NotContains(t, strings.ReplaceAll(err.Error(), "secret.invalid", ""), "secret")
	}
	var nobody *monitor.Heartbeat
	nobody.Start(t.Context())
	assert.NoError(t, nobody.End(t.Context(), 0, ""))
	assert.Nil(t, monitor.NewHeartbeat("", "x", "1.0", nil))
}
