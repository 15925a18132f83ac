package scenario_test

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/google/jsonschema-go/jsonschema"
	"github.com/stretchr/testify/require"
)

// reportSchema is what programs know of the JSON that crm-tool prints. The package that
// the other tests judge schemas with reads the meta-schemas of all drafts whenever a program
// starts. This one does not: here each run of the tool is a start of the test program.
var reportSchema = sync.OnceValues(func() (*jsonschema.Resolved, error) {
	content, err := os.ReadFile("../../docs/report.schema.json")
	if err != nil {
		return nil, err
	}
	var schema jsonschema.Schema
	if err := json.Unmarshal(content, &schema); err != nil {
		return nil, err
	}
	return schema.Resolve(nil)
})

// fitsSchema checks what a program printed if that is JSON of crm-tool.
func (s *script) fitsSchema(program string, args []string) {
	at := slices.IndexFunc(args, func(arg string) bool { return arg == "-o" || arg == "--output" })
	if program != "crm-tool" || at < 0 || at+1 == len(args) {
		return
	}
	output := s.ts.ReadFile("stdout")
	documents := []string{output}
	switch args[at+1] {
	case "json":
	case "ndjson":
		documents = strings.SplitAfter(strings.TrimSuffix(output, "\n"), "\n")
	default:
		return
	}
	schema, err := reportSchema()
	require.NoError(s, err)
	for _, d := range documents {
		if d == "" {
			continue // The command line made no sense.
		}
		var content any
		require.NoError(s, json.Unmarshal([]byte(d), &content), "%s", d)
		require.NoError(s, schema.Validate(content), "%s", d)
	}
}
