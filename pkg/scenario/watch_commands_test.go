package scenario_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/stretchr/testify/require"
)

func watchCommands() commandGroup {
	return commandGroup{
		"monitor": startMonitor,
		"heard":   heard,
		"alerts":  alerts,
		"ran":     ran,
		"silent":  silent,
	}
}

// lastRunPrefix begins the names of attachments that say when commands last ran.
const lastRunPrefix = sharedPrefix + "last-run/"

// pings are what a monitor heard.
type pings struct {
	mu    sync.Mutex
	lines []string
	runs  map[string]string
}

// startMonitor starts a monitor of healthchecks.io's protocol and puts its URL into a
// variable.
func startMonitor(s *script, args []string) {
	require.NotEmpty(s, args, "write: monitor VARIABLE [status=CODE]")
	status := s.number(s.options(args[1:], "status")["status"], http.StatusOK)
	p := &pings{runs: map[string]string{}}
	s.pings = p
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		p.mu.Lock()
		defer p.mu.Unlock()
		rid := r.URL.Query().Get("rid")
		if p.runs[rid] == "" {
			p.runs[rid] = string(rune('A' + len(p.runs)))
		}
		p.lines = append(p.lines, strings.TrimSpace(strings.TrimPrefix(r.URL.Path, "/ping/")+" "+p.runs[rid]+"\n"+string(body)))
		w.WriteHeader(status)
	}))
	s.ts.Defer(server.Close)
	s.ts.Setenv(args[0], server.URL+"/ping")
}

// took is how long a run took.
var took = regexp.MustCompile(` in [0-9.]+m?s`)

// heard prints what the monitor heard since it was asked last, without what differs.
func heard(s *script, args []string) {
	s.arguments(args)
	require.NotNil(s, s.pings, "monitor comes first")
	s.pings.mu.Lock()
	defer s.pings.mu.Unlock()
	if len(s.pings.lines) == 0 {
		s.print("nothing")
	}
	for _, line := range s.pings.lines {
		line = regexp.MustCompile(`(?m)^(run|host): .*`).ReplaceAllString(took.ReplaceAllString(line, ""), "$1")
		s.print("%s", line)
	}
	s.pings.lines, s.pings.runs = nil, map[string]string{}
}

// alerts prints the mails that arrived, and forgets them.
func alerts(s *script, args []string) {
	s.arguments(args)
	host, err := os.Hostname()
	require.NoError(s, err)
	messages := s.mailbox.Messages()
	if len(messages) == 0 {
		s.print("none")
	}
	for _, m := range messages {
		l, err := m.Parse()
		require.NoError(s, err)
		text := regexp.MustCompile(`\b`+regexp.QuoteMeta(host)+`\b`).ReplaceAllString(l.Subject+"\n\n"+l.Text, "HOST")
		text = regexp.MustCompile(`in database "[^"]*"`).ReplaceAllString(text, "in DATABASE")
		text = regexp.MustCompile(`\d{4}-\d\d-\d\d \d\d:\d\d [A-Z]+`).ReplaceAllString(took.ReplaceAllString(text, ""), "TIME")
		s.print("To: %s\nFrom: %s\n%s", strings.Join(l.To, ", "), strings.Join(l.From, ", "), strings.TrimSpace(text))
	}
	s.mailbox.Reset()
}

// lastRuns returns the attachments that say when commands last ran.
func (s *script) lastRuns() []record {
	return s.search("ir.attachment", []any{[]any{"name", "=like", lastRunPrefix + "%"}}, "name", "description")
}

// ran prints the last run of each command, without its time.
func ran(s *script, args []string) {
	s.arguments(args)
	list := s.lastRuns()
	if len(list) == 0 {
		s.print("nothing")
	}
	for _, r := range list {
		var record struct {
			Runs []struct {
				Host     string
				Finished time.Time
				Exit     int
			}
		}
		require.NoError(s, json.Unmarshal([]byte(r.text("description")), &record))
		for _, run := range record.Runs {
			require.NotZero(s, run.Finished)
			s.print("%s %d", strings.TrimPrefix(r.text("name"), lastRunPrefix), run.Exit)
		}
	}
}

// silent makes it look as if a command had run each day for three weeks, and not since.
func silent(s *script, args []string) {
	s.arguments(args, "COMMAND", "AGE")
	last := time.Now().Add(-s.duration(args[1])).UTC().Truncate(time.Second)
	var pauses []map[string]any
	for day := -20; day <= 0; day++ {
		pauses = append(pauses, map[string]any{"day": last.AddDate(0, 0, day).Format(time.DateOnly), "seconds": 24 * 60 * 60})
	}
	text, err := json.Marshal(map[string]any{
		"runs": []any{map[string]any{"host": "old-host", "run": "x", "finished": last, "exit": 0}}, "pauses": pauses,
	})
	require.NoError(s, err)
	for _, r := range s.lastRuns() {
		if r.text("name") == lastRunPrefix+args[0] {
			s.write("ir.attachment", []int64{r.id()}, map[string]any{"description": string(text)})
			return
		}
	}
	s.ts.Fatalf("%s has not run yet", args[0])
}
