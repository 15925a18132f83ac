package examples_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/monitor"
)

func TestTheRulesAndTheDashboardAskForMetricsThatThereAre(t *testing.T) {
	for _, name := range []string{"alerts.yaml", "alerts_test.yaml", "dashboard.json"} {
		content, err := os.ReadFile(filepath.Join("monitoring", name))
		require.NoError(t, err)
		asked := regexp.MustCompile(`crm_tool_[a-z_]+`).FindAllString(string(content), -1)
		assert.NotEmpty(t, asked, name)
		for _, metric := range asked {
			assert.Contains(t, monitor.MetricNames(), metric, name)
		}
		if filepath.Ext(name) == ".json" {
			assert.True(t, json.Valid(content), name)
			assert.Subset(t, asked, monitor.MetricNames(), "a dashboard shows all")
		}
	}
}

// promtool is called by "make test-monitoring", which sets it up.
func TestPromtoolAcceptsRulesAndMetrics(t *testing.T) {
	promtool, err := exec.LookPath("promtool")
	if err != nil {
		t.Skip("promtool is not installed here")
	}
	path := filepath.Join(t.TempDir(), "crm-tool.prom")
	for _, exit := range []int{0, 69} {
		ended := monitor.Ended{Command: "feedback send", Shard: "0/4", Finished: time.Now(), Took: time.Second, Exit: exit, Calls: 8, KeyEnds: time.Now()}
		require.NoError(t, monitor.WriteMetrics(t.Context(), path, ended))
		metrics, err := os.Open(path)
		require.NoError(t, err)
		check := exec.CommandContext(t.Context(), promtool, "check", "metrics")
		check.Stdin = metrics
		output, err := check.CombinedOutput()
		require.NoError(t, err, "%s", output)
		require.NoError(t, metrics.Close())
	}
	for _, args := range [][]string{{"check", "rules", "alerts.yaml"}, {"test", "rules", "alerts_test.yaml"}} {
		rules := exec.CommandContext(t.Context(), promtool, args...)
		rules.Dir = "monitoring"
		output, err := rules.CombinedOutput()
		assert.NoError(t, err, "%s", output)
	}
}
