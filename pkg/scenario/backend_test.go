package scenario_test

import (
	"cmp"
	"os"
	"time"

	"github.com/stretchr/testify/require"
)

// backend is an Odoo with an empty CRM and the users admin, bot and sam, as
// the scenarios see it: the stand-in, or a database on a real server. Which
// one the tests get is decided by the build tag odoo.
type backend interface {
	// Connection tells where the tool reaches it, and as whom.
	Connection() connection
	// Key returns an API key of bot, which works where the password does. The test is
	// skipped if there is none.
	Key() string
	// Execute calls a method of a model as one of the users.
	Execute(login, model, method string, args []any, kwargs map[string]any) (any, error)
	// AddKey gives a user an API key of 40 hexadecimal digits, besides those that they have.
	// The test is skipped if nothing can.
	AddKey(login, key string) error
	// EndKey gives an API key an end and a name. The test is skipped if nothing can.
	EndKey(key, name string, end time.Time) error
	// Settle waits until a replica, if there is one, shows all that was written before.
	Settle() error
	// SetCreated changes when records were created, which no call can do. The test is
	// skipped if nothing else can.
	SetCreated(model string, ids []int64, at time.Time) error
	// Later lets time pass: all leads and messages become older by that much. The test is
	// skipped if that cannot be.
	Later(d time.Duration) error
	// Employ makes a user a resource with a schedule of working hours, and lets everybody
	// read the leaves of people, as Odoo's apps Employees and Time Off do. The test is
	// skipped if nothing can.
	Employ(user, schedule int64) (resource int64, err error)
	// Blacklist puts an address on Odoo's mail blacklist.
	Blacklist(address string) error
	// SendThrough lets Odoo send its mails through the mail server at a port of this host.
	// The test is skipped if Odoo is on another one.
	SendThrough(port int) error
	// ReceiveMail gives Odoo a mail domain, and with it the company's addresses
	// catchall@ and bounce@.
	ReceiveMail(domain string) error
}

// variant says which Odoo a test needs, and how the tool calls it.
type variant struct {
	version int
	// by is the tool's odoo.api; empty is what CRM_TOOL_TEST_ODOO_API says, else auto.
	by string
	// behind is how late the replica is that JSON-2 reads; 0 is no replica. Whether a real
	// Odoo has one, CRM_TOOL_TEST_ODOO_BEHIND says.
	behind time.Duration
}

const json2 = "json2"

func (v variant) api() string {
	const auto, json2Since = "auto", 19
	if v.by == "" && v.version > 0 && v.version < json2Since {
		return auto // It has nothing else.
	}
	return cmp.Or(v.by, os.Getenv("CRM_TOOL_TEST_ODOO_API"), auto)
}

// connection is what the tool is told about Odoo.
type connection struct {
	URL, Database, User, Password string
	// Admin is the login of the user admin.
	Admin string
}

// The users. Bot is the tool's own, sam a salesperson.
const (
	admin = "admin"
	sam   = "sam"
	bot   = "bot"
)

const leadModel, messageModel = "crm.lead", "mail.message"

// odooTime is how Odoo writes an instant in UTC.
const odooTime = "2006-01-02 15:04:05"

// record is one of Odoo's records, as a call returns it.
type record map[string]any

func (r record) id() int64 { return r.number("id") }

// number returns a number, or the id of a many2one; 0 for none.
func (r record) number(name string) int64 {
	if pair, ok := r[name].([]any); ok && len(pair) > 0 {
		n, _ := pair[0].(int64)
		return n
	}
	n, _ := r[name].(int64)
	return n
}

// text returns a text, or the name of a many2one; empty for none.
func (r record) text(name string) string {
	if pair, ok := r[name].([]any); ok && len(pair) > 1 {
		s, _ := pair[1].(string)
		return s
	}
	s, _ := r[name].(string)
	return s
}

// subtype returns the name of a message's subtype, as it was before Odoo 20.
func (r record) subtype() string {
	name := r.text("subtype_id")
	if before, renamed := map[string]string{"Messages": "Discussions", "Notes": "Note"}[name]; renamed {
		return before
	}
	return name
}

// server makes the calls that the scenarios need, as the administrator. What
// goes wrong ends the test.
type server struct {
	backend
	t require.TestingT
}

func (o server) execute(login, model, method string, args []any, kwargs map[string]any) any {
	answer, err := o.Execute(login, model, method, args, kwargs)
	require.NoError(o.t, err, "%s.%s as %s", model, method, login)
	return answer
}

// search returns the records of a domain by ascending id, archived ones
// included.
func (o server) search(model string, domain []any, fields ...string) []record {
	answer := o.execute(admin, model, "search_read", []any{domain}, map[string]any{
		"fields": fields, "order": "id", "context": map[string]any{"active_test": false},
	})
	list, ok := answer.([]any)
	require.True(o.t, ok, "%s.search_read returned %T", model, answer)
	records := make([]record, len(list))
	for i, r := range list {
		fields, ok := r.(map[string]any)
		require.True(o.t, ok, "%s.search_read returned a list of %T", model, r)
		records[i] = fields
	}
	return records
}

// create makes records without the mails and notes that Odoo would add.
func (o server) create(model string, rows ...map[string]any) []int64 {
	return o.createAs(admin, model, rows...)
}

func (o server) createAs(login, model string, rows ...map[string]any) []int64 {
	list := make([]any, len(rows))
	for i, row := range rows {
		list[i] = row
	}
	answer := o.execute(login, model, "create", []any{list}, map[string]any{"context": map[string]any{
		"mail_auto_subscribe_no_notify": true, "mail_create_nosubscribe": true,
	}})
	created, ok := answer.([]any)
	require.True(o.t, ok && len(created) == len(rows), "%s.create returned %v", model, answer)
	ids := make([]int64, len(rows))
	for i, id := range created {
		ids[i], ok = id.(int64)
		require.True(o.t, ok, "%s.create returned a list of %T", model, id)
	}
	return ids
}

func (o server) write(model string, ids []int64, values map[string]any) {
	o.execute(admin, model, "write", []any{ids, values}, map[string]any{"context": map[string]any{
		"mail_auto_subscribe_no_notify": true,
	}})
}

func (o server) unlink(model string, ids []int64) {
	o.execute(admin, model, "unlink", []any{ids}, nil)
}

// stored are the models of which Odoo loses records when it is put back.
func stored() []string { return []string{messageModel, "ir.attachment", "survey.user_input"} }

// backup returns what is in Odoo: the highest ids, by model.
func (o server) backup() map[string]int64 {
	highest := map[string]int64{}
	for _, model := range stored() {
		for _, r := range o.search(model, []any{}, "create_date") {
			highest[model] = max(highest[model], r.id())
		}
	}
	return highest
}

// restore takes away what was written since the backup.
func (o server) restore(highest map[string]int64) {
	for _, model := range stored() {
		var ids []int64
		for _, r := range o.search(model, []any{[]any{"id", ">", highest[model]}}, "create_date") {
			ids = append(ids, r.id())
		}
		o.unlink(model, ids)
	}
}

// user returns the id of the user with a login.
func (o server) user(login string) int64 {
	if login == admin {
		login = o.Connection().Admin
	}
	found := o.search("res.users", []any{[]any{"login", "=", login}}, "login")
	require.Len(o.t, found, 1, "users with the login %s", login)
	return found[0].id()
}

// keepsActivities is the first version that keeps the open activities of what it
// archives.
const keepsActivities = 19
