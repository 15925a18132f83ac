// Package apps installs Odoo's apps into a database, and upgrades them: an app's
// models, what they do, and the records that come with it, each as the version of
// Odoo has it.
package apps

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/orm"
)

// App is what an installed app adds to a database.
type App struct {
	Name string
	// Schema declares the models and the records that come with the app, in
	// JSON: "models" is a list of [orm.Model], "data" one of [Dataset].
	Schema []byte
	// Behavior is what the models do beside storing values, by their names.
	Behavior map[string]orm.Behavior
	// Installed is called when models and records are there; it may be nil.
	Installed func(*orm.Env)
}

// Dataset is records of one model.
type Dataset struct {
	Model string
	// As is the login of the user who makes the records; empty means the user of
	// the [orm.Env].
	As string
	// Since and Until are the first and the last version that has them.
	Since, Until orm.Version
	// Rows are values as in a call of create, with three differences: "id" is an
	// external id, and a record that has it already is changed; links are external
	// ids; a time is a number of days from now.
	Rows []map[string]any
}

// Install adds an app's models and its records.
func Install(e *orm.Env, a App) error {
	schema, err := a.schema()
	if err != nil {
		return fmt.Errorf("install %s: %w", a.Name, err)
	}
	e.Declare(schema.Models, a.Behavior)
	if err := Fill(e, schema.Data); err != nil {
		return fmt.Errorf("install %s: %w", a.Name, err)
	}
	if a.Installed != nil {
		a.Installed(e)
	}
	for _, module := range e.Table("ir.module.module").Find("name", a.Name) {
		e.Set(module, "state", "installed")
	}
	return nil
}

// Upgrade makes the database one of another version, as Odoo's upgrades do: the
// models of the apps get the fields of that version, and all records stay. What an
// app brings from a later version on is made, or changed.
func Upgrade(e *orm.Env, version orm.Version, installed []App) error {
	e.Replica.Settle()
	before := e.Version
	e.Version = version
	for _, a := range installed {
		schema, err := a.schema()
		if err != nil {
			return fmt.Errorf("upgrade %s: %w", a.Name, err)
		}
		e.Declare(schema.Models, a.Behavior)
		later := slices.DeleteFunc(schema.Data, func(d Dataset) bool { return d.Since <= before })
		if err := Fill(e, later); err != nil {
			return fmt.Errorf("upgrade %s: %w", a.Name, err)
		}
	}
	return nil
}

// schema is what an app declares, for all versions.
type schema struct {
	Models []orm.Model
	Data   []Dataset
}

func (a App) schema() (s schema, err error) {
	decoder := json.NewDecoder(bytes.NewReader(a.Schema))
	decoder.DisallowUnknownFields()
	return s, decoder.Decode(&s)
}

// Fill makes records, or changes those whose external id exists.
func Fill(e *orm.Env, data []Dataset) error {
	for _, set := range data {
		if !e.Within(set.Since, set.Until) {
			continue
		}
		before := e.User
		if set.As != "" {
			e.User = e.UserByLogin(set.As)
		}
		for _, row := range set.Rows {
			if err := fillRow(e, e.Table(set.Model), row); err != nil {
				return fmt.Errorf("fill %s: %w", set.Model, err)
			}
		}
		e.User = before
	}
	return nil
}

// fillRow makes or changes one record.
func fillRow(e *orm.Env, t *orm.Table, row map[string]any) error {
	name, _ := row["id"].(string)
	values := make(map[string]any, len(row))
	for field, v := range row {
		if field == "group_ids" {
			field = orm.GroupsField(e.Version)
		}
		if f := t.Field(field); f != nil {
			v = reference(e, f, v)
		}
		values[field] = v
	}
	r := t.Rows[e.Ref(name)]
	if r == nil {
		made, err := e.Create(t, values)
		if err != nil {
			return err
		}
		if r = made; name != "" {
			e.Bind(r, name, true)
		}
	} else if _, err := orm.CallWrite(e, t, orm.Arguments{"ids": r.ID, "vals": values}); err != nil {
		return err
	}
	if created, given := row["create_date"].(float64); given {
		e.Set(r, "create_date", e.Now.AddDate(0, 0, int(created)))
	}
	return nil
}

// reference turns a value of a row into one of a call.
func reference(e *orm.Env, f *orm.Field, v any) any {
	switch v := v.(type) {
	case string:
		if f.Kind == orm.Many2one || f.Kind == orm.Reference {
			return e.Ref(v)
		}
	case []any:
		ids := []any{}
		for _, name := range v {
			if name, _ := name.(string); e.Ref(name) != 0 {
				ids = append(ids, e.Ref(name))
			}
		}
		return ids
	case float64:
		switch at := e.Now.AddDate(0, 0, int(v)); f.Kind {
		case orm.Datetime:
			return at.Format(time.DateTime)
		case orm.Date:
			return at.Format(time.DateOnly)
		default:
		}
	}
	return v
}
