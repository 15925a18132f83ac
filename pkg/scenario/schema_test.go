package scenario_test

import (
	"slices"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"
)

// reportSchema is what programs know of the JSON that crm-tool prints.
var reportSchema = sync.OnceValues(func() (*jsonschema.Schema, error) {
	return jsonschema.NewCompiler().Compile("../../docs/report.schema.json")
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
		content, err := jsonschema.UnmarshalJSON(strings.NewReader(d))
		require.NoError(s, err, "%s", d)
		require.NoError(s, schema.Validate(content), "%s", d)
	}
}
