//go:build odoo

package odootest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/crm-tool/crm-tool/pkg/odoo"
)

// Database is a database that one test has.
type Database struct {
	*Server

	Name string

	t       testing.TB
	mu      sync.Mutex
	clients map[string]*odoo.Client
	// fields are those of the models that were asked for; a model that there is not has none.
	fields map[string]map[string]any
}

func (s *Server) database(t testing.TB, name string) *Database {
	return &Database{Server: s, Name: name, t: t, clients: map[string]*odoo.Client{}, fields: map[string]map[string]any{}}
}

// Login returns what a user logs in with.
func (d *Database) Login(user string) string { return cmp.Or(d.logins[user], user) }

// Password returns the password of a user. Somebody whom a test made has their login in it.
func (d *Database) Password(user string) string {
	return cmp.Or(d.passwords[user], user+"-password")
}

// Execute calls a method of a model as one of the users.
func (d *Database) Execute(user, model, method string, args []any, kwargs map[string]any) (any, error) {
	ctx := context.Background()
	client, err := d.client(ctx, user)
	if err != nil {
		return nil, err
	}
	return client.Call(ctx, odoo.Request{Model: model, Method: method, Args: args, Kwargs: kwargs})
}

func (d *Database) client(ctx context.Context, user string) (*odoo.Client, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if c := d.clients[user]; c != nil {
		return c, nil
	}
	c, err := odoo.New(d.options(d.Name, d.Login(user), d.Password(user)))
	if err != nil {
		return nil, err
	}
	if _, err := c.Login(ctx); err != nil {
		return nil, fmt.Errorf("log in as %s: %w", d.Login(user), err)
	}
	d.clients[user] = c
	return c, nil
}

func (d *Database) close() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, c := range d.clients {
		c.Close()
	}
}

// SetCreated changes when records were made, which no call can do. The test is skipped without access to the database.
func (d *Database) SetCreated(model string, ids []int64, at time.Time) error {
	d.t.Helper()
	list := strings.Trim(strings.ReplaceAll(fmt.Sprint(ids), " ", ","), "[]")
	return d.run(fmt.Sprintf("UPDATE %s SET create_date = '%s' WHERE id IN (%s);",
		strings.ReplaceAll(model, ".", "_"), at.UTC().Format(time.DateTime), list))
}

// Employ makes a user a resource with a schedule of working hours, as the app Employees does, and lets everybody read
// the leaves of people, as the app Time Off does. The test is skipped without access to the database.
func (d *Database) Employ(user, schedule int64) (resource int64, err error) {
	d.t.Helper()
	const employee = "resource_resource WHERE name = 'crm-tool employee'"
	if err := d.run(fmt.Sprintf("INSERT INTO resource_resource (name, active, company_id, resource_type, user_id, calendar_id, tz, time_efficiency) "+
		"VALUES ('crm-tool employee', true, (SELECT company_id FROM res_users WHERE id = %[1]d), 'user', %[1]d, %[2]d, 'UTC', 100);", user, schedule)); err != nil {
		return 0, err
	}
	d.t.Cleanup(func() {
		_ = d.run("DELETE FROM resource_calendar_leaves WHERE resource_id IN (SELECT id FROM " + employee + "); DELETE FROM " + employee + ";")
	})
	if err := d.openLeaves(); err != nil {
		return 0, err
	}
	found, err := d.Execute(Administrator, "resource.resource", "search", []any{[]any{[]any{"user_id", "=", user}}}, nil)
	if ids, _ := found.([]any); len(ids) == 1 {
		resource, _ = ids[0].(int64)
	}
	return resource, err
}

// leavesRule is the rule that [Database.Employ] makes.
const leavesRule = "crm-tool tests: all leaves"

// openLeaves lets every employee read all leaves.
func (d *Database) openLeaves() error {
	var ids []any
	for _, name := range []string{"resource.model_resource_calendar_leaves", "base.group_user"} {
		module, name, _ := strings.Cut(name, ".")
		domain := []any{[]any{"module", "=", module}, []any{"name", "=", name}}
		found, err := d.Execute(Administrator, "ir.model.data", "search_read", []any{domain}, map[string]any{"fields": []any{"res_id"}})
		rows, _ := found.([]any)
		if err != nil || len(rows) != 1 {
			return fmt.Errorf("find %s.%s: %d records, %w", module, name, len(rows), err)
		}
		row, _ := rows[0].(map[string]any)
		ids = append(ids, row["res_id"])
	}
	_, err := d.Execute(Administrator, "ir.rule", "create", []any{map[string]any{
		"name": leavesRule, "model_id": ids[0], "groups": []any{[]any{4, ids[1]}}, "domain_force": "[(1, '=', 1)]",
		"perm_write": false, "perm_create": false, "perm_unlink": false,
	}}, nil)
	return err
}

