//go:build bench

package bench_test

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// comparison is what several ways to do the same took, in each round.
type comparison struct {
	// title is empty if there is one of its kind.
	title string
	names []string
	runs  [][]usage
}

// number is one of a usage, to be compared.
type number func(usage) float64

func wall(u usage) float64        { return u.each(u.Wall).Seconds() }
func odooCPU(u usage) float64     { return u.each(u.Odoo).Seconds() }
func calls(u usage) float64       { return float64(u.Calls) }
func allCPU(u usage) float64      { return u.each(u.Odoo + u.Postgres + u.Client).Seconds() }
func postgresCPU(u usage) float64 { return u.each(u.Postgres).Seconds() }
func clientCPU(u usage) float64   { return u.each(u.Client).Seconds() }
func statements(u usage) float64  { return float64(u.Statements) / float64(max(1, u.Records)) }

// of is the median of a number over the rounds, and how far the others are from it.
func (c comparison) of(way int, n number) (middle, spread float64) {
	var values []float64
	for _, u := range c.runs[way] {
		values = append(values, n(u))
	}
	return median(values)
}

// ratio compares two ways: the median of the ratios of each round.
func (c comparison) ratio(way, to int, n number) float64 {
	var values []float64
	for round, u := range c.runs[way] {
		if base := n(c.runs[to][round]); base > 0 {
			values = append(values, n(u)/base)
		}
	}
	if len(values) == 0 {
		return 0
	}
	middle, _ := median(values)
	return middle
}

// peak is the most memory that the ways' client or process of Odoo's had.
func (c comparison) peak(way int, of func(usage) int64) int64 {
	var most int64
	for _, u := range c.runs[way] {
		most = max(most, of(u))
	}
	return most
}

// table shows what each way took for one record, and its time beside that of the first way.
func (c comparison) table() string {
	var b strings.Builder
	b.WriteString("| way | records | ms each | spread | times crm-tool | ms of CPU each: Odoo | PostgreSQL | client | calls | statements each | memory: client | Odoo's process |\n" +
		"| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n")
	for way, name := range c.names {
		_, spread := c.of(way, wall)
		row := []string{
			name, thousands(c.runs[way][0].Records), c.milliseconds(way, wall), fmt.Sprintf("±%.0f %%", 100*spread),
			fmt.Sprintf("%.2f", c.ratio(way, 0, wall)),
			c.milliseconds(way, odooCPU), c.milliseconds(way, postgresCPU), c.milliseconds(way, clientCPU),
			thousands(c.runs[way][0].Calls), c.plain(way, statements),
			mebibytes(c.peak(way, func(u usage) int64 { return u.ClientMemory })), mebibytes(c.peak(way, func(u usage) int64 { return u.OdooMemory })),
		}
		b.WriteString("| " + strings.Join(row, " | ") + " |\n")
	}
	return b.String()
}

func (c comparison) milliseconds(way int, n number) string {
	middle, _ := c.of(way, n)
	return fmt.Sprintf("%.1f", 1000*middle)
}

func (c comparison) plain(way int, n number) string {
	middle, _ := c.of(way, n)
	return fmt.Sprintf("%.1f", middle)
}

func mebibytes(n int64) string {
	if n == 0 {
		return "–"
	}
	return fmt.Sprintf("%d MiB", n>>20)
}

// thousands writes a number with a comma before each three digits.
func thousands(n int) string {
	text := fmt.Sprint(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// nothingTable compares the runs that find nothing.
func nothingTable(found []comparison) string {
	var b strings.Builder
	b.WriteString("| run | opportunities | calls | seconds | spread | times that among a few | CPU: Odoo | PostgreSQL | crm-tool | statements |\n" +
		"| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n")
	for _, c := range found {
		for way, name := range c.names {
			seconds, spread := c.of(way, wall)
			middle := func(n number) float64 { m, _ := c.of(way, n); return m }
			fmt.Fprintf(&b, "| `%s` | %s | %d | %.2f | ±%.0f %% | %.2f | %.2f s | %.2f s | %.2f s | %.0f |\n", c.title, name,
				c.runs[way][0].Calls, seconds, 100*spread, c.ratio(way, 0, wall), middle(odooCPU), middle(postgresCPU), middle(clientCPU), middle(statements))
		}
	}
	return b.String()
}

// partsTable compares parts of a run with the whole.
func partsTable(c comparison) string {
	var b strings.Builder
	b.WriteString("| parts | reminders | calls | times one part | ms each | times one part | ms of CPU each: Odoo | PostgreSQL | crm-tool | together, times one part |\n" +
		"| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n")
	for way, name := range c.names {
		fmt.Fprintf(&b, "| %s | %d | %d | %.2f | %s | %.2f | %s | %s | %s | %.2f |\n", name, c.runs[way][0].Records, c.runs[way][0].Calls, c.ratio(way, 0, calls),
			c.milliseconds(way, wall), c.ratio(way, 0, wall),
			c.milliseconds(way, odooCPU), c.milliseconds(way, postgresCPU), c.milliseconds(way, clientCPU), c.ratio(way, 0, allCPU))
	}
	return b.String()
}

// describe says on what was measured.
func describe(t *testing.T, b *bench) string {
	t.Helper()
	run := func(name string, args ...string) string {
		cmd := exec.CommandContext(t.Context(), name, args...)
		cmd.Dir = root
		out, err := cmd.Output()
		require.NoError(t, err, name)
		return strings.TrimSpace(string(out))
	}
	field := func(file, name string) string {
		content, err := os.ReadFile(file)
		require.NoError(t, err)
		found := regexp.MustCompile(`(?m)^` + name + `\s*:\s*(.*)$`).FindSubmatch(content)
		if found == nil {
			return "unknown"
		}
		return string(found[1])
	}
	commit := run("git", "rev-parse", "--short", "HEAD")
	changed := run("git", "status", "--porcelain", "--untracked-files=no")
	if changed != "" {
		commit += " with changes"
	}
	memory := strings.Fields(field("/proc/meminfo", "MemTotal"))[0]
	var kilobytes int
	_, err := fmt.Sscan(memory, &kilobytes)
	require.NoError(t, err)
	postgres, _, _ := strings.Cut(strings.TrimSpace(output(t, "SHOW server_version;", "sql", b.database)), " ")
	return fmt.Sprintf("Commit %s, %s, on %d cores of %s with %.0f GiB of memory; Odoo 19 with %d workers, PostgreSQL %s, the sink and crm-tool share them. "+
		"Each number is the median of %d rounds.\n", commit, runtime.Version(), runtime.NumCPU(), field("/proc/cpuinfo", "model name"),
		float64(kilobytes)/(1<<20), workers, postgres, b.rounds)
}

// replaceBetween puts text between a comment with a name and the next end.
func replaceBetween(t *testing.T, file, name, text string) {
	t.Helper()
	path := root + "/" + file
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	marked := regexp.MustCompile(`(?s)(<!-- ` + name + `: [^>]*-->\n\n).*?(\n<!-- end -->)`)
	require.True(t, marked.Match(content), "%s has no %s", file, name)
	content = marked.ReplaceAllFunc(content, func(found []byte) []byte {
		parts := marked.FindSubmatch(found)
		return slices.Concat(parts[1], []byte(text), parts[2])
	})
	require.NoError(t, os.WriteFile(path, content, 0o644))
}
