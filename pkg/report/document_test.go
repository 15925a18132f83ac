package report_test

import (
	"encoding/json"
	"errors"
	"io"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/report"
)

// figures are the body of a document.
type figures struct {
	Name  string   `json:"name"`
	Rate  float64  `json:"rate"`
	Month []string `json:"month,omitempty"`
}

func TestDocument(t *testing.T) {
	broken := tail
	broken.Exit = 69
	broken.Error = &report.Failure{Message: "read answers: connection refused", Hint: "check odoo.url"}
	cases := map[string]struct {
		body figures
		tail report.Tail
		want string
	}{
		"the body's fields stand between head and end": {
			figures{Name: "Ada", Rate: 0.5, Month: []string{"2026-01"}},
			tail,
			`{"version":1,"command":"remind","run":"20261123T080000Z-7f3a","dry_run":false,"started":"2026-11-23T08:00:00Z",` +
				`"name":"Ada","rate":0.5,"month":["2026-01"],"finished":"2026-11-23T08:00:02Z","exit":0}
`,
		},
		"a run that was stopped says why": {
			figures{},
			broken,
			`{"version":1,"command":"remind","run":"20261123T080000Z-7f3a","dry_run":false,"started":"2026-11-23T08:00:00Z",` +
				`"name":"","rate":0,"finished":"2026-11-23T08:00:02Z","exit":69,` +
				`"error":{"message":"read answers: connection refused","hint":"check odoo.url"}}
`,
		},
		"what a terminal would obey is escaped, and nothing is lost": {
			figures{Name: "<a> & \x1b[31m\u202eb"},
			tail,
			`{"version":1,"command":"remind","run":"20261123T080000Z-7f3a","dry_run":false,"started":"2026-11-23T08:00:00Z",` +
				`"name":"<a> & \u001b[31m\u202eb","rate":0,"finished":"2026-11-23T08:00:02Z","exit":0}
`,
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			var b strings.Builder
			require.NoError(t, report.WriteDocument(&b, head, c.body, c.tail))
			assert.Equal(t, c.want, b.String())
			assert.True(t, json.Valid([]byte(b.String())))
		})
	}
}

func TestADocumentThatCannotBeEncodedIsNotBegun(t *testing.T) {
	var b strings.Builder
	err := report.WriteDocument(&b, head, figures{Rate: math.NaN()}, tail)
	var unsupported *json.UnsupportedValueError
	require.ErrorAs(t, err, &unsupported)
	assert.ErrorContains(t, err, "encode report: ")
	assert.Empty(t, b.String())
}

func TestWriteCSV(t *testing.T) {
	cases := map[string]struct {
		rows [][]string
		want string
	}{
		"without rows there is the header": {nil, "name,nps\n"},
		"a number keeps its sign": {
			[][]string{{"Ada", "-25"}, {"Ben", "-33.3"}},
			"name,nps\nAda,-25\nBen,-33.3\n",
		},
		"a cell that a spreadsheet would calculate begins with an apostrophe": {
			[][]string{{"=1+1", "-1+2"}, {" \t@SUM(A1)", "-"}},
			"name,nps\n'=1+1,'-1+2\n'@SUM(A1),'-\n",
		},
		"a row is one line whatever its cells hold": {
			[][]string{{"two\r\nlines, \"quoted\" \x1b[31mred", ""}},
			"name,nps\n\"two lines, \"\"quoted\"\" [31mred\",\n",
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			var b strings.Builder
			require.NoError(t, report.WriteCSV(&b, []string{"name", "nps"}, c.rows))
			assert.Equal(t, strings.ReplaceAll(c.want, "\n", "\r\n"), b.String())
		})
	}
}

func TestAFailingOutputOfATableOfAnyKindIsReported(t *testing.T) {
	full := errors.New("no space left on device")
	writers := map[string]func(io.Writer) error{
		"a document": func(w io.Writer) error { return report.WriteDocument(w, head, figures{}, tail) },
		"CSV":        func(w io.Writer) error { return report.WriteCSV(w, []string{"name"}, [][]string{{"Ada"}}) },
		"rows": func(w io.Writer) error {
			return report.WriteRows(w, []string{"NAME"}, [][]string{{"Ada"}}, report.TableOptions{})
		},
	}
	for name, write := range writers {
		for room := range 8 {
			t.Run(name, func(t *testing.T) {
				assert.Equal(t, &report.WriteError{Err: full}, write(&failing{room: room, err: full}))
			})
		}
	}
}
