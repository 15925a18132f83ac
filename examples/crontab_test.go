package examples_test

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/config"
)

func TestTheCrontabWorks(t *testing.T) {
	content, err := os.ReadFile("crontab")
	require.NoError(t, err)
	entries, err := parseCrontab(string(content))
	require.NoError(t, err)
	slices.SortFunc(entries, func(a, b entry) int { return cmp.Compare(a.minuteOfDay(), b.minuteOfDay()) })

	var day [][]string
	for _, e := range entries {
		require.Equal(t, program, e.command[0])
		day = append(day, e.command[1:])
	}
	newServers(t).day(map[string]string{config.PathEnv: configFile}, day)
}

func TestTheCrontabOfThePackagesIsTheSameButInactive(t *testing.T) {
	ours, err := parseCrontab(document("crontab").read(t))
	require.NoError(t, err)
	text := document("../.packaging/crontab").read(t)
	inactive, err := parseCrontab(text)
	require.NoError(t, err)
	assert.Empty(t, inactive)

	active, err := parseCrontab(regexp.MustCompile(`(?m)^#(\d)`).ReplaceAllString(text, "$1"))
	require.NoError(t, err)
	for i, e := range active {
		// The line says nothing when the package is removed and the file stays.
		guard := []string{"crm-tool", "test", "!", "-x", program, "||"}
		require.Equal(t, guard, e.command[:len(guard)])
		active[i].command = e.command[len(guard):]
	}
	assert.Equal(t, ours, active)
}

func TestTheCrontabIsAddedToWhatIsThere(t *testing.T) {
	const line = "sudo crontab -u crm-tool -l 2>/dev/null | cat - examples/crontab | sudo crontab -u crm-tool -"
	for _, d := range []document{"crontab", "../docs/installation.md", "../docs/fr/installation.fr.md"} {
		assert.Contains(t, d.read(t), line, d)
	}
	ours := document("crontab").read(t)
	assert.NotRegexp(t, "(?m)^MAILTO", ours, "cron would mail somebody else")

	for name, before := range map[string]string{
		"a crontab of one's own": "MAILTO=eve@example.com\n5 5 * * * /usr/local/bin/backup\n",
		"none yet":               "",
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			table := filepath.Join(dir, "table")
			if before != "" {
				require.NoError(t, os.WriteFile(table, []byte(before), 0o600))
			}
			for program, script := range map[string]string{
				"sudo":    `exec "$@"`,
				"crontab": `case $3 in -l) exec cat "$TABLE";; -) cat > "$TABLE.new" && mv "$TABLE.new" "$TABLE";; *) exit 1;; esac`,
			} {
				require.NoError(t, os.WriteFile(filepath.Join(dir, program), []byte("#!/bin/sh\n"+script+"\n"), 0o700))
			}
			sh := exec.CommandContext(t.Context(), "sh", "-c", line)
			sh.Dir = ".."
			sh.Env = []string{"PATH=" + dir + ":" + os.Getenv("PATH"), "TABLE=" + table}
			out, err := sh.CombinedOutput()
			require.NoError(t, err, string(out))
			after, err := os.ReadFile(table)
			require.NoError(t, err)
			assert.Equal(t, before+ours, string(after))
		})
	}
}

func TestACrontabIsReadAsCronDoes(t *testing.T) {
	cases := map[string]struct {
		text  string
		want  []entry
		fails string
	}{
		"comments, empty lines and variables are no entries": {
			text: "# nothing\n\nMAILTO=root\n",
		},
		"an entry is a schedule and a command": {
			text: "5 8 * * 1-5\tcrm-tool remind\n",
			want: []entry{{minutes: []int{5}, hours: []int{8}, command: []string{"crm-tool", "remind"}}},
		},
		"lists, ranges and steps count out": {
			text: "*/20 8-10,14 1-31/10 * 0,7 x\n",
			want: []entry{{minutes: []int{0, 20, 40}, hours: []int{8, 9, 10, 14}, command: []string{"x"}}},
		},
		"a number too high is refused":            {text: "60 8 * * * x", fails: `minute "60"`},
		"a range that goes down is refused":       {text: "0 8 * * 5-1 x", fails: `weekday "5-1"`},
		"a step of nothing is refused":            {text: "*/0 8 * * * x", fails: `minute "*/0"`},
		"a word is refused":                       {text: "0 eight * * * x", fails: `hour "eight"`},
		"a schedule without a command is refused": {text: "0 8 * * *", fails: "no command"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := parseCrontab(c.text)
			if c.fails != "" {
				require.ErrorContains(t, err, c.fails)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, c.want, got)
		})
	}
}

// entry is a line of a crontab, as far as one day goes.
type entry struct {
	minutes, hours []int
	command        []string
}

// minuteOfDay is when the entry first runs.
func (e entry) minuteOfDay() int { return 60*e.hours[0] + e.minutes[0] }

// parseCrontab reads what crontab(5) describes, without names and quotes.
func parseCrontab(text string) ([]entry, error) {
	var entries []entry
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		words := strings.Fields(line)
		if line == "" || strings.HasPrefix(line, "#") || strings.Contains(words[0], "=") {
			continue
		}
		if len(words) < 6 {
			return nil, fmt.Errorf("%s: no command", line)
		}
		e := entry{command: words[5:]}
		var err error
		if e.minutes, e.hours, err = parseSchedule(words[:5]); err != nil {
			return nil, fmt.Errorf("%s: %w", line, err)
		}
		entries = append(entries, e)
	}
	return entries, nil
}

// parseSchedule reads the five fields of a schedule.
func parseSchedule(words []string) (minutes, hours []int, err error) {
	fields := []struct {
		name      string
		low, high int
	}{{"minute", 0, 59}, {"hour", 0, 23}, {"day", 1, 31}, {"month", 1, 12}, {"weekday", 0, 7}}
	if len(words) != len(fields) {
		return nil, nil, fmt.Errorf("a schedule has %d fields, not %d", len(fields), len(words))
	}
	values := make([][]int, len(fields))
	for i, f := range fields {
		for part := range strings.SplitSeq(words[i], ",") {
			some, err := parseRange(part, f.low, f.high)
			if err != nil {
				return nil, nil, fmt.Errorf("%s %q: %w", f.name, words[i], err)
			}
			values[i] = append(values[i], some...)
		}
	}
	return values[0], values[1], nil
}

// parseRange counts out *, 5, 1-5 and their steps, as in */10.
func parseRange(text string, low, high int) ([]int, error) {
	text, every, stepped := strings.Cut(text, "/")
	step := 1
	if stepped {
		var err error
		if step, err = strconv.Atoi(every); err != nil || step < 1 {
			return nil, errors.New("the step is no number above 0")
		}
	}
	from, to := low, high
	if text != "*" {
		first, last, isRange := strings.Cut(text, "-")
		if !isRange {
			last = first
		}
		var errFrom, errTo error
		from, errFrom = strconv.Atoi(first)
		to, errTo = strconv.Atoi(last)
		if err := errors.Join(errFrom, errTo); err != nil {
			return nil, err
		}
	}
	if from < low || to > high || from > to {
		return nil, fmt.Errorf("must lie between %d and %d", low, high)
	}
	var values []int
	for v := from; v <= to; v += step {
		values = append(values, v)
	}
	return values, nil
}
