package odoo_test

import (
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo"
)

// exchange is a call to an Odoo, and its answer.
type exchange struct {
	name, path, request  string
	status, kind, answer string
}

// exchanges returns what a live server of a version was asked, and what it answered, in
// its order.
func exchanges(t *testing.T, version int) []exchange {
	t.Helper()
	archive, err := txtar.ParseFile(filepath.Join("..", "..", "odoo", "testdata", "wire", strconv.Itoa(version)+".txtar"))
	require.NoError(t, err)
	var all []exchange
	for pair := range slices.Chunk(archive.Files, 2) {
		name, path, _ := strings.Cut(pair[0].Name, ".request ")
		_, how, _ := strings.Cut(pair[1].Name, ".response ")
		status, kind, _ := strings.Cut(how, " ")
		text := func(f txtar.File) string { return strings.TrimSuffix(string(f.Data), "\n") }
		all = append(all, exchange{name, path, text(pair[0]), status, kind, text(pair[1])})
	}
	return all
}

// replay asks the stand-in the same, and returns the exchange as it was with it.
func (e exchange) replay(t *testing.T, url string, version int) exchange {
	t.Helper()
	// The stand-in has few records about its models, and gives them other ids.
	body := leadModels.ReplaceAllString(e.request, "${1}1<")
	r, err := http.NewRequest(http.MethodPost, url+e.path, strings.NewReader(body))
	require.NoError(t, err)
	r.Header.Set("Content-Type", "text/xml")
	if strings.HasPrefix(e.path, "/json/") {
		r.Header = http.Header{
			"Content-Type": {"application/json"}, "Authorization": {"bearer " + botKey}, "X-Odoo-Database": {fmt.Sprintf("crm%d", version)},
		}
	}
	switch e.name {
	case "json2-bad-key":
		r.Header.Set("Authorization", "bearer "+strings.Repeat("0", len(botKey)))
	case "json2-no-key":
		r.Header.Del("Authorization")
	case "json2-unknown-database":
		r.Header.Set("X-Odoo-Database", "nosuchdb")
	}
	response, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer func() { assert.NoError(t, response.Body.Close()) }()
	_, err = http.ParseTime(response.Header.Get("Date"))
	require.NoError(t, err)
	answer, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	e.status, e.kind = strconv.Itoa(response.StatusCode), response.Header.Get("Content-Type")
	e.answer = strings.TrimSuffix(string(answer), "\n")
	return e
}

var leadModels = regexp.MustCompile(`(<name>res_model_id</name>\n<value><int>)\d+<`)

