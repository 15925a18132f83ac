// Package versions is what differs between the versions of Odoo, as far as
// crm-tool meets it in its calls: which fields and methods there are.
//
// What a version has is expected by its number. Odoo itself has the last word: it is
// asked (fields_get) if it does not know an expected field, and always about a field
// that only some have if it is a version between two others, which only Odoo Online
// has. A version that is newer than all known ones is expected to have what the newest
// has.
//
// docs/odoo-versions.md lists all differences, also those that need no code here.
package versions

import (
	"context"
	"slices"
	"sync"

	"github.com/crm-tool/crm-tool/pkg/odoo"
	"github.com/crm-tool/crm-tool/pkg/odoo/recordset"
)

// newestSeen is the newest version that was seen running. Of Odoo 20 only the source
// was read.
const newestSeen = 19

// Odoo tells what one Odoo has. It remembers what it asked.
type Odoo struct {
	client *odoo.Client
	mu     sync.Mutex
	// answers are what Odoo said of fields when it was asked.
	answers map[field]bool
}

// New returns what tells about the Odoo of a client that logs in before the first
// question.
func New(c *odoo.Client) *Odoo { return &Odoo{client: c, answers: map[field]bool{}} }

// field is a field of a model.
type field struct{ model, name string }

// span is the first and the last version that has something; 0 means no limit.
type span struct{ since, until int }

// differences are the fields that crm-tool uses and that not all versions have.
func differences() map[field]span {
	return map[field]span{
		// The address to which delivery reports go. It was in a parameter before,
		// which our user may not read.
		{"res.company", "bounce_email"}: {since: 17},
		{"res.users", "groups_id"}:      {until: 18},
		{"res.users", "group_ids"}:      {since: 19},
		// Whose people choose when they work.
		{"resource.calendar", "flexible_hours"}: {since: 18},
		// Whose people may take an activity that is nobody's.
		{"mail.activity", "role_id"}: {since: 20},
		// The content of an attachment, beside datas, which 20 no longer takes.
		{"ir.attachment", "raw"}: {since: 20},
	}
}

// seen tells whether this version was seen running.
func (o *Odoo) seen() bool {
	v := o.client.Version()
	return v.Major <= newestSeen && !v.Online
}

// SecretField is the field in which an attachment without a record keeps a text, in
// base64, that nobody but its maker and administrators can find. 20 drops the content
// of an attachment without a word when it is written. In 16 everybody can search for
// a description, letter by letter.
func (o *Odoo) SecretField() string {
	if o.seen() {
		return "datas"
	}
	return "description"
}

// SecretFields are those in which such a text can stand after Odoo was upgraded.
func SecretFields() []string { return []string{"description", "datas", "raw"} }

// With makes calls that use those of the fields of a model that this Odoo has. If
// Odoo does not know one of them, it asks for all, and makes the calls again.
func (o *Odoo) With(ctx context.Context, model string, names []string, calls func(has []string) error) error {
	if o.client.Version().Online && differ(model, names) {
		if err := o.ask(ctx, model, names); err != nil {
			return err
		}
	}
	err := calls(o.has(model, names))
	if !odoo.IsKind(err, odoo.UnknownName) {
		return err
	}
	if err := o.ask(ctx, model, names); err != nil {
		return err
	}
	return calls(o.has(model, names))
}

// differ tells whether some known version lacks one of the fields.
func differ(model string, names []string) bool {
	known := differences()
	return slices.ContainsFunc(names, func(name string) bool { return known[field{model, name}] != span{} })
}

// has returns those of the fields that this Odoo said it has, or is expected to have.
func (o *Odoo) has(model string, names []string) []string {
	known, major := differences(), o.client.Version().Major
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool {
		f := field{model, name}
		if has, asked := o.answers[f]; asked {
			return !has
		}
		s := known[f]
		return major < s.since || s.until > 0 && major > s.until
	})
}

// ask asks Odoo, once, which of the fields the model has: fields_get leaves out the
// others.
func (o *Odoo) ask(ctx context.Context, model string, names []string) error {
	o.mu.Lock()
	open := slices.DeleteFunc(slices.Clone(names), func(name string) bool {
		_, asked := o.answers[field{model, name}]
		return asked
	})
	o.mu.Unlock()
	if len(open) == 0 {
		return nil
	}
	described, err := recordset.Describe(ctx, o.client, model, open, "type")
	if err != nil {
		return err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, name := range open {
		_, o.answers[field{model, name}] = described[name]
	}
	return nil
}

// ZeroIsLost tells whether Odoo shows as lost what is archived with a probability of
// 0: 18 in a filter, later ones on the opportunity, too.
func (o *Odoo) ZeroIsLost() bool {
	const since = 18
	return o.client.Version().Major >= since
}

// May returns whether the user has a right on a model: read, create, write or
// unlink. 18 got has_access for that, and 20 lost check_access_rights.
func (o *Odoo) May(ctx context.Context, model, operation string) (bool, error) {
	ways := []odoo.Request{
		{Model: model, Method: "has_access", Args: []any{[]int64{}, operation}, Repeatable: true},
		{Model: model, Method: "check_access_rights", Args: []any{operation, false}, Repeatable: true},
	}
	const hasAccessSince = 18
	if o.client.Version().Major < hasAccessSince {
		slices.Reverse(ways)
	}
	var answer any
	var err error
	for _, r := range ways {
		if answer, err = o.client.Call(ctx, r); !odoo.IsKind(err, odoo.UnknownName) {
			break
		}
	}
	if err != nil {
		return false, err
	}
	may, ok := answer.(bool)
	if !ok {
		return false, odoo.MalformedAnswer("a right on "+model, answer)
	}
	return may, nil
}
