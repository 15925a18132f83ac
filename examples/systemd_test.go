package examples_test

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/config"
	"github.com/crm-tool/crm-tool/pkg/schedule"
)

// TestTheSystemdUnitsAreGenerated: what "crm-tool schedule systemd" prints is written by the same form.
func TestTheSystemdUnitsAreGenerated(t *testing.T) {
	plan := exampleDay()
	plan.Program = program
	text, err := plan.Write(schedule.Systemd)
	require.NoError(t, err)
	_, units, _ := strings.Cut(text, "\n# file: ")
	for part := range strings.SplitSeq(units, "\n# file: ") {
		name, content, _ := strings.Cut(part, "\n")
		requireGenerated(t, filepath.Join("systemd", name), strings.TrimRight(content, "\n")+"\n")
	}
}

func TestTheSystemdUnitsWork(t *testing.T) {
	service := readUnit(t, "systemd/crm-tool@.service")
	assert.ElementsMatch(t, []string{"Unit", "Service"}, slices.Collect(maps.Keys(service)))
	assert.Equal(t, []string{"oneshot"}, service["Service"]["Type"])
	assert.Equal(t, []string{"crm-tool"}, service["Service"]["User"])

	// A run that failed starts doctor, which then starts nothing whatever it finds.
	assert.Equal(t, []string{"crm-tool@doctor.service"}, service["Unit"]["OnFailure"])
	assert.Equal(t, []string{"-" + program + " doctor --quiet"}, commandsOf(t, "doctor", nil))

	environment := map[string]string{}
	for _, assignment := range service["Service"]["Environment"] {
		name, value, _ := strings.Cut(assignment, "=")
		environment[name] = value
	}
	requireSettings(t, environment)
	environment[config.PathEnv] = configFile

	start := service["Service"]["ExecStart"]
	require.Len(t, start, 1)
	var day [][]string
	times := map[string][]string{}
	for _, name := range []string{"crm-tool-remind.timer", "crm-tool-archive.timer", "crm-tool-feedback.timer"} {
		timer := readUnit(t, filepath.Join("systemd", name))
		assert.ElementsMatch(t, []string{"Unit", "Timer", "Install"}, slices.Collect(maps.Keys(timer)), name)
		assert.Equal(t, []string{"timers.target"}, timer["Install"]["WantedBy"], name)
		require.Len(t, timer["Timer"]["Unit"], 1, name)
		instance, ok := strings.CutPrefix(timer["Timer"]["Unit"][0], "crm-tool@")
		require.True(t, ok, name)
		instance, ok = strings.CutSuffix(instance, ".service")
		require.True(t, ok, name)

		for _, line := range commandsOf(t, instance, start) {
			command := strings.Fields(strings.ReplaceAll(line, "%i", instance))
			require.Equal(t, program, command[0])
			day = append(day, command[1:])
		}
		times[instance] = timer["Timer"]["OnCalendar"]
	}
	assert.Equal(t, map[string][]string{"remind": {"Mon..Fri 08:00"}, "archive": {"Mon..Fri 08:30"}, "feedback": {"Mon..Fri 08:45"}}, times)
	newServers(t).day(environment, day)
}

// commandsOf returns the commands of an instance of the service: those of its own
// file, which begins anew with an empty one, or else those of the service.
func commandsOf(t *testing.T, instance string, commands []string) []string {
	t.Helper()
	own := filepath.Join("systemd", "crm-tool@"+instance+".service.d", "commands.conf")
	if _, err := os.Stat(own); err != nil {
		return commands
	}
	lines := readUnit(t, own)["Service"]["ExecStart"]
	require.NotEmpty(t, lines)
	require.Empty(t, lines[0])
	return lines[1:]
}

func TestSystemdAcceptsTheUnits(t *testing.T) {
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("systemd-analyze is not installed here")
	}
	dir := t.TempDir()
	var units []string
	for _, name := range []string{"crm-tool@.service", "crm-tool-remind.timer", "crm-tool-archive.timer", "crm-tool-feedback.timer"} {
		content, err := os.ReadFile(filepath.Join("systemd", name))
		require.NoError(t, err)
		// It looks for the program, which need not be installed here.
		text := strings.ReplaceAll(string(content), program, "/bin/sh")
		unit := filepath.Join(dir, strings.Replace(name, "@", "@remind", 1))
		require.NoError(t, os.WriteFile(unit, []byte(text), 0o644))
		units = append(units, unit)
	}
	out, err := exec.Command(analyze, append([]string{"verify"}, units...)...).CombinedOutput()
	require.NoError(t, err, "%s", out)
	for line := range strings.Lines(string(out)) {
		assert.NotContains(t, line, dir, "systemd-analyze complains")
	}
}

// unit is a unit of systemd: the values of each key in each section.
type unit map[string]map[string][]string

// readUnit reads what systemd.syntax(7) describes, without continuation lines.
func readUnit(t *testing.T, path string) unit {
	t.Helper()
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	u := unit{}
	section := ""
	for line := range strings.Lines(string(content)) {
		line = strings.TrimSpace(line)
		name, isSection := strings.CutPrefix(line, "[")
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
		case isSection:
			section = strings.TrimSuffix(name, "]")
			u[section] = map[string][]string{}
		default:
			key, value, found := strings.Cut(line, "=")
			require.True(t, found && section != "", "%s: %s", path, line)
			u[section][key] = append(u[section][key], value)
		}
	}
	return u
}
