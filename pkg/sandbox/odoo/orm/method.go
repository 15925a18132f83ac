package orm

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/value"
	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/xmlrpc"
)

// Method is a public method of a model.
type Method struct {
	// params names the positional arguments; the first of them, as many as
	// required says, must be given.
	params   []string
	required int
	// rest is the method that gets the arguments by name which this one does not have;
	// empty for none.
	rest string
	call func(*Env, *Table, Arguments) (any, error)
}

// NewMethod returns a method that takes these arguments, of which so many must
// be given.
func NewMethod(call func(*Env, *Table, Arguments) (any, error), required int, params ...string) Method {
	return Method{params: params, required: required, call: call}
}

// Arguments are a call's arguments by name.
type Arguments map[string]any

// IDs returns the argument "ids"; a single id stands for a list of one.
func (a Arguments) IDs() []int64 {
	list, ok := a["ids"].([]any)
	if !ok {
		list = []any{a["ids"]}
	}
	var found []int64
	for _, v := range list {
		if id, ok := v.(int64); ok {
			found = append(found, id)
		}
	}
	return found
}

// Strings returns the argument as a list of strings.
func (a Arguments) Strings(name string) []string {
	list, _ := a[name].([]any)
	found := make([]string, 0, len(list))
	for _, v := range list {
		s, _ := v.(string)
		found = append(found, s)
	}
	return found
}

// number returns the argument as a count; 0 when it is absent or false.
func (a Arguments) number(name string) int { return int(value.Number(a[name])) }

// Execute runs a model's method in a transaction of its own.
func (db *Database) Execute(user *Record, model, name string, args []any, kwargs map[string]any) (any, error) {
	t := db.tables[model]
	if t == nil {
		return nil, UserError("Object %s doesn't exist", model)
	}
	if strings.HasPrefix(name, "_") {
		return nil, AccessError("Private methods (such as %s) cannot be called remotely.", db.Since(19, "'"+model+"."+name+"'", name))
	}
	e := &Env{Database: db, User: user, Role: db.roles[user.ID], Context: map[string]any{}, Now: db.Now()}
	m, ok := t.Methods[name]
	if !ok {
		m, ok = db.Generic[name]
	}
	if !ok {
		return nil, e.NoMethod(t, name)
	}
	a, err := e.bindArguments(m, "BaseModel."+name, args, kwargs)
	if err != nil {
		return nil, err
	}
	if err := e.checkCompanies(); err != nil {
		return nil, err
	}
	result, err := m.call(e, t, a)
	if err != nil {
		e.Rollback(0)
		return nil, err
	}
	return result, nil
}

// bindArguments gives the arguments their names and takes the context out.
func (e *Env) bindArguments(m Method, name string, args []any, kwargs map[string]any) (Arguments, error) {
	a := Arguments{}
	if len(args) > len(m.params) {
		return nil, ServerError("TypeError: %s() takes from %d to %d positional arguments but %d were given",
			name, m.required+1, len(m.params)+1, len(args)+1)
	}
	for i, v := range args {
		a[m.params[i]] = v
	}
	for key, v := range kwargs {
		if key == "context" {
			if context, ok := v.(map[string]any); ok {
				e.Context = context
			}
			continue
		}
		if !slices.Contains(m.params, key) {
			return nil, ServerError("TypeError: %s() got an unexpected keyword argument '%s'", cmp.Or(m.rest, name), key)
		}
		a[key] = v
	}
	for _, param := range m.params[:m.required] {
		_, given := a[param]
		switch {
		case given:
		case param == "ids":
			return nil, ServerError("IndexError: list index out of range")
		default:
			return nil, ServerError("TypeError: %s() missing 1 required positional argument: '%s'", name, param)
		}
	}
	return a, nil
}

