package orm

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"
)

// App is what an installed app adds to a database.
type App struct {
	Name string
	// Schema declares the models and the records that come with the app, in
	// JSON: "models" is a list of [Model], "data" one of [Dataset].
	Schema []byte
	// Behavior is what the models do beside storing values, by their names.
	Behavior map[string]Behavior
	// Installed is called when models and records are there; it may be nil.
	Installed func(*Env)
}

// Dataset is records of one model.
type Dataset struct {
	Model string
	// As is the login of the user who makes the records; empty means the user of
	// the [Env].
	As string
	// Since and Until are the first and the last version that has them.
	Since, Until Version
	// Rows are values as in a call of create, with three differences: "id" is an
	// external id, and a record that has it already is changed; links are external
	// ids; a time is a number of days from now.
	Rows []map[string]any
}

// Install adds an app's models and its records.
func (e *Env) Install(a App) error {
	schema, err := a.schema()
	if err != nil {
		return fmt.Errorf("install %s: %w", a.Name, err)
	}
	for _, m := range schema.Models {
		if !e.within(m.Since, 0) {
			continue
		}
		m.Behavior = a.Behavior[m.Name]
		e.tables[m.Name] = newTable(&m, e.Version)
	}
	if err := e.Fill(schema.Data); err != nil {
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

// schema is what an app declares, for all versions.
type schema struct {
	Models []Model
	Data   []Dataset
}

func (a App) schema() (s schema, err error) {
	decoder := json.NewDecoder(bytes.NewReader(a.Schema))
	decoder.DisallowUnknownFields()
	return s, decoder.Decode(&s)
}

// Fill makes records, or changes those whose external id exists.
func (e *Env) Fill(data []Dataset) error {
	for _, set := range data {
		if !e.within(set.Since, set.Until) {
			continue
		}
		before := e.User
		if set.As != "" {
			e.User = e.UserByLogin(set.As)
		}
		for _, row := range set.Rows {
			if err := e.fillRow(e.Table(set.Model), row); err != nil {
				return fmt.Errorf("fill %s: %w", set.Model, err)
			}
		}
		e.User = before
	}
	return nil
}

// fillRow makes or changes one record.
func (e *Env) fillRow(t *Table, row map[string]any) error {
	name, _ := row["id"].(string)
	values := make(map[string]any, len(row))
	for field, v := range row {
		if field == "group_ids" {
			field = GroupsField(e.Version)
		}
		if f := t.fields[field]; f != nil {
			v = e.reference(f, v)
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
	} else if _, err := CallWrite(e, t, Arguments{"ids": r.ID, "vals": values}); err != nil {
		return err
	}
	if created, given := row["create_date"].(float64); given {
		e.Set(r, "create_date", e.Now.AddDate(0, 0, int(created)))
	}
	return nil
}

// reference turns a value of a row into one of a call.
func (e *Env) reference(f *Field, v any) any {
	switch v := v.(type) {
	case string:
		if f.Kind == Many2one || f.Kind == Reference {
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
		case Datetime:
			return at.Format(time.DateTime)
		case Date:
			return at.Format(time.DateOnly)
		default:
		}
	}
	return v
}