// Later makes all opportunities, messages and participations older. What makes a client's turn the only one of its day is
// of another day then, if a day passes. The test is skipped without access to the database.
func (d *Database) Later(by time.Duration) error {
	d.t.Helper()
	older := fmt.Sprintf("- interval '%d seconds'", int64(by.Seconds()))
	turns := ""
	if by >= 24*time.Hour {
		turns = "DELETE FROM ir_model_data WHERE module = 'crm_tool' AND model = 'mail.message' AND res_id IN" +
			" (SELECT id FROM mail_message WHERE model IS NULL AND message_type = 'user_notification');"
	}
	return d.run(turns +
		"UPDATE crm_lead SET create_date = create_date " + older + ", date_conversion = date_conversion " + older +
		", date_closed = date_closed " + older + ";" +
		"UPDATE mail_message SET create_date = create_date " + older + ";" +
		"UPDATE survey_user_input SET create_date = create_date " + older + ", deadline = deadline " + older + ";")
}

// Settle waits until a replica, if there is one, shows all that was written before: the command for SQL does so.
func (d *Database) Settle() error {
	if d.behind == 0 || d.sql == "" {
		return nil
	}
	return d.sql.run("", d.Name)
}

func (d *Database) run(statements string) error {
	d.t.Helper()
	if d.sql == "" {
		d.Skip(d.t, "it changes what no call can, such as dates: set "+Prefix+"SQL")
	}
	return d.sql.run(statements, d.Name)
}

// Query returns the rows of a query, a line each, their columns separated by tabs. The test is skipped without access to
// the database.
func (d *Database) Query(query string) (string, error) {
	d.t.Helper()
	if err := d.run(""); err != nil {
		return "", err
	}
	return d.sql.output("COPY ("+query+") TO STDOUT;", d.Name)
}

// has tells whether there is a model.
func (d *Database) has(model string) (bool, error) {
	fields, err := d.fieldsOf(model)
	return len(fields) > 0, err
}

// fieldsOf returns the fields of a model; none if there is no such model.
func (d *Database) fieldsOf(model string) (map[string]any, error) {
	d.mu.Lock()
	fields, known := d.fields[model]
	d.mu.Unlock()
	if known {
		return fields, nil
	}
	n, err := d.Execute(Administrator, "ir.model", "search_count", []any{[]any{[]any{"model", "=", model}}}, nil)
	if err == nil && n != int64(0) {
		var answer any
		answer, err = d.Execute(Administrator, model, "fields_get", []any{[]any{}, []any{"type"}}, nil)
		fields, _ = answer.(map[string]any)
	}
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.fields[model] = fields
	return fields, nil
}

// Blacklist puts an address on the mail blacklist.
func (d *Database) Blacklist(address string) error {
	_, err := d.Execute(Administrator, "mail.blacklist", "create", []any{map[string]any{"email": address}}, nil)
	return err
}

// SendThrough lets Odoo send its mails through the mail server at a port of this host, until the test ends. The test is
// skipped if Odoo is on another host.
func (d *Database) SendThrough(port int) error {
	d.t.Helper()
	const model = "ir.mail_server"
	if u, err := url.Parse(d.URL); err != nil || net.ParseIP(u.Hostname()) == nil || !net.ParseIP(u.Hostname()).IsLoopback() {
		d.Skip(d.t, "Odoo sends mails to a server of this host")
	}
	server := map[string]any{
		"name": "crm-tool tests", "smtp_host": "127.0.0.1", "smtp_port": port, "smtp_encryption": "none", "sequence": 1,
	}
	found, err := d.Execute(Administrator, model, "search", []any{[]any{[]any{"name", "=", server["name"]}}}, nil)
	if err != nil {
		return err
	}
	if ids, _ := found.([]any); len(ids) > 0 {
		_, err = d.Execute(Administrator, model, "write", []any{ids, server}, nil)
		return err
	}
	id, err := d.Execute(Administrator, model, "create", []any{server}, nil)
	d.t.Cleanup(func() { _, _ = d.Execute(Administrator, model, "unlink", []any{[]any{id}}, nil) })
	return err
}

// ReceiveMail gives Odoo a mail domain, and with it the company's addresses catchall@ and bounce@.
func (d *Database) ReceiveMail(domain string) error {
	records, err := d.has("mail.alias.domain")
	if err != nil {
		return err
	}
	if records {
		_, err = d.Execute(Administrator, "mail.alias.domain", "create", []any{map[string]any{"name": domain}}, nil)
		return err
	}
	return d.setParameter("mail.catchall.domain", domain)
}

const parameterModel = "ir.config_parameter"

func (d *Database) setParameter(key, value string) error {
	found, err := d.Execute(Administrator, parameterModel, "search", []any{[]any{[]any{"key", "=", key}}}, nil)
	if err != nil {
		return err
	}
	if ids, _ := found.([]any); len(ids) > 0 {
		_, err = d.Execute(Administrator, parameterModel, "write", []any{ids, map[string]any{"value": value}}, nil)
		return err
	}
	_, err = d.Execute(Administrator, parameterModel, "create", []any{map[string]any{"key": key, "value": value}}, nil)
	return err
}

// linkPages makes the links to Odoo's pages begin with an address in which NAME stands for the database.
func (d *Database) linkPages(address string) error {
	return errors.Join(
		d.setParameter("web.base.url", strings.ReplaceAll(address, "NAME", d.Name)),
		d.setParameter("web.base.url.freeze", "True"),
	)
}