// genericMethods are the methods of every model.
func genericMethods() map[string]Method {
	searchRead := NewMethod(callSearchRead, 0, "domain", "fields", "offset", "limit", "order", "load")
	searchRead.rest = "BaseModel._read_format"
	return map[string]Method{
		"search":              NewMethod(callSearch, 1, "domain", "offset", "limit", "order"),
		"search_count":        NewMethod(CountVisible, 1, "domain", "limit"),
		"search_read":         searchRead,
		"read":                NewMethod(callRead, 1, "ids", "fields", "load"),
		"web_read":            NewMethod(callWebRead, 2, "ids", "specification"),
		"create":              NewMethod(callCreate, 1, "vals_list"),
		"write":               NewMethod(CallWrite, 2, "ids", "vals"),
		"unlink":              NewMethod(callUnlink, 1, "ids"),
		"fields_get":          NewMethod(callFieldsGet, 0, "allfields", "attributes"),
		"get_metadata":        NewMethod(callGetMetadata, 1, "ids"),
		"has_access":          NewMethod(callHasAccess, 2, "ids", "operation"),
		"check_access_rights": NewMethod(callCheckAccessRights, 1, "operation", "raise_exception"),
	}
}

// callSearch is Model.search.
func callSearch(e *Env, t *Table, a Arguments) (any, error) {
	found, err := e.search(t, a)
	return xmlrpc.List(idsOf(found)), err
}

// CountVisible is Model.search_count.
func CountVisible(e *Env, t *Table, a Arguments) (any, error) {
	found, err := e.search(t, a)
	return len(found), err
}

// CountHidden is Model.search_count where it counts what the record rule hides.
func CountHidden(e *Env, t *Table, a Arguments) (any, error) {
	if err := e.CheckModel(t, OpRead); err != nil {
		return nil, err
	}
	system := *e
	system.system = true
	return CountVisible(&system, t, a)
}

// callSearchRead is Model.search_read.
func callSearchRead(e *Env, t *Table, a Arguments) (any, error) {
	found, err := e.search(t, a)
	if err != nil {
		return nil, err
	}
	return e.read(t, found, a)
}

// searchMost is how many records 20 is ready to check one by one, in a search that
// does not choose by [Model.SearchedBy].
const searchMost = 10_000

// search returns the records that a domain selects, in order.
func (e *Env) search(t *Table, a Arguments) ([]*Record, error) {
	if err := e.CheckModel(t, OpRead); err != nil {
		return nil, err
	}
	c, err := e.compile(t, a["domain"])
	if err != nil {
		return nil, err
	}
	unchosen := t.SearchedBy != "" && !c.chosen && !e.system
	if unchosen {
		e.Unchosen[e.User.ID] = append(e.Unchosen[e.User.ID], t.Name+" "+xmlrpc.Repr(a["domain"]))
	}
	hideArchived := t.fields["active"] != nil && e.Context["active_test"] != false && !slices.Contains(c.fields, "active")
	offset, limit := a.number("offset"), a.number("limit")
	if limit < 0 || offset < 0 {
		return nil, ServerError("psycopg2.errors.InvalidRowCountInLimitClause: LIMIT must not be negative\n")
	}
	order, _ := a["order"].(string)
	inOrder := cmp.Or(order, t.Order) == "id"
	var found []*Record
	looked := 0
	for _, id := range c.candidates(t) {
		if inOrder && limit > 0 && len(found) == offset+limit {
			break // The others come after these.
		}
		r := t.Rows[id]
		if r == nil || hideArchived && !e.Flag(r, "active") || !c.matches(r) {
			continue
		}
		if looked++; e.Allowed(r, OpRead) {
			found = append(found, r)
		}
	}
	if unchosen && looked >= searchMost && e.Version >= 20 && a.number("limit") == 0 {
		return nil, ServerError("ValueError: Cannot search, too many messages")
	}
	if err := e.sort(t, found, order); err != nil {
		return nil, err
	}
	found = found[min(offset, len(found)):]
	if limit > 0 && limit < len(found) {
		found = found[:limit]
	}
	return found, nil
}

// sort orders records by a specification such as "sequence, id desc".
func (e *Env) sort(t *Table, records []*Record, order string) error {
	keys, err := e.sortKeys(t, cmp.Or(order, t.Order))
	if err != nil {
		return err
	}
	slices.SortStableFunc(records, func(a, b *Record) int { return e.compareRecords(keys, a, b) })
	return nil
}

// sortKey is one part of an order.
type sortKey struct {
	name string
	desc bool
	// related is the order of the records that a many2one points to; they are
	// sorted as a search for them would.
	related []sortKey
}

