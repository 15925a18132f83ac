//go:build exhaustive && !odoo

package scenario_test

import (
	"fmt"
	"math"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// growthVariable has the numbers of records to try; growthDocument names the document into
// which the table goes, if it is to be written.
const (
	growthVariable = "CRM_TOOL_TEST_GROWTH"
	growthDocument = "CRM_TOOL_TEST_GROWTH_FILE"
)

// What a run takes for a record does not depend on how many there are, and its memory
// does not grow.
func TestMemoryStaysAndTimeGrowsWithTheRecords(t *testing.T) {
	const most = 60 << 10 // kB
	text := os.Getenv(growthVariable)
	if text == "" {
		text = "250 1000"
	}
	// The stand-in holds all that it was ever asked and mailed.
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(math.MaxInt64))
	defer debug.SetGCPercent(debug.SetGCPercent(100))
	rows := []string{"| run | records | ms of CPU each | memory |", "| --- | --- | --- | --- |"}
	for _, command := range []struct {
		words, done string
		prepare     func(t *testing.T, s *site, n int)
	}{
		{"remind", "sent", func(t *testing.T, s *site, n int) { s.pipeline(t, "due", n, week) }},
		{"archive", "archived", func(t *testing.T, s *site, n int) { s.pipeline(t, "old", n, 40*24*time.Hour) }},
		{"feedback send", "sent", func(t *testing.T, s *site, n int) {
			s.run(t, "feedback", "send", "--yes")
			s.finishAll(t, s.pipeline(t, "client", n, 24*time.Hour))
		}},
	} {
		t.Run(command.words, func(t *testing.T) {
			var first time.Duration
			for number := range strings.FieldsSeq(text) {
				n, err := strconv.Atoi(number)
				require.NoError(t, err)
				s := newSite(t)
				command.prepare(t, s, n)
				p, memory := s.measured(t, append(strings.Fields(command.words), "--yes", "-o", "json")...)
				d, _ := p.report(t)
				require.Equal(t, n, d.Counts[command.done], "%v", d.Counts)
				each := (p.ProcessState.UserTime() + p.ProcessState.SystemTime()) / time.Duration(n)
				if first == 0 {
					first = each
				}
				t.Logf("%d: %s of CPU each, %d kB", n, each, memory)
				if !raceDetector() { // It takes several times as much.
					assert.Less(t, memory, most, "kB of memory")
				}
				assert.Less(t, each, first*3/2, "CPU each")
				rows = append(rows, fmt.Sprintf("| `%s` | %d | %.2f | %d MiB |", command.words, n, float64(each)/1e6, memory>>10))
			}
		})
	}
	if name := os.Getenv(growthDocument); name != "" && !t.Failed() {
		write(t, name, "growth", strings.Join(rows, "\n")+"\n")
	}
}

// write puts a text between the marks of a document.
func write(t *testing.T, name, mark, text string) {
	t.Helper()
	content, err := os.ReadFile(name)
	require.NoError(t, err)
	before, rest, begins := strings.Cut(string(content), "<!-- "+mark+":")
	line, rest, _ := strings.Cut(rest, "\n")
	_, after, ends := strings.Cut(rest, "<!-- end -->")
	require.True(t, begins && ends, "%s has no place for %s", name, mark)
	require.NoError(t, os.WriteFile(name, []byte(before+"<!-- "+mark+":"+line+"\n\n"+text+"\n<!-- end -->"+after), 0o600))
}