// unlike is what two servers never agree on: times and random tokens, the Message-IDs
// that Odoo makes, what it guesses from its other opportunities, the lines of code in
// tracebacks, and how it reaches PostgreSQL. The recorded Odoo 18 was the Enterprise edition.
var unlike = []struct {
	pattern *regexp.Regexp
	as      string
}{
	{regexp.MustCompile(`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d`), "(time)"},
	{regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`), "(token)"},
	{regexp.MustCompile(`&lt;[0-9.]+-openerp-(\d+-crm\.lead)@\w+&gt;`), "(Message-ID of $1)"},
	{regexp.MustCompile(`(<name>probability</name>\n<value><double>|"probability": )[0-9.]+`), "$1(guess)"},
	{regexp.MustCompile(`(?s)(Traceback \(most recent call last\):(?:\n|\\n)).*(?:\n|\\n)((?:[\w.]*Error|[\w.]*Exception|werkzeug\.exceptions\.\w+)\b)`), "$1  ...\n$2"},
	{regexp.MustCompile(`(?s)(psycopg2\.OperationalError: ).*(FATAL: )`), "$1$2"},
	{regexp.MustCompile(`(<string>18\.0)\+e-\d+(</string>)`), "$1$2"},
	{regexp.MustCompile(`(<value><int>0</int></value>\n<value><string>)e<`), "$1<"},
}

// limits are the exchanges in which the stand-in answers otherwise than Odoo, and what of
// their answers it gives nevertheless. docs/odoo-versions.md lists them.
var limits = map[string]func(answer string) string{
	// It tells its fields in another order.
	"fields-get-lead": func(answer string) string {
		members := regexp.MustCompile(`(?s)<member>\n<name>\w+</name>\n<value><struct>.*?</struct></value>\n</member>`)
		sorted := members.FindAllString(answer, -1)
		slices.Sort(sorted)
		return members.ReplaceAllString(answer, "") + strings.Join(sorted, "\n")
	},
	// A load that it refuses has taken an id more than with Odoo.
	"message-create-bulk": withoutIDs,
	"message-post":        withoutIDs,
	// Go's reader of JSON complains in other words than Python's.
	"json2-malformed": func(answer string) string {
		return regexp.MustCompile(`(could not parse the body as json: )(?:[^"\\]+)`).ReplaceAllString(answer, "$1(reason)")
	},
}

func withoutIDs(answer string) string {
	return regexp.MustCompile(`<int>\d+</int>`).ReplaceAllString(answer, "<int>(id)</int>")
}

// settled is an exchange without what two servers never agree on, and what is a limit.
func (e exchange) settled() exchange {
	for _, u := range unlike {
		e.answer = u.pattern.ReplaceAllString(e.answer, u.as)
	}
	if limit, ok := limits[e.name]; ok {
		e.answer = limit(e.answer)
	}
	return e
}

func TestOdooAnswersAsTheRecordedServersDid(t *testing.T) {
	for version, count := range map[int]int{16: 59, 17: 59, 18: 59, 19: 76} {
		t.Run(fmt.Sprintf("of Odoo %d", version), func(t *testing.T) {
			recorded := exchanges(t, version)
			require.Len(t, recorded, count)
			server := newOdoo(t, odoo.Options{Version: version, Database: fmt.Sprintf("crm%d", version)})
			for _, key := range []string{"botbotbot", botKey} {
				require.NoError(t, server.AddKey(bot, key))
			}
			execute(t, server, admin, "res.company", "write", 1, values{"name": "My Company"})
			url := start(t, server)
			for _, e := range recorded {
				prepare(t, server, url, e)
				got := e.replay(t, url, version)
				assert.Equal(t, e.settled(), got.settled(), e.name)
				if limits[e.name] != nil {
					assert.NotEqual(t, e.answer, got.answer, "%s is no limit any more", e.name)
				}
			}
		})
	}
}

// prepare makes records until the one that the exchange makes has the recorded id as its
// turn, and does what somebody else did before the exchange.
func prepare(t *testing.T, server *odoo.Server, url string, e exchange) {
	t.Helper()
	switch e.name {
	case "create-lead":
		spend(t, server, "crm.lead", e.made(t), values{"name": "x", "user_id": 2})
	case "create-activity":
		spend(t, server, "mail.activity", e.made(t), values{"res_model_id": 1, "res_id": 1})
	case "activity-mark-done":
		spend(t, server, "mail.message", e.made(t), values{"body": "x"})
	case "survey-create":
		spend(t, server, "survey.survey", e.made(t), values{"title": "x"})
		spend(t, server, "survey.question", 5, values{"title": "x", "survey_id": 1})
		spend(t, server, "survey.question.answer", 10, values{"value": "x", "question_id": 1})
	case "survey-participation-load":
		spend(t, server, "survey.user_input", e.made(t), values{"survey_id": 1})
		spend(t, server, "survey.user_input.line", 5, values{"user_input_id": 1, "question_id": 1})
	case "survey-participation-done":
		fillIn(t, server, url, 3)
	case "settings-load":
		spend(t, server, "ir.attachment", e.made(t)-3, values{"name": "x"})
		execute(t, server, bot, "ir.attachment", "create", values{
			"name": "crm-tool", "description": `{"instance":"abc","reminders":false}`, "res_model": "crm.team", "res_id": 1,
		})
		spend(t, server, "ir.attachment", e.made(t), values{"name": "x"})
	case "json2-load":
		// Odoo has also noted on the survey and on the participation that they were made.
		spend(t, server, "mail.message", e.made(t), values{"body": "x"})
	}
}

// made is the id of the first record that an exchange made.
func (e exchange) made(t *testing.T) int64 {
	t.Helper()
	found := regexp.MustCompile(`(?:<int>|: \[)(\d+)`).FindStringSubmatch(e.answer)
	require.NotNil(t, found, e.name)
	id, err := strconv.ParseInt(found[1], 10, 64)
	require.NoError(t, err)
	return id
}

// spend makes records until the next one of the model gets that id.
func spend(t *testing.T, server *odoo.Server, model string, next int64, v values) {
	t.Helper()
	last := execute(t, server, admin, model, "create", v).(int64)
	require.Less(t, last, next, model)
	list := make([]any, next-1-last)
	for i := range list {
		list[i] = v
	}
	within(t, server, values{"mail_create_nolog": true}, admin, model, "create", list)
}

// fillIn answers a survey as its participant did.
func fillIn(t *testing.T, server *odoo.Server, url string, participation int64) {
	t.Helper()
	mine := read(t, server, "survey.user_input", participation, "survey_id", "access_token")
	survey := read(t, server, "survey.survey", mine["survey_id"].([]any)[0].(int64), "access_token")
	path := fmt.Sprintf("%s/%s", survey["access_token"], mine["access_token"])
	status, _ := call(t, url+"/survey/begin/"+path, nil)
	require.Equal(t, http.StatusOK, status)
	status, _ = call(t, url+"/survey/submit/"+path, values{"5": "10", "6": []any{"13", "14"}, "7": "Merci beaucoup & à bientôt"})
	require.Equal(t, http.StatusOK, status)
}