// compareRecords orders two records.
func (e *Env) compareRecords(keys []sortKey, a, b *Record) int {
	for _, k := range keys {
		c := compareValues(e.Get(a, k.name), e.Get(b, k.name))
		if k.related != nil && c != 0 {
			if x, y := e.Follow(a, k.name), e.Follow(b, k.name); x != nil && y != nil {
				c = e.compareRecords(k.related, x, y)
			}
		}
		if k.desc {
			c = -c
		}
		if c != 0 {
			return c
		}
	}
	return 0
}

// sortKeys reads the specification of an order.
func (e *Env) sortKeys(t *Table, spec string) ([]sortKey, error) {
	if !orderSpec.MatchString(spec) {
		return nil, UserError("Invalid \"order\" specified (%s). A valid \"order\" specification is a comma-separated list of "+
			"valid field names (optionally followed by asc/desc for the direction)", spec)
	}
	var keys []sortKey
	for part := range strings.SplitSeq(spec, ",") {
		words := strings.Fields(part)
		if t.fields[words[0]] == nil {
			return nil, ServerError("ValueError: Invalid field %s on model %s", xmlrpc.Repr(words[0]), xmlrpc.Repr(t.Name))
		}
		key := sortKey{name: words[0], desc: len(words) > 1 && strings.EqualFold(words[1], "desc")}
		if f := t.fields[key.name]; f.Kind == Many2one {
			other := e.Table(f.Relation)
			related, err := e.sortKeys(other, other.Order)
			if err != nil {
				return nil, err
			}
			key.related = related
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// orderSpec is the form of an order.
var orderSpec = regexp.MustCompile(`(?i)^\s*[a-z0-9_]+(\s+(asc|desc))?\s*(,\s*[a-z0-9_]+(\s+(asc|desc))?\s*)*$`)

// compareValues orders two values of a field; absent ones come last.
func compareValues(a, b any) int {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil:
		return 1
	case b == nil:
		return -1
	}
	switch a := a.(type) {
	case string:
		b, _ := b.(string)
		return strings.Compare(a, b)
	case time.Time:
		b, _ := b.(time.Time)
		return a.Compare(b)
	default:
		return cmp.Compare(value.Number(a), value.Number(b))
	}
}

// callRead is Model.read.
func callRead(e *Env, t *Table, a Arguments) (any, error) {
	found, err := e.readable(t, a.IDs())
	if err != nil {
		return nil, err
	}
	return e.read(t, found, a)
}

// readable returns the records that the user asks for: what is gone is left out, what
// they may not read refuses them all.
func (e *Env) readable(t *Table, ids []int64) ([]*Record, error) {
	if err := e.CheckModel(t, OpRead); err != nil {
		return nil, err
	}
	var found []*Record
	for _, id := range ids {
		r := t.Rows[id]
		if r == nil {
			continue
		}
		if !e.Allowed(r, OpRead) {
			return nil, e.noRecordAccess(t.Model, ids, OpRead)
		}
		found = append(found, r)
	}
	return found, nil
}

// read returns the wanted fields of records, the id first. A many2one has the name of its
// record unless "load" is anything but "_classic_read".
func (e *Env) read(t *Table, found []*Record, a Arguments) (any, error) {
	wanted := a.Strings("fields")
	if len(wanted) == 0 {
		wanted = t.names
	}
	var fields []*Field
	for _, name := range wanted {
		f := t.fields[name]
		if f == nil {
			return nil, e.invalidField(t, "on", name)
		}
		if name != "id" && !slices.Contains(fields, f) {
			fields = append(fields, f)
		}
	}
	wire := e.Wire
	if load, given := a["load"]; given && load != "_classic_read" {
		wire = e.WireID
	}
	rows := make([]any, 0, len(found))
	for _, r := range found {
		row := xmlrpc.NewObject("id", r.ID)
		for _, f := range fields {
			row = row.With(f.Name, wire(r, f))
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// invalidField says that a model has no such field, to read on it or to write in
// it.
func (e *Env) invalidField(t *Table, where, name string) error {
	return ServerError("ValueError: Invalid field '%s' %s '%s'", name, e.Since(19, where, "on model"), t.Name)
}
