//go:build odoo

package odootest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"
)

// only is the one database that all tests have, one after another. Each test leaves it as it was.
type only struct {
	server *Server
	name   string

	// turn is held by the test that has the database now; holder is its name.
	turn   sync.Mutex
	mu     sync.Mutex
	holder string

	// was is what the database was like before the first test; nil before that. changed tells that the last test could
	// not put it back.
	was     *baseline
	changed bool
	// d is the database between the tests.
	d *Database
}

func newOnly(s *Server, name string) *only {
	return &only{server: s, name: name, d: s.database(nil, name)}
}

var _ source = (*only)(nil)

// baseline is what a database was like: the highest id of each model, and the values that tests change.
type baseline struct {
	Last   map[string]int64            `json:"last"`
	Values map[string][]map[string]any `json:"values"`
}

// baselineKey is the parameter in which the database keeps it, in case that the tests are killed.
const baselineKey = "crm_tool.tests"

// made are the models of which tests make records, in the order in which these can be deleted, and which of their
// records are meant.
func made() []struct {
	model  string
	domain []any
} {
	return []struct {
		model  string
		domain []any
	}{
		{"survey.user_input", nil},
		{"survey.survey", nil},
		{"mail.activity", []any{[]any{"res_model", "in", []any{"crm.lead", "res.partner"}}}},
		{"calendar.event", nil},
		{"ir.rule", []any{[]any{"name", "=", leavesRule}}},
		{"resource.calendar.leaves", nil},
		{"crm.lead", nil},
		{"mail.message", []any{[]any{"model", "in", []any{"crm.lead", "crm.team", "res.partner", "res.users", "survey.survey", "calendar.event"}}}},
		{"ir.attachment", []any{[]any{"name", "=like", "crm-tool%"}}},
		{"ir.model.data", []any{[]any{"module", "=", "crm_tool"}}},
		{"ir.model.fields", []any{[]any{"state", "=", "manual"}}},
		{"crm.team", nil},
		{"crm.stage", nil},
		{"crm.tag", nil},
		{"crm.lost.reason", nil},
		{"mail.activity.type", nil},
		{"mail.blacklist", nil},
		{"mail.alias.domain", nil},
		{"res.users", nil},
		{"res.company", nil},
		{"res.partner", nil},
		{"resource.calendar", nil},
		{parameterModel, nil},
	}
}

// changed are the fields that tests change in records that were there before.
func changed() map[string][]any {
	return map[string][]any{
		"res.users":          {"login", "active", "email", "lang", "signature", "tz"},
		"res.partner":        {"name", "active", "email", "lang"},
		"res.company":        {"name", "email", "alias_domain_id", "resource_calendar_id"},
		"mail.alias":         {"alias_domain_id"},
		"crm.team":           {"name", "active", "user_id"},
		"crm.stage":          {"name"},
		"mail.activity.type": {"name"},
		parameterModel:       {"value"},
	}
}

func (o *only) take(t testing.TB) (string, error) {
	t.Helper()
	o.mu.Lock()
	holder := o.holder
	o.mu.Unlock()
	if holder != "" && strings.HasPrefix(t.Name()+"/", holder+"/") {
		o.server.Skip(t, "it needs two databases at once: set "+Prefix+"DB_TEMPLATE")
	}
	o.turn.Lock()
	o.mu.Lock()
	o.holder = t.Name()
	o.mu.Unlock()
	if err := o.prepare(); err != nil {
		o.release()
		return "", err
	}
	return o.name, nil
}

func (o *only) release() {
	o.mu.Lock()
	o.holder = ""
	o.mu.Unlock()
	o.turn.Unlock()
}

func (o *only) giveBack(string) error {
	defer o.release()
	err := o.d.putBack(o.was)
	o.changed = err != nil
	return err
}

// close forgets the baseline: the database is as it was.
func (o *only) close() error {
	defer o.d.close()
	if o.was == nil {
		return nil
	}
	ids, err := o.d.ids(parameterModel, []any{[]any{"key", "=", baselineKey}})
	if err != nil {
		return err
	}
	return o.d.delete(parameterModel, ids)
}

// prepare makes the database ready for a test.
func (o *only) prepare() error {
	if o.was == nil {
		if err := o.d.complete(); err != nil {
			return err
		}
		var err error
		if o.was, err = o.d.baseline(); err != nil {
			return err
		}
	}
	if o.changed {
		if err := o.d.putBack(o.was); err != nil {
			return err
		}
		o.changed = false
	}
	if o.server.pages == "" {
		return nil
	}
	return o.d.linkPages(o.server.pages)
}

// baseline returns what the database is like or, if tests were killed that had changed it, was like before these.
func (d *Database) baseline() (*baseline, error) {
	was := &baseline{Last: map[string]int64{}, Values: map[string][]map[string]any{}}
	found, err := d.rows(parameterModel, []any{[]any{"key", "=", baselineKey}}, []any{"value"})
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return was, d.remember(was)
	}
	text, _ := found[0]["value"].(string)
	if err := json.Unmarshal([]byte(text), was); err != nil {
		return nil, fmt.Errorf("the parameter %s of the database: %w", baselineKey, err)
	}
	return was, d.putBack(was)
}

