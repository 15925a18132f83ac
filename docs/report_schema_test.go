package docs_test

import (
	"encoding/json"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/cli/exit"
	"github.com/crm-tool/crm-tool/pkg/report"
)

const reportSchema = "report.schema.json"

// fieldsOf returns the names that the fields of structs have in JSON.
func fieldsOf(structs ...any) []string {
	var names []string
	for _, s := range structs {
		for f := range reflect.TypeOf(s).Fields() {
			if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "-" {
				names = append(names, name)
			}
		}
	}
	return names
}

func TestTheSchemaOfReportsSaysWhatTheCodeSays(t *testing.T) {
	content, err := os.ReadFile(reportSchema)
	require.NoError(t, err)
	var schema struct {
		Defs map[string]struct {
			Properties map[string]struct {
				Const any   `json:"const"`
				Enum  []any `json:"enum"`
			} `json:"properties"`
			Enum []any `json:"enum"`
		} `json:"$defs"`
	}
	require.NoError(t, json.Unmarshal(content, &schema))
	names := func(def string) []string {
		var all []string
		for name := range schema.Defs[def].Properties {
			all = append(all, name)
		}
		return all
	}
	around := append(fieldsOf(report.Head{}, report.Tail{}), "version")
	assert.ElementsMatch(t, append(around, "items", "counts"), names("report"))
	assert.ElementsMatch(t, append(around, "counts"), names("last_line"))
	assert.ElementsMatch(t, around, names("document"))
	assert.ElementsMatch(t, fieldsOf(report.Item{}), names("item"))
	assert.InDelta(t, report.Version, schema.Defs["report"].Properties["version"].Const, 0)

	var outcomes, statuses, reasons []any
	for _, o := range report.Outcomes() {
		outcomes = append(outcomes, string(o))
	}
	assert.ElementsMatch(t, outcomes, schema.Defs["outcome"].Enum)
	for _, s := range exit.Statuses() {
		statuses = append(statuses, float64(s.Code))
	}
	assert.ElementsMatch(t, statuses, schema.Defs["exit"].Enum)
	source, err := os.ReadFile("../pkg/crm/reason.go")
	require.NoError(t, err)
	for _, r := range regexp.MustCompile(`Reason = "([^"]+)"`).FindAllStringSubmatch(string(source), -1) {
		reasons = append(reasons, r[1])
	}
	assert.ElementsMatch(t, reasons, schema.Defs["item"].Properties["reason"].Enum)
}

func TestReportsAreRightByTheirSchema(t *testing.T) {
	schema, err := jsonschema.NewCompiler().Compile(reportSchema)
	require.NoError(t, err)
	right := func(text string) error {
		content, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
		require.NoError(t, err, text)
		return schema.Validate(content)
	}
	day := 7
	items := []report.Item{
		{Opportunity: 1, Name: "Chairs", Step: &day, To: []string{"zoe@client.example"}, Outcome: report.Sent},
		{Opportunity: 2, Name: "Desks", Outcome: report.Skipped, Reason: "won"},
		{Opportunity: 3, Name: "Lamps", Outcome: report.Failed, Error: "refused"},
	}
	for _, format := range []report.Format{report.JSON, report.NDJSON} {
		var b strings.Builder
		w := report.New(format, &b, report.Head{Command: "remind", Run: "r"}, report.TableOptions{})
		for _, i := range items {
			require.NoError(t, w.Item(i))
		}
		require.NoError(t, w.Close(report.Tail{Finished: time.Now(), Exit: 69, Error: &report.Failure{Message: "down"}}))
		documents := []string{b.String()}
		if format == report.NDJSON {
			documents = strings.Split(strings.TrimSpace(b.String()), "\n")
			require.Len(t, documents, len(items)+1)
		}
		for _, d := range documents {
			assert.NoError(t, right(d), d)
		}
	}
	guide, err := os.ReadFile("technical-guide.md")
	require.NoError(t, err)
	_, example, found := strings.Cut(string(guide), "--output json\n")
	require.True(t, found)
	example, _, _ = strings.Cut(example, "```")
	assert.NoError(t, right(example))

	for name, text := range map[string]string{
		"an item without its outcome":  `{"opportunity": 1, "name": "Chairs"}`,
		"an unknown outcome":           `{"opportunity": 1, "name": "Chairs", "outcome": "lost"}`,
		"a skipped one without reason": `{"opportunity": 1, "name": "Chairs", "outcome": "skipped"}`,
		"an unknown reason":            `{"opportunity": 1, "name": "Chairs", "outcome": "skipped", "reason": "rain"}`,
		"a report without its end":     `{"version": 1, "command": "remind", "items": []}`,
		"a check without its status":   `{"version": 1, "checks": [{"name": "smtp.login", "message": ""}], "exit": 0}`,
		"another version":              `{"version": 2, "checks": [], "exit": 0}`,
	} {
		assert.Error(t, right(text), name)
	}
}
