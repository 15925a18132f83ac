package odoo

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"time"
)

// method is a public method of a model.
type method struct {
	// params names the positional arguments; the first of them, as many as
	// required says, must be given.
	params   []string
	required int
	call     func(*env, *table, arguments) (any, error)
}

// newMethod returns a method that takes these arguments, of which so many must
// be given.
func newMethod(call func(*env, *table, arguments) (any, error), required int, params ...string) method {
	return method{params: params, required: required, call: call}
}

// arguments are a call's arguments by name.
type arguments map[string]any

// ids returns the argument "ids"; a single id stands for a list of one.
func (a arguments) ids() []int64 {
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

// strings returns the argument as a list of strings.
func (a arguments) strings(name string) []string {
	list, _ := a[name].([]any)
	found := make([]string, 0, len(list))
	for _, v := range list {
		s, _ := v.(string)
		found = append(found, s)
	}
	return found
}

// number returns the argument as a count; 0 when it is absent or false.
func (a arguments) number(name string) int { return int(number(a[name])) }

// execute runs a model's method in a transaction of its own.
func (db *database) execute(user *record, model, name string, args []any, kwargs map[string]any) (any, error) {
	t := db.tables[model]
	if t == nil {
		return nil, userError("Object %s doesn't exist", model)
	}
	if strings.HasPrefix(name, "_") {
		if db.version >= 19 {
			return nil, accessError("Private methods (such as '%s.%s') cannot be called remotely.", model, name)
		}
		return nil, accessError("Private methods (such as %s) cannot be called remotely.", name)
	}
	e := &env{db: db, user: user, role: db.roles[user.id], context: map[string]any{}, now: db.now()}
	m, ok := t.methods[name]
	if !ok {
		m, ok = db.generic[name]
	}
	if !ok {
		return nil, e.noMethod(t, name)
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
		e.rollback(0)
		return nil, err
	}
	return result, nil
}

// bindArguments gives the arguments their names and takes the context out.
func (e *env) bindArguments(m method, name string, args []any, kwargs map[string]any) (arguments, error) {
	a := arguments{}
	if len(args) > len(m.params) {
		return nil, serverError("TypeError: %s() takes from %d to %d positional arguments but %d were given",
			name, m.required+1, len(m.params)+1, len(args)+1)
	}
	for i, v := range args {
		a[m.params[i]] = v
	}
	for key, v := range kwargs {
		if key == "context" {
			if context, ok := v.(map[string]any); ok {
				e.context = context
			}
			continue
		}
		if !slices.Contains(m.params, key) {
			return nil, serverError("TypeError: %s() got an unexpected keyword argument '%s'", name, key)
		}
		a[key] = v
	}
	for _, param := range m.params[:m.required] {
		_, given := a[param]
		switch {
		case given:
		case param == "ids":
			return nil, serverError("IndexError: list index out of range")
		default:
			return nil, serverError("TypeError: %s() missing 1 required positional argument: '%s'", name, param)
		}
	}
	return a, nil
}

// genericMethods are the methods of every model.
func genericMethods() map[string]method {
	return map[string]method{
		"search":              newMethod(callSearch, 1, "domain", "offset", "limit", "order"),
		"search_count":        newMethod(callSearchCount, 1, "domain", "limit"),
		"search_read":         newMethod(callSearchRead, 0, "domain", "fields", "offset", "limit", "order", "load"),
		"read":                newMethod(callRead, 1, "ids", "fields", "load"),
		"create":              newMethod(callCreate, 1, "vals_list"),
		"write":               newMethod(callWrite, 2, "ids", "vals"),
		"unlink":              newMethod(callUnlink, 1, "ids"),
		"fields_get":          newMethod(callFieldsGet, 0, "allfields", "attributes"),
		"get_metadata":        newMethod(callGetMetadata, 1, "ids"),
		"has_access":          newMethod(callHasAccess, 2, "ids", "operation"),
		"check_access_rights": newMethod(callCheckAccessRights, 1, "operation", "raise_exception"),
	}
}

// callSearch is Model.search.
func callSearch(e *env, t *table, a arguments) (any, error) {
	found, err := e.search(t, a)
	return each(found), err
}

// callSearchCount is Model.search_count.
func callSearchCount(e *env, t *table, a arguments) (any, error) {
	found, err := e.search(t, a)
	return len(found), err
}

// callSearchRead is Model.search_read.
func callSearchRead(e *env, t *table, a arguments) (any, error) {
	found, err := e.search(t, a)
	if err != nil {
		return nil, err
	}
	return e.read(t, found, a)
}

// search returns the ids that a domain selects, in order.
func (e *env) search(t *table, a arguments) ([]int64, error) {
	if err := e.checkModel(t, opRead); err != nil {
		return nil, err
	}
	c, err := e.compile(t, a["domain"])
	if err != nil {
		return nil, err
	}
	hideArchived := t.fields["active"] != nil && e.context["active_test"] != false && !slices.Contains(c.fields, "active")
	candidates := t.ids
	if c.narrowed {
		candidates = c.among
	}
	var found []*record
	for _, id := range candidates {
		r := t.rows[id]
		if r == nil || hideArchived && !e.flag(r, "active") || !c.matches(r) || !e.allowed(r, opRead) {
			continue
		}
		found = append(found, r)
	}
	if err := e.sort(t, found, a["order"]); err != nil {
		return nil, err
	}
	offset, limit := a.number("offset"), a.number("limit")
	if limit < 0 || offset < 0 {
		return nil, serverError("psycopg2.errors.InvalidRowCountInLimitClause: LIMIT must not be negative\n")
	}
	found = found[min(offset, len(found)):]
	if limit > 0 && limit < len(found) {
		found = found[:limit]
	}
	list := make([]int64, len(found))
	for i, r := range found {
		list[i] = r.id
	}
	return list, nil
}

// sort orders records by a specification such as "sequence, id desc".
func (e *env) sort(t *table, records []*record, order any) error {
	spec, _ := order.(string)
	if spec == "" {
		spec = t.order
	}
	keys, err := e.sortKeys(t, spec)
	if err != nil {
		return err
	}
	slices.SortStableFunc(records, func(a, b *record) int { return e.compareRecords(keys, a, b) })
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
func (e *env) compareRecords(keys []sortKey, a, b *record) int {
	for _, k := range keys {
		c := compareValues(e.get(a, k.name), e.get(b, k.name))
		if k.related != nil && c != 0 {
			if x, y := e.follow(a, k.name), e.follow(b, k.name); x != nil && y != nil {
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
func (e *env) sortKeys(t *table, spec string) ([]sortKey, error) {
	if !orderSpec.MatchString(spec) {
		return nil, userError("Invalid \"order\" specified (%s). A valid \"order\" specification is a comma-separated list of "+
			"valid field names (optionally followed by asc/desc for the direction)", spec)
	}
	var keys []sortKey
	for part := range strings.SplitSeq(spec, ",") {
		words := strings.Fields(part)
		if t.fields[words[0]] == nil {
			return nil, serverError("ValueError: Invalid field %s on model %s", python(words[0]), python(t.name))
		}
		key := sortKey{name: words[0], desc: len(words) > 1 && strings.EqualFold(words[1], "desc")}
		if f := t.fields[key.name]; f.kind == many2one {
			other := e.table(f.relation)
			related, err := e.sortKeys(other, other.order)
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
		return cmp.Compare(number(a), number(b))
	}
}

// callRead is Model.read: what is gone is left out.
func callRead(e *env, t *table, a arguments) (any, error) {
	if err := e.checkModel(t, opRead); err != nil {
		return nil, err
	}
	var found []int64
	for _, id := range a.ids() {
		r := t.rows[id]
		if r == nil {
			continue
		}
		if !e.allowed(r, opRead) {
			return nil, e.noRecordAccess(t.model, a.ids(), opRead)
		}
		found = append(found, id)
	}
	return e.read(t, found, a)
}

// read returns the wanted fields of records, the id first.
func (e *env) read(t *table, found []int64, a arguments) (any, error) {
	wanted := a.strings("fields")
	if len(wanted) == 0 {
		wanted = t.names
	}
	var fields []*field
	for _, name := range wanted {
		f := t.fields[name]
		if f == nil {
			return nil, e.invalidField(t, name)
		}
		if name != "id" && !slices.Contains(fields, f) {
			fields = append(fields, f)
		}
	}
	load, given := a["load"].(string)
	bare := a["load"] == false || given && load != "_classic_read"
	rows := make([]any, 0, len(found))
	for _, id := range found {
		row := make(object, 0, len(fields)+1)
		row = row.with("id", id)
		for _, f := range fields {
			row = row.with(f.name, e.wire(t.rows[id], f, bare))
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// invalidField says that a model has no such field to read.
func (e *env) invalidField(t *table, name string) error {
	if e.db.version >= 19 {
		return serverError("ValueError: Invalid field '%s' on '%s'", name, t.name)
	}
	return serverError("ValueError: Invalid field '%s' on model '%s'", name, t.name)
}
