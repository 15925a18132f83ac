package answer_test

import (
	"html"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/answer"
)

// sample is an answer of testdata.
type sample struct {
	stop          bool
	subject, body string
}

// samples reads the answers of a file.
func samples(t *testing.T, file string) []sample {
	t.Helper()
	content, err := os.ReadFile(file)
	require.NoError(t, err)
	var all []sample
	for _, part := range strings.Split("\n"+string(content), "\n=== ")[1:] {
		head, body, _ := strings.Cut(part, "\n")
		verdict, subject, found := strings.Cut(head, ": ")
		require.True(t, found && (verdict == "stop" || verdict == "answer"), head)
		body = strings.TrimSpace(body)
		if !strings.HasPrefix(body, "<") {
			body = "<pre>" + html.EscapeString(body) + "</pre>"
		}
		all = append(all, sample{stop: verdict == "stop", subject: subject, body: body})
	}
	return all
}

// TestAnswersAreUnderstood counts what is said of the answers in testdata.
func TestAnswersAreUnderstood(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.txt")
	require.NoError(t, err)
	var stops, missed int
	for _, file := range files {
		for _, s := range samples(t, file) {
			got := answer.AsksToStop(s.subject, s.body)
			if s.stop {
				stops++
			}
			if s.stop && !got {
				missed++
				t.Logf("missed in %s: %s: %s", file, s.subject, s.body)
			}
			assert.False(t, !s.stop && got, "no stop, in %s: %s: %s", file, s.subject, s.body)
		}
	}
	t.Logf("%d of %d missed", missed, stops)
	assert.LessOrEqual(t, missed*100, stops*3, "at most 3 of 100 are missed")
}
