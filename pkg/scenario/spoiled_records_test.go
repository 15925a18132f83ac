//go:build !odoo

package scenario_test

import (
	"bytes"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// spoiler changes one field of one record in what Odoo answers.
type spoiler struct {
	mu sync.Mutex
	// model and field say which, value what stands there then; with an empty one the
	// field is missing. Without a field nothing changes.
	model, field, value string
	// record is the one that is changed: the first of its model that is read.
	record string
	// fields are the fields that were read, by model.
	fields map[string]map[string]bool
}

var (
	structs   = regexp.MustCompile(`(?s)<value><struct>.*?</struct></value>`)
	recordID  = regexp.MustCompile(`<name>id</name>\s*<value><int>(\d+)</int>`)
	fieldName = regexp.MustCompile(`<name>(\w+)</name>`)
)

// isReading tells whether a call reads records. What is read of the tool's own user
// when it logs in, and the attachments of the tool itself, are none.
func isReading(model, method string) bool {
	switch {
	case model == "ir.attachment", model == "res.users" && method == "read":
		return false
	}
	return method == "search_read" || method == "read"
}

func (s *spoiler) answer(w http.ResponseWriter, r *http.Request, work func() *httptest.ResponseRecorder) {
	var request bytes.Buffer
	_, _ = request.ReadFrom(r.Body) // It is in memory.
	r.Body = http.NoBody
	model, method, _ := strings.Cut(calledMethod(r.URL.Path, request.Bytes()), " ")
	r.Body = readCloser{bytes.NewReader(request.Bytes())}
	answer := work()
	body := answer.Body.Bytes()
	if isReading(model, method) {
		body = structs.ReplaceAllFunc(body, func(record []byte) []byte { return s.spoil(model, record) })
	}
	maps.Copy(w.Header(), answer.Header())
	w.Header().Del("Content-Length")
	w.WriteHeader(answer.Code)
	_, _ = w.Write(body) // The tool may have hung up.
}

type readCloser struct{ *bytes.Reader }

func (readCloser) Close() error { return nil }

func (s *spoiler) spoil(model string, record []byte) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fields[model] == nil {
		s.fields[model] = map[string]bool{}
	}
	for _, name := range fieldName.FindAllSubmatch(record, -1) {
		if string(name[1]) != "id" { // Nobody can name a record without one.
			s.fields[model][string(name[1])] = true
		}
	}
	id := recordID.FindSubmatch(record)
	if s.field == "" || model != s.model || id == nil || s.record != "" && s.record != string(id[1]) {
		return record
	}
	member := regexp.MustCompile(`(?s)<member>\s*<name>` + s.field + `</name>.*?</value>\s*</member>`)
	if !member.Match(record) {
		return record
	}
	s.record = string(id[1])
	spoiled := ""
	if s.value != "" {
		spoiled = "<member><name>" + s.field + "</name><value>" + s.value + "</value></member>"
	}
	return member.ReplaceAllLiteral(record, []byte(spoiled))
}

// spoiledValues are what may stand in a field.
func spoiledValues() map[string]string {
	return map[string]string{
		"a year of two digits": "<string>26-11-03 10:00:00</string>",
		"a year out of range":  "<string>0026-11-03 10:00:00</string>",
		"a number":             "<int>12345678</int>",
		"a giant number":       "<int>99999999999999999999</int>",
		"no number":            "<double>nan</double>",
		"nothing":              "<boolean>0</boolean>",
		"yes":                  "<boolean>1</boolean>",
		"a list":               "<array><data><value><int>-1</int></value></data></array>",
		"a long text":          "<string>" + strings.Repeat("long ", 20_000) + "</string>",
		"no field":             "",
	}
}

// companyContact is the company as a contact.
const companyContact = "1"

// dependents is how many records one of a model may spoil: those of a few models
// belong to all records of the runs, and so does the language of the company.
func dependents(model, record string) int {
	if model == "res.partner" && record == companyContact {
		return few
	}
	switch model {
	case "res.company", "res.users", "survey.survey", "survey.question", "survey.question.answer", "crm.stage":
		return few
	}
	return 1
}

// One bad record never stops the others: a record that cannot be read fails, with the
// field named, and all others are done.
func TestOneBadRecordNeverStopsTheOthers(t *testing.T) {
	for _, o := range append(operations(), laterOperations()...) {
		t.Run(o.String(), func(t *testing.T) {
			t.Parallel()
			simulate(t, false, func(t *testing.T, sim *simulation) {
				about := o.prepare(t, sim)
				addChatter(t, sim)
				s := &spoiler{fields: map[string]map[string]bool{}}
				sim.proxy.inject(proxyFault{times: 1 << 30, does: s.answer})
				look := slices.Concat(o.command, []string{"--dry-run"})
				before, status := sim.tool(t, look...)
				require.Equal(t, 0, status, "%+v", before)
				require.Len(t, before.Items, len(about))
				tried, seen := 0, 0
				for _, model := range slices.Sorted(maps.Keys(s.fields)) {
					for _, field := range slices.Sorted(maps.Keys(s.fields[model])) {
						for _, name := range slices.Sorted(maps.Keys(spoiledValues())) {
							value := spoiledValues()[name]
							if seen++; seen%spoiledShare != 0 {
								continue
							}
							s.model, s.field, s.value, s.record = model, field, value, ""
							d, status := sim.tool(t, look...)
							spoiledRun(t, fmt.Sprintf("%s.%s: %s", model, field, name), before, d, status, dependents(model, s.record))
							tried++
						}
					}
				}
				t.Logf("%d fields spoiled: %v", tried, s.fields)
			})
		})
	}
}

