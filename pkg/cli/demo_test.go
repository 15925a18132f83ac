package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/cli/demo"
)

// screen is what somebody sees of a program that runs.
type screen struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write takes what the program prints.
func (s *screen) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(b)
}

// String is all that was printed so far.
func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// start starts the program, and returns what it ends with.
func start(out *screen, signals chan os.Signal, args ...string) <-chan int {
	status := make(chan int, 1)
	go func() {
		status <- Main(Env{
			Args: args, Stdin: strings.NewReader(""), Stdout: out, Stderr: out, Signals: signals, Abort: func(int) {},
			Clock: func() time.Time { return time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC) },
		})
	}()
	return status
}

func TestTheDemonstrationShowsEachCommand(t *testing.T) {
	t.Parallel()
	var out screen
	dir := t.TempDir()
	require.Equal(t, 0, <-start(&out, nil, "demo", "--dir", dir), "%s", &out)
	shown := out.String()
	for _, line := range []string{
		"\n$ crm-tool remind\n", "\nremind: 8 sent, ", " activity-planned: until 2026-11-26\n", "Bookcases for our law library        skipped  opted-out: a mail asked for no more mails\n", "\nremind: 0 sent, 6 skipped ",
		"\nrosa@vidal-legal.example    2026-11-23 08:00  a mail on opportunity 13\n",
		"\narchive: 3 archived, ", "\narchive undo: 3 restored, ",
		"\nfeedback send: 2 sent, ", "\nfeedback collect: 1 collected, ",
		"\n2026-06  8     6         75%   50.0\n", "\nfeedback report: 44 sent, 35 answered (80%), mean score 73.6\n", "\nremind report: 111 sent, ", "\nThe mailbox got 10 mails, ",
		"\n# client is opted out, and a note tells their salesperson.\n$ crm-tool remind\n", "\nNothing runs any more: ",
	} {
		assert.Contains(t, shown, line)
	}
	for _, file := range []string{"config.yaml", "feedback.html", "reminders.html", "mails/index.html"} {
		assert.FileExists(t, filepath.Join(dir, file))
	}
}

// TestASandboxThatIsKeptOpenServesTheTraining follows the training of sales teams, in
// both languages on one demonstration. What stands in quotes behind a command must be in
// its output.
func TestASandboxThatIsKeptOpenServesTheTraining(t *testing.T) {
	t.Parallel()
	lines, french := commandLines(t, "training.md"), commandLines(t, "fr/training.fr.md")
	require.Greater(t, len(lines), 10)
	require.Len(t, french, len(lines))

	var out screen
	signals := make(chan os.Signal, 1)
	status := start(&out, signals, "demo", "--serve", "--dir", t.TempDir())
	require.Eventually(t, func() bool { return strings.Contains(out.String(), "in another terminal:\n  crm-tool") }, time.Minute, 20*time.Millisecond)
	_, shown, _ := strings.Cut(out.String(), "\nStill running, until Ctrl-C: ")
	client := demo.Client{Link: regexp.MustCompile(`https?://\S+/survey/start/\S+`).FindString(shown)}
	_, collect, _ := strings.Cut(shown, "  crm-tool ")
	file := regexp.MustCompile(`export CRM_TOOL_CONFIG=(\S+)`).FindStringSubmatch(shown)[1]
	assert.Equal(t, "feedback collect --config "+file, strings.TrimSpace(collect))

	for i, l := range lines {
		assert.Equal(t, l.command, french[i].command)
		switch l.command {
		case "demo --serve --dir training":
			continue
		case "feedback collect":
			require.NoError(t, client.Answer(t.Context(), 3, "Nobody called us back."))
		}
		var output screen
		require.Equal(t, 0, <-start(&output, nil, append(strings.Fields(l.command), "--config", file)...), "%s: %s", l.command, &output)
		for _, words := range append(l.quotes, french[i].quotes...) {
			assert.Contains(t, output.String(), words, l.command)
		}
	}
	assert.NotContains(t, out.String(), "Nothing runs any more")
	signals <- syscall.SIGINT
	assert.Equal(t, 0, <-status)
	assert.Contains(t, out.String(), "\nNothing runs any more: ")
	assert.NotContains(t, out.String(), "rm -r")
}

// commandLine is a command of a document, and what its comment quotes.
type commandLine struct {
	command string
	quotes  []string
}

func commandLines(t *testing.T, document string) []commandLine {
	t.Helper()
	text, err := os.ReadFile("../../docs/" + document)
	require.NoError(t, err)
	var lines []commandLine
	for _, m := range regexp.MustCompile(`(?m)^crm-tool ([^#\n]*?) *# (.*)$`).FindAllStringSubmatch(string(text), -1) {
		l := commandLine{command: m[1]}
		for _, q := range regexp.MustCompile(`[“«][\s\x{202f}]*([^”»]*?)[\s\x{202f}]*[”»]`).FindAllStringSubmatch(m[2], -1) {
			l.quotes = append(l.quotes, q[1])
		}
		lines = append(lines, l)
	}
	return lines
}