// complete says what is missing in a database for which somebody else cared, and that it is nobody's real one.
func (d *Database) complete() error {
	for _, model := range []string{"crm.lead", "survey.survey"} {
		switch has, err := d.has(model); {
		case err != nil:
			return err
		case !has:
			return fmt.Errorf("the database %s has no %s; install the apps CRM and Surveys", d.Name, model)
		}
	}
	for _, user := range []string{Bot, Sam} {
		if _, err := d.client(context.Background(), user); err != nil {
			return fmt.Errorf("%w; pkg/scenario/testdata/README.md says which users the tests need", err)
		}
	}
	return nil
}

// remember reads the baseline, and keeps it in the database.
func (d *Database) remember(was *baseline) error {
	leads, err := d.ids("crm.lead", nil)
	if err != nil {
		return err
	}
	if len(leads) > 0 {
		return fmt.Errorf("the database %s has %d opportunities; tests delete what they find, so give them a database with none", d.Name, len(leads))
	}
	if err := d.setParameter(baselineKey, "{}"); err != nil {
		return err
	}
	for _, m := range made() {
		ids, err := d.ids(m.model, m.domain)
		if err != nil {
			return err
		}
		for _, id := range ids {
			was.Last[m.model] = max(was.Last[m.model], id)
		}
	}
	for model, fields := range changed() {
		var domain []any
		if model == parameterModel {
			domain = []any{[]any{"key", "!=", baselineKey}}
		}
		if was.Values[model], err = d.rows(model, domain, fields); err != nil {
			return err
		}
	}
	text, err := json.Marshal(was)
	if err != nil {
		return err
	}
	return d.setParameter(baselineKey, string(text))
}

// putBack makes the database what it was: first the values, then what was made goes.
func (d *Database) putBack(was *baseline) error {
	for model, rows := range was.Values {
		fields := changed()[model]
		now, err := d.rows(model, nil, fields)
		if err != nil {
			return err
		}
		byID := map[any]map[string]any{}
		for _, r := range now {
			byID[number(r["id"])] = r
		}
		for _, r := range rows {
			if err := d.rewrite(model, r, byID[number(r["id"])]); err != nil {
				return err
			}
		}
	}
	for _, m := range made() {
		ids, err := d.ids(m.model, append([]any{[]any{"id", ">", was.Last[m.model]}}, m.domain...))
		if err != nil {
			return err
		}
		if err := d.delete(m.model, ids); err != nil {
			return err
		}
	}
	return nil
}

// rewrite writes the values of a record that have changed.
func (d *Database) rewrite(model string, was, is map[string]any) error {
	values := map[string]any{}
	for name, v := range was {
		if is == nil || name == "id" || reflect.DeepEqual(plain(v), plain(is[name])) {
			continue
		}
		values[name] = plain(v)
	}
	if len(values) == 0 {
		return nil
	}
	_, err := d.Execute(Administrator, model, "write", []any{[]any{number(was["id"])}, values}, nil)
	return err
}

// plain returns a value as it can be compared and written: the id of a link, and whole numbers as such, which JSON
// does not tell from others.
func plain(v any) any {
	if pair, ok := v.([]any); ok && len(pair) > 0 {
		v = pair[0]
	}
	if f, ok := v.(float64); ok {
		return int64(f)
	}
	return v
}

func number(v any) int64 {
	n, _ := plain(v).(int64)
	return n
}

// delete deletes records. Odoo keeps some that others need: those are put out of the way.
func (d *Database) delete(model string, ids []int64) error {
	if len(ids) == 0 {
		return nil
	}
	if _, err := d.Execute(Administrator, model, "unlink", []any{ids}, nil); err == nil {
		return nil
	}
	for _, id := range ids {
		_, err := d.Execute(Administrator, model, "unlink", []any{[]any{id}}, nil)
		if err == nil {
			continue
		}
		aside := map[string]any{"active": false}
		if model == "res.users" {
			aside["login"] = fmt.Sprint("former-", id)
		}
		if _, failed := d.Execute(Administrator, model, "write", []any{[]any{id}, aside}, nil); failed != nil {
			return errors.Join(err, failed)
		}
	}
	return nil
}

// ids returns the records of a domain, archived ones included; none if there is no such model.
func (d *Database) ids(model string, domain []any) ([]int64, error) {
	rows, err := d.rows(model, domain, []any{"id"})
	if err != nil {
		return nil, err
	}
	var ids []int64
	for _, r := range rows {
		ids = append(ids, number(r["id"]))
	}
	return ids, nil
}

// rows returns fields of the records of a domain, those that the model has.
func (d *Database) rows(model string, domain []any, fields []any) ([]map[string]any, error) {
	known, err := d.fieldsOf(model)
	if err != nil || len(known) == 0 {
		return nil, err
	}
	var there []any
	for _, name := range fields {
		if known[name.(string)] != nil {
			there = append(there, name)
		}
	}
	if domain == nil {
		domain = []any{}
	}
	answer, err := d.Execute(Administrator, model, "search_read", []any{domain}, map[string]any{
		"fields": there, "order": "id", "context": map[string]any{"active_test": false, "lang": "en_US"},
	})
	if err != nil {
		return nil, err
	}
	list, _ := answer.([]any)
	rows := make([]map[string]any, len(list))
	for i, r := range list {
		rows[i], _ = r.(map[string]any)
	}
	return rows, nil
}