// What is read while a run writes is no different. Each of these runs has a CRM of its
// own.
func TestOneBadRecordNeverStopsTheOthersInARunThatWrites(t *testing.T) {
	for _, o := range operations() {
		t.Run(o.String(), func(t *testing.T) {
			t.Parallel()
			var before document
			fields := map[string]map[string]bool{}
			run := func(s *spoiler) (d document, status int) {
				simulate(t, false, func(t *testing.T, sim *simulation) {
					o.prepare(t, sim)
					addChatter(t, sim)
					sim.proxy.inject(proxyFault{times: 1 << 30, does: s.answer})
					d, status = sim.tool(t, o.command...)
				})
				return d, status
			}
			before, status := run(&spoiler{fields: fields})
			require.Equal(t, 0, status)
			seen := 0
			for _, model := range slices.Sorted(maps.Keys(fields)) {
				for _, field := range slices.Sorted(maps.Keys(fields[model])) {
					if seen++; seen%spoiledShare != 0 {
						continue
					}
					s := &spoiler{fields: map[string]map[string]bool{}, model: model, field: field, value: spoiledValues()["a list"]}
					d, status := run(s)
					spoiledRun(t, model+"."+field+": a list", before, d, status, dependents(model, s.record))
				}
			}
		})
	}
}

// laterOperations are runs that go on with what others did.
func laterOperations() []operation {
	return []operation{
		{command: []string{"archive", "undo", "last"}, prepare: func(t *testing.T, sim *simulation) []int64 {
			t.Helper()
			ids := oldOpportunities(t, sim)
			_, status := sim.tool(t, "archive")
			require.Equal(t, 0, status)
			return ids
		}},
		{command: []string{"feedback", "send"}, prepare: func(t *testing.T, sim *simulation) []int64 {
			t.Helper()
			ids := finishedActivities(t, sim)
			_, status := sim.tool(t, "feedback", "send")
			require.Equal(t, 0, status)
			sim.env.Environ = append(sim.env.Environ, "CRM_TOOL_FEEDBACK_REMIND_AFTER_DAYS=3")
			time.Sleep(4 * 24 * time.Hour)
			return ids
		}},
	}
}

// spoiledRun compares a run with the one without anything bad.
func spoiledRun(t *testing.T, what string, before, d document, status, most int) {
	t.Helper()
	if !assert.Nil(t, d.Error, "%s: %+v", what, d.Error) {
		return
	}
	told, failed := map[int64]bool{}, map[int64]bool{}
	for _, i := range d.Items {
		told[i.Opportunity] = true
		if i.Outcome == "failed" {
			failed[i.Opportunity] = true
			assert.Equal(t, strings.Contains(i.Error, "the field"), strings.HasSuffix(i.Error, "of its list)"), "%s: a hint in %s", what, i.Error)
		}
	}
	missing := 0
	for _, i := range before.Items {
		if !told[i.Opportunity] {
			missing++
		}
	}
	if failed[0] {
		missing-- // It failed without saying which it was.
	}
	// Another value in these makes the record another one.
	other := slices.ContainsFunc([]string{
		"survey.user_input.invite_token:", "survey.user_input.access_token:", "mail.message.message_type:", "mail.message.message_id:",
		"mail.message.res_id:", "mail.message.create_uid:",
	}, func(field string) bool { return strings.HasPrefix(what, field) })
	assert.True(t, missing <= 0 || missing == 1 && other, "%s: %d missing", what, missing)
	assert.LessOrEqual(t, len(failed), most, "%s: %+v", what, d.Items)
	assert.Equal(t, min(len(failed), 1), status, what)
}

// addChatter lets a client write, and gives another a contact.
func addChatter(t *testing.T, sim *simulation) {
	t.Helper()
	ids := []int64{}
	for _, r := range sim.search(leadModel, []any{}, "name") {
		ids = append(ids, r.id())
	}
	require.Greater(t, len(ids), 3)
	contact := sim.create("res.partner", map[string]any{"name": "Max", "email": "max@client.example"})
	sim.write(leadModel, ids[1:2], map[string]any{"partner_id": contact[0]})
	sim.create(messageModel, map[string]any{
		"model": leadModel, "res_id": ids[2], "message_type": "comment", "author_id": contact[0], "subject": "Hello",
		"message_id": "<1@client.example>",
	})
}
