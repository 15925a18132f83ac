package odoo_test

import (
	"encoding/xml"
	"net/http"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/odoo"
)

// recordedFaults are the recordings of refusals, and what each is to a caller.
func recordedFaults() map[string]odoo.Kind {
	return map[string]odoo.Kind{
		"authenticate-unknown-database": odoo.UnknownDatabase,
		"object-wrong-password":         odoo.LoginRefused,
		"search-read-bad-field":         odoo.UnknownName,
		"read-unknown-field":            odoo.UnknownName,
		"search-read-bad-domain":        odoo.ServerFault,
		"write-missing-record":          odoo.MissingRecord,
		"unknown-model":                 odoo.UnknownName,
		"unknown-method":                odoo.UnknownName,
		"private-method":                odoo.AccessDenied,
		"access-denied":                 odoo.AccessDenied,
		"validation-error":              odoo.Invalid,
		"load-unknown-column":           odoo.UnknownName,
		"action-archive-none-fault":     odoo.ServerFault,
		"malformed-xml":                 odoo.ServerFault,
		"get-like-empty":                odoo.ServerFault,
		"no-such-endpoint":              odoo.ServerFault,
	}
}

// recordedAnswers are the recordings of all answers over XML-RPC.
func recordedAnswers(t testing.TB, version int) []txtar.File {
	t.Helper()
	archive, err := txtar.ParseFile(filepath.Join("testdata", "wire", strconv.Itoa(version)+".txtar"))
	require.NoError(t, err)
	return slices.DeleteFunc(archive.Files, func(f txtar.File) bool { return !strings.HasSuffix(f.Name, " text/xml; charset=utf-8") })
}

// decoded reads an answer with Go's own decoder of XML: its value, or its fault.
func decoded(t *testing.T, answer []byte) (value, fault any) {
	t.Helper()
	var response struct {
		Value *wireXML `xml:"params>param>value"`
		Fault *wireXML `xml:"fault>value"`
	}
	require.NoError(t, xml.Unmarshal(answer, &response))
	if response.Fault != nil {
		return nil, response.Fault.value()
	}
	return withoutEmpty(response.Value.value()), nil
}

// withoutEmpty replaces empty texts by nil, as which the codec decodes them.
// [odoo.Record] reads both alike.
func withoutEmpty(value any) any {
	switch v := value.(type) {
	case string:
		if v == "" {
			return nil
		}
	case []any:
		for i := range v {
			v[i] = withoutEmpty(v[i])
		}
	case map[string]any:
		for name := range v {
			v[name] = withoutEmpty(v[name])
		}
	}
	return value
}

func TestEveryRecordedAnswerIsTheValueOrTheErrorThatItWas(t *testing.T) {
	t.Parallel()
	eachVersion(t, func(t *testing.T, version int) {
		faults, values := recordedFaults(), 0
		for _, f := range recordedAnswers(t, version) {
			name, _, _ := strings.Cut(f.Name, ".response ")
			o := options(replay(t, version, "authenticate.response", name+".response"))
			o.Database = "nosuchdb"
			method := "read"
			if strings.HasPrefix(name, "load-") {
				method = "load"
			}
			got, err := connect(t, o).Call(t.Context(), odoo.Request{Model: "crm.lead", Method: method})
			want, fault := decoded(t, f.Data)
			if fault == nil {
				require.NoError(t, err, name)
				assert.Equal(t, want, got, name)
				values++
				continue
			}
			assert.Truef(t, odoo.IsKind(err, faults[name]), "%s is %q, not: %v", name, faults[name], err)
			delete(faults, name)
		}
		assert.Empty(t, faults, "all were seen")
		assert.Equal(t, 59-len(recordedFaults()), values)
	})
}

// recorded is a call over JSON-2 to a live Odoo 19, and its answer.
type recorded struct {
	path, request string
	status        int
	kind, answer  string
}

// recordings returns the calls by their names.
func recordings(t testing.TB) map[string]recorded {
	t.Helper()
	archive, err := txtar.ParseFile(filepath.Join("testdata", "wire", "19.txtar"))
	require.NoError(t, err)
	all := map[string]recorded{}
	for pair := range slices.Chunk(archive.Files, 2) {
		name, path, _ := strings.Cut(pair[0].Name, ".request ")
		name, isJSON := strings.CutPrefix(name, "json2-")
		if !isJSON {
			continue
		}
		_, how, _ := strings.Cut(pair[1].Name, ".response ")
		code, kind, _ := strings.Cut(how, " ")
		status, err := strconv.Atoi(code)
		require.NoError(t, err)
		all[name] = recorded{path, string(pair[0].Data), status, kind, string(pair[1].Data)}
	}
	return all
}

// handler answers each call as it was.
func (r recorded) handler() http.HandlerFunc { return jsonAnswer(r.status, r.kind, r.answer) }
