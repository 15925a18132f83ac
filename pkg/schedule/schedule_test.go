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
	"go.yaml.in/yaml/v3"

	"github.com/crm-tool/crm-tool/pkg/schedule"
)

func at(hour, minute int) schedule.Times {
	return schedule.Times{Minutes: []int{minute}, Hours: []int{hour}}
}

func plan() schedule.Plan {
	return schedule.Plan{
		Again: "crm-tool schedule it", Zone: "Europe/Paris", Clock: "The clock.", Every: schedule.Daily, Program: "/bin/true",
		Jobs: []schedule.Job{
			{Command: []string{"remind"}, Times: at(8, 7), Daily: true, Why: "Reminders."},
			{Command: []string{"feedback", "collect"}, Times: at(23, 44), Why: "Answers."},
			{Command: []string{"feedback", "send"}, Times: at(23, 59), Why: "Questionnaires."},
		},
		Left:    []string{"Archiving is switched off (Odoo)."},
		Cluster: schedule.Cluster{Image: "example/crm-tool:1", Ports: []int{443}},
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
		"7 8 * * * timeout -k 60 3600 /bin/true remind --quiet",
		"44 23 * * 1-5 timeout -k 60 3600 /bin/true feedback collect --quiet",
		"59 23 * * 1-5 timeout -k 60 3600 /bin/true feedback send --quiet",
	}, lines(text))
	assert.Contains(t, text, "\n#   crm-tool schedule it >schedule\n")
	assert.Contains(t, text, "\n# The clock.\n")
	assert.Contains(t, text, "\n# Archiving is switched off (Odoo).\n")
}

func TestPathsAreQuoted(t *testing.T) {
	t.Parallel()
	p := plan()
	p.Program, p.Config = "/opt/crm tool", "/etc/it's 100%.yaml"
	assert.Contains(t, written(t, p, schedule.Crontab),
		`7 8 * * * timeout -k 60 3600 '/opt/crm tool' remind --quiet --config '/etc/it'\''s 100'\%'.yaml'`)
	text := written(t, p, schedule.Systemd)
	assert.Contains(t, text, `ExecStart="/opt/crm tool" %i --quiet`)
	assert.Contains(t, text, `Environment="CRM_TOOL_CONFIG=/etc/it's 100%%.yaml"`)
}

// install writes the units as the text says, and returns their names.
func install(t *testing.T, text, dir string) (units []string) {
	t.Helper()
	script := regexp.MustCompile(`awk '(.*)'`).FindStringSubmatch(text)
	require.Len(t, script, 2)
	if folders := regexp.MustCompile(`sudo mkdir -p (.*)`).FindStringSubmatch(text); folders != nil {
		for folder := range strings.FieldsSeq(folders[1]) {
			require.NoError(t, os.Mkdir(strings.Replace(folder, "/etc/systemd/system", dir, 1), 0o700))
		}
	}
	awk := exec.CommandContext(t.Context(), "awk", strings.Replace(script[1], "/etc/systemd/system", dir, 1))
	awk.Stdin = strings.NewReader(text)
	out, err := awk.CombinedOutput()
	require.NoError(t, err, string(out))
	for _, pattern := range []string{"/*.*", "/*.d/*"} {
		files, err := filepath.Glob(dir + pattern)
		require.NoError(t, err)
		for _, file := range files {
			if !strings.HasSuffix(file, ".d") {
				units = append(units, strings.TrimPrefix(file, dir+"/"))
			}
		}
	}
	return units
}

