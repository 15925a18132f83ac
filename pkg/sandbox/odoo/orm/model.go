package orm

// Kind is a field's type, in Odoo's own words.
type Kind string

// The types of fields.
const (
	Char Kind = "char"
	Text Kind = "text"
	HTML Kind = "html"
	// Binary is what no search can see: Odoo keeps it in files.
	Binary    Kind = "binary"
	Integer   Kind = "integer"
	Float     Kind = "float"
	Boolean   Kind = "boolean"
	Date      Kind = "date"
	Datetime  Kind = "datetime"
	Selection Kind = "selection"
	Many2one  Kind = "many2one"
	One2many  Kind = "one2many"
	Many2many Kind = "many2many"
	Reference Kind = "many2one_reference"
)

// Field describes one field of a model.
type Field struct {
	Name, Label string
	Kind        Kind `json:"type"`
	// Relation is the other model of a relational field, Inverse the field
	// there that a one2many follows back.
	Relation, Inverse string
	// Choices are the values of a selection with their labels; nil allows any.
	Choices  []Choice
	Required bool
	// Default is the value in a new record, unless the call gives one.
	Default any
	// Readonly fields take no value over RPC: writing one changes nothing.
	Readonly bool
	// Indexed fields are found without looking at every record.
	Indexed bool
	// Since and Until are the first and the last version that has the field;
	// 0 means no limit.
	Since, Until Version
	// Via is the many2one through which the field is another record's, as a
	// user's e-mail address is the contact's. Of is its name there, if it
	// differs.
	Via, Of string
	// Translate marks a text that each language has its own of.
	Translate bool
	// compute returns the value of a computed field.
	compute func(*Env, *Record) any
}

// Choice is one value of a selection, and the first version that has it.
type Choice struct {
	Value, Label string
	Since        Version
}

// Operation is a right that a user needs: to read, write, create or delete.
type Operation string

// The operations, under the names of Odoo's record rules.
const (
	OpRead   Operation = "read"
	OpWrite  Operation = "write"
	OpCreate Operation = "create"
	OpUnlink Operation = "unlink"
)

// Model describes one model: its fields, and who may use it.
type Model struct {
	Name, Label string
	// Since is the first version that has the model; 0 means all.
	Since Version
	// OldLabel is the label up to 18, if it was another.
	OldLabel string
	// TitleField is the field that a record is shown by, as [Behavior.Title] is
	// for a text that must be made; empty means its name.
	TitleField string
	// Fields are listed without those that every model has, for all versions.
	Fields []Field
	// Order is the default order of a search; empty means by id.
	Order string
	// Rights says what a user without administration may do; nothing listed
	// means nothing allowed.
	Rights []Operation
	// Managed lists the operations that need a sales manager.
	Managed []Operation
	// Keeper is the group that a refusal names; empty means the administrators.
	Keeper string
	// Editors is named in its place when somebody may only read.
	Editors string
	// Group is the external id of the group that a user must be in, beside
	// what their role allows; empty means none.
	Group string
	// Unique lists the fields of which no two records may have the same value.
	Unique []UniqueField
	// Strict makes the record rule hold for administrators, too.
	Strict bool
	// Lenient models answer true to a write on records that are gone, unless
	// it writes the field Checked and the first of them is gone. From 20 on they
	// refuse it as if the user lacked a right.
	Lenient bool
	Checked string
	// SearchedBy is the field by which a search must choose, from 20 on, if it
	// finds thousands of records.
	SearchedBy string

	Behavior `json:"-"`
}

// Behavior is what a model does beside storing values. Each part may be nil.
type Behavior struct {
	// Compute returns the values of computed fields, by their names.
	Compute map[string]func(*Env, *Record) any
	// Methods are the public methods that only this model has.
	Methods map[string]Method
	// Title returns the display name of a record.
	Title func(*Env, *Record) string
	// Allows is the record rule; nil allows every record.
	Allows func(*Env, *Record, Operation) bool
	// Refusal is the error for somebody whom the record rule keeps out; nil
	// stands for Odoo's usual one.
	Refusal func(*Env, []int64, Operation) *FaultError
	// Defaults completes the values of a new record.
	Defaults func(*Env, map[string]any) error
	// Created, Updating, Updated and Deleting are called as a record changes.
	// Created gets the values of the call, Updating those about to be written,
	// which it may change, Updated the values as they were before.
	Created  func(e *Env, r *Record, given map[string]any) error
	Updating func(e *Env, r *Record, values map[string]any) error
	Updated  func(e *Env, r *Record, before map[string]any) error
	Deleting func(*Env, *Record) error
}

// virtual is true for a field whose value is not stored in the record.
func (f *Field) virtual() bool {
	return f.compute != nil || f.Via != "" || f.Kind == One2many
}
