package schedule_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/schedule"
)

func plan() schedule.Plan {
	return schedule.Plan{
		Zone: "Europe/Paris", Program: "/bin/true",
		Jobs: []schedule.Job{
			{Command: []string{"remind"}, Minute: 8*60 + 7, Daily: true, Why: "Reminders."},
			{Command: []string{"feedback", "send"}, Minute: 23*60 + 59, Why: "Questionnaires."},
		},
		Off: []string{"Archiving is switched off (Odoo)."},
	}
}

func written(t *testing.T, p schedule.Plan, f schedule.Form) string {
	t.Helper()
	text, err := p.Write(f)
	require.NoError(t, err)
	assert.True(t, strings.HasSuffix(text, "\n") && !strings.HasSuffix(text, "\n\n"))
	return text
}

// lines returns what is neither empty nor a comment.
func lines(text string) []string {
	var list []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			list = append(list, line)
		}
	}
	return list
}

func TestACrontabHasALineForEachJob(t *testing.T) {
	t.Parallel()
	text := written(t, plan(), schedule.Crontab)
	assert.Equal(t, []string{
		"CRON_TZ=Europe/Paris", "7 8 * * * /bin/true remind --quiet", "59 23 * * 1-5 /bin/true feedback send --quiet",
	}, lines(text))
	assert.Contains(t, text, "\n# Archiving is switched off (Odoo).\n")
}

func TestPathsAreQuoted(t *testing.T) {
	t.Parallel()
	p := plan()
	p.Program, p.Config = "/opt/crm tool", "/etc/it's 100%.yaml"
	assert.Contains(t, written(t, p, schedule.Crontab), `7 8 * * * '/opt/crm tool' remind --quiet --config '/etc/it'\''s 100'\%'.yaml'`)
	assert.Contains(t, written(t, p, schedule.Systemd), `ExecStart="/opt/crm tool" remind --quiet --config "/etc/it's 100%%.yaml"`)
}

// TestSystemdTakesTheUnits installs them as they say, and asks systemd.
func TestSystemdTakesTheUnits(t *testing.T) {
	t.Parallel()
	text := written(t, plan(), schedule.Systemd)
	assert.Contains(t, text, "OnCalendar=*-*-* 08:07 Europe/Paris")
	assert.Contains(t, text, "OnCalendar=Mon..Fri 23:59 Europe/Paris")
	assert.Contains(t, text, "enable --now crm-tool-remind.timer crm-tool-feedback-send.timer\n")
	script := regexp.MustCompile(`awk '(.*)'`).FindStringSubmatch(text)
	require.Len(t, script, 2)
	dir := t.TempDir()
	awk := exec.CommandContext(t.Context(), "awk", strings.Replace(script[1], "/etc/systemd/system", dir, 1))
	awk.Stdin = strings.NewReader(text)
	out, err := awk.CombinedOutput()
	require.NoError(t, err, string(out))
	units, err := filepath.Glob(dir + "/*")
	require.NoError(t, err)
	assert.Len(t, units, 4)
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("there is no systemd-analyze")
	}
	for _, unit := range units {
		content, err := os.ReadFile(unit)
		require.NoError(t, err)
		for _, calendar := range regexp.MustCompile(`(?m)^OnCalendar=(.*)$`).FindAllStringSubmatch(string(content), -1) {
			out, err := exec.CommandContext(t.Context(), analyze, "calendar", calendar[1]).CombinedOutput()
			assert.NoError(t, err, "%s: %s", calendar[1], out)
		}
	}
	out, err = exec.CommandContext(t.Context(), analyze, append([]string{"verify", "--man=no"}, units...)...).CombinedOutput()
	assert.NoError(t, err, string(out))
	assert.NotContains(t, string(out), dir, "systemd has something to say")
}

func TestTheMinuteIsAlwaysTheSameForAnOdoo(t *testing.T) {
	t.Parallel()
	minutes := map[int]bool{}
	for database := range strings.FieldsSeq("a b c d e f g h i j k l m n o p q r s t u v w x y z") {
		m := schedule.Offset("https://odoo.example.com", database, 30)
		assert.Equal(t, m, schedule.Offset("https://odoo.example.com", database, 30))
		assert.True(t, m >= 0 && m < 30)
		minutes[m] = true
	}
	assert.Greater(t, len(minutes), 10)
	assert.Zero(t, schedule.Offset("https://odoo.example.com", "production", 0))
}
