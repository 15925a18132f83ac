package odoo_test

import (
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo"
)

// translator turns the ids of the server that was recorded into those of the
// stand-in.
type translator map[string]string

var (
	integers  = regexp.MustCompile(`<int>(\d+)</int>`)
	idStrings = regexp.MustCompile(`<string>(\d+)</string>`)
	// What differs from run to run, and what Odoo guesses from its other
	// opportunities.
	moments  = regexp.MustCompile(`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d`)
	guesses  = regexp.MustCompile(`<double>[0-9.]+</double>`)
	hosts    = regexp.MustCompile(`(?s)(psycopg2\.OperationalError: ).*(FATAL: )`)
	frames   = regexp.MustCompile(`(?s)(Traceback \(most recent call last\):\n).*\n((?:[\w.]*Error|Exception): )`)
	versions = regexp.MustCompile(`(<string>\d\d\.0)\+e-\d+</string>`)
)

// learn notes which ids of the recorded answer are which of ours.
func (tr translator) learn(recorded, ours string) {
	theirs, mine := integers.FindAllStringSubmatch(recorded, -1), integers.FindAllStringSubmatch(ours, -1)
	for i := range min(len(theirs), len(mine)) {
		tr[theirs[i][1]] = mine[i][1]
	}
}

// translate replaces the ids in a recorded text.
func (tr translator) translate(text string) string {
	for _, pattern := range []*regexp.Regexp{integers, idStrings, regexp.MustCompile(`crm\.lead\((\d+),\)`), regexp.MustCompile(`User: (\d+)\)`)} {
		text = pattern.ReplaceAllStringFunc(text, func(found string) string {
			id := pattern.FindStringSubmatch(found)[1]
			if mine, ok := tr[id]; ok {
				return strings.Replace(found, id, mine, 1)
			}
			return found
		})
	}
	return text
}

// settle removes what two servers never agree on.
func settle(answer string) string {
	answer = moments.ReplaceAllString(answer, "(time)")
	answer = guesses.ReplaceAllString(answer, "<double>(guess)</double>")
	answer = versions.ReplaceAllString(answer, "$1</string>")
	answer = hosts.ReplaceAllString(answer, "$1$2")
	answer = strings.Replace(answer, "<value><string>e</string></value>", "<value><string></string></value>", 1)
	return frames.ReplaceAllString(answer, "$1  ...\n$2")
}

func TestOdooAnswersAsTheRecordedServersDid(t *testing.T) {
	// These answers tell ids for the first time.
	teaches := map[string]bool{
		"authenticate": true, "create-lead": true, "create-leads-bulk": true, "user": true, "load-claim-first": true,
		"load-claim-read-back": true, "load-batch": true, "message-create-bulk": true, "message-post": true, "settings-load": true, "settings-read": true,
	}
	for _, version := range []int{16, 17, 18, 19} {
		t.Run(fmt.Sprintf("of Odoo %d", version), func(t *testing.T) {
			database := fmt.Sprintf("crm%d", version)
			server := newOdoo(t, odoo.Options{Version: version, Database: database})
			require.NoError(t, server.AddKey(odoo.BotLogin, "botbotbot"))
			execute(t, server, admin, "res.company", "write", 1, values{"name": "My Company"})
			execute(t, server, bot, "ir.attachment", "create", values{
				"name": "crm-tool", "description": `{"instance":"abc","reminders":false}`, "res_model": "crm.team", "res_id": 1,
			})
			url, err := server.Start()
			require.NoError(t, err)
			t.Cleanup(func() { assert.NoError(t, server.Close()) })

			recording, err := txtar.ParseFile(fmt.Sprintf("testdata/wire-%d.txtar", version))
			require.NoError(t, err)
			tr := translator{}
			for i := 0; i+1 < len(recording.Files); i += 2 {
				name, path, _ := strings.Cut(recording.Files[i].Name, " ")
				request, answer := string(recording.Files[i].Data), string(recording.Files[i+1].Data)
				got := post(t, url+path, tr.translate(strings.TrimSuffix(request, "\n")))
				if teaches[name] {
					tr.learn(answer, got)
				}
				assert.Equal(t, settle(tr.translate(answer)), settle(got), name)
			}
		})
	}
}

// post sends a body and returns the body of the answer, which must be XML.
func post(t *testing.T, url, body string) string {
	t.Helper()
	response, err := http.Post(url, "text/xml", strings.NewReader(body))
	require.NoError(t, err)
	defer func() { assert.NoError(t, response.Body.Close()) }()
	assert.Equal(t, http.StatusOK, response.StatusCode)
	assert.Equal(t, "text/xml; charset=utf-8", response.Header.Get("Content-Type"))
	got, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return string(got)
}