// TestSystemdTakesTheUnits installs them as they say, and asks systemd.
func TestSystemdTakesTheUnits(t *testing.T) {
	t.Parallel()
	text := written(t, plan(), schedule.Systemd)
	assert.Contains(t, text, "OnCalendar=*-*-* 08:07 Europe/Paris")
	assert.Contains(t, text, "OnCalendar=Mon..Fri 23:44 Europe/Paris")
	assert.Contains(t, text, "enable --now crm-tool-remind.timer crm-tool-feedback.timer\n")
	dir := t.TempDir()
	assert.Equal(t, []string{
		"crm-tool-feedback.timer", "crm-tool-remind.timer", "crm-tool@.service", "crm-tool@doctor.service.d/commands.conf",
		"crm-tool@feedback.service.d/commands.conf",
	}, install(t, text, dir))
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("there is no systemd-analyze")
	}
	units := []string{dir + "/crm-tool@feedback.service", dir + "/crm-tool@doctor.service", dir + "/crm-tool-remind.timer", dir + "/crm-tool-feedback.timer"}
	out, err := exec.CommandContext(t.Context(), analyze, append([]string{"verify", "--man=no"}, units...)...).CombinedOutput()
	assert.NoError(t, err, string(out))
	assert.NotContains(t, string(out), dir, "systemd has something to say")
}

func TestSystemdKnowsItsTimes(t *testing.T) {
	t.Parallel()
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("there is no systemd-analyze")
	}
	for _, every := range schedule.Intervals() {
		jobs, err := schedule.Pace{Every: every}.Each()
		require.NoError(t, err)
		out, err := exec.CommandContext(t.Context(), analyze, "calendar", jobs[3].Calendar(false)+" Europe/Paris").CombinedOutput()
		assert.NoError(t, err, "%s: %s", every, out)
	}
}

func TestAPackageHasTheServiceAlready(t *testing.T) {
	t.Parallel()
	p := plan()
	p.Packaged, p.Config, p.Home, p.Every = true, "/home/ann/crm-tool.yaml", true, schedule.Hourly
	p.Writable = "/var/lib/node exporter"
	text := written(t, p, schedule.Systemd)
	assert.Equal(t, []string{"crm-tool-feedback.timer", "crm-tool-remind.timer", "crm-tool@.service.d/settings.conf"}, install(t, text, t.TempDir()))
	assert.Contains(t, text, "\nEnvironment=\"CRM_TOOL_CONFIG=/home/ann/crm-tool.yaml\"\n")
	assert.Contains(t, text, "\nProtectHome=read-only\n")
	assert.Contains(t, text, "\nReadWritePaths=\"/var/lib/node exporter\"\n")
	assert.NotContains(t, text, "Persistent", "a host that is on again waits for the next time")
}

// TestYAMLReadsTheFilesAsTheyAre has texts that block scalars would change.
func TestYAMLReadsTheFilesAsTheyAre(t *testing.T) {
	t.Parallel()
	p := plan()
	texts := []string{
		"plain\n", "two\n\n  lines\n", "no end", "\nbegins empty\n", " begins with a space\n", "ends empty\n\n", "a\ttab\n", "a\r\nreturn\n",
		"", "\n", "- {{.Name}}: \"é\" # 100% 'x'\n", "\u2028\n", "trailing  \nspaces\n", "--- \n...\n", "<a href=\"x\">&amp;</a>\n", "\u0085 \ufeff\x7f\n",
	}
	for i, text := range texts {
		p.Cluster.Templates = append(p.Cluster.Templates, schedule.File{Key: string(rune('a'+i)) + ".txt", Path: "a/b", Text: text})
	}
	p.Cluster.Settings = []schedule.Setting{{"CRM_TOOL_MAIL_FROM", `"Sales: & 'more'" <a@example.com>`}, {"CRM_TOOL_STATE_DIR", "none"}}
	decoder := yaml.NewDecoder(strings.NewReader(written(t, p, schedule.Kubernetes)))
	var settings, templates struct {
		Data map[string]string `yaml:"data"`
	}
	require.NoError(t, decoder.Decode(&settings))
	assert.Equal(t, map[string]string{"CRM_TOOL_MAIL_FROM": `"Sales: & 'more'" <a@example.com>`, "CRM_TOOL_STATE_DIR": "none"}, settings.Data)
	require.NoError(t, decoder.Decode(&templates))
	for i, text := range texts {
		assert.Equal(t, text, templates.Data[string(rune('a'+i))+".txt"], "%q", text)
	}
}
