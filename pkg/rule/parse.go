package rule

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/crm-tool/crm-tool/pkg/address"
	"github.com/crm-tool/crm-tool/pkg/config/notation"
	"github.com/crm-tool/crm-tool/pkg/config/yamledit"
	"github.com/crm-tool/crm-tool/pkg/spelling"
	"github.com/crm-tool/crm-tool/pkg/yamlfile"
)

// Odoo's search has to hold them all.
const (
	maxRules = 100
	maxNames = 100
)

// form is what a list looks like.
const form = "must be a list of rules, as in [{team: Export, days: [5, 10]}]"

// Parse reads a list in one line of YAML or JSON. The error names the rule by its
// number, and the field.
func Parse(text string) (List, error) {
	root, err := yamlfile.Parse([]byte(text))
	if bad, ok := errors.AsType[*yamlfile.Error](err); ok {
		return nil, errors.New(form + "; it " + bad.Cause)
	}
	if err != nil {
		return nil, err
	}
	return FromNode(root)
}

// FromNode reads a list from YAML.
func FromNode(root *yaml.Node) (List, error) {
	switch {
	case root == nil || root.Kind != yaml.SequenceNode:
		return nil, errors.New(form)
	case len(root.Content) > maxRules:
		return nil, fmt.Errorf("must have at most %d rules, not %d", maxRules, len(root.Content))
	}
	list := make(List, len(root.Content))
	for i, node := range root.Content {
		r := Rule{Number: i + 1}
		if err := r.read(node); err != nil {
			return nil, fmt.Errorf("is wrong in rule %d%w", r.Number, err)
		}
		list[i] = r
	}
	return list, nil
}

// Field is a field of a rule in the setting.
type Field struct{ Name, Doc string }

// Fields returns what a rule may hold: conditions, then what they change.
func Fields() []Field {
	return []Field{
		{"team", "The opportunity's sales team, or a list of which it has one."},
		{"stage", "Its stage, or a list of which it is in one."},
		{"tag", "A tag of it, or a list of which it has one."},
		{"company", "Its company in Odoo, or a list of which it is in one."},
		{"days", "The days of its reminders in place of reminders.days; none for no reminder."},
		{"templates", "The folder in templates.dir with its templates."},
		{"from", "The sender of its mails in place of mail.from. Only in the file of a host."},
		{"reply_to", "Where answers go, in place of mail.reply_to. Only in the file of a host."},
		{"questionnaire", "The questionnaire for all types of activities; none for none."},
		{"archive_after", "The age in days at which it is archived, in place of archive.after_days; none for never."},
		{"exclude", "True: nobody is mailed about it, neither reminders nor questionnaires."},
	}
}

// fields are the names of what a rule may hold.
func fields() []string {
	var names []string
	for _, f := range Fields() {
		names = append(names, f.Name)
	}
	return names
}

// read reads a rule. Its error goes on after the rule's number.
func (r *Rule) read(node *yaml.Node) error {
	if node.Kind != yaml.MappingNode {
		return errors.New(": must be conditions and what they change, as in {team: Export, days: [5, 10]}")
	}
	var given []string
	for _, f := range yamlfile.Fields(node) {
		name := f.Name
		switch {
		case f.Problem != "":
			return errors.New(": " + strings.TrimSpace(f.Name+" "+f.Problem))
		case !slices.Contains(fields(), name):
			return fmt.Errorf(": unknown field %s%s", name, spelling.Instead(name, fields()))
		case slices.Contains(given, name):
			return fmt.Errorf(", %s: is there twice", name)
		}
		given = append(given, name)
		if err := r.set(name, f.Value); err != nil {
			return fmt.Errorf(", %s: %w", name, err)
		}
	}
	return r.contradiction(given)
}

// contradiction returns what makes no sense together.
func (r *Rule) contradiction(given []string) error {
	if !r.Exclude {
		return nil
	}
	for _, name := range []string{"days", "templates", "from", "reply_to", "questionnaire"} {
		if slices.Contains(given, name) {
			return fmt.Errorf(", %s: has no effect, since exclude lets nobody be mailed; remove one of them", name)
		}
	}
	return nil
}

func (r *Rule) set(name string, node *yaml.Node) (err error) {
	for _, c := range r.conditions() {
		if c.field == name {
			*c.names, err = readNames(node)
			return err
		}
	}
	if name == "days" {
		r.Days, err = readDays(node)
		return err
	}
	text, err := yamlfile.Text(node)
	if text = strings.TrimSpace(text); err == nil && text == "" {
		err = errors.New("has no value")
	}
	if err != nil {
		return err
	}
	switch name {
	case "templates":
		r.Templates = text
		return checkSet(text)
	case "from":
		r.From, err = notation.ParseMailbox(text)
	case "reply_to":
		r.ReplyTo, err = notation.ParseMailbox(text)
	case "questionnaire":
		r.Questionnaire = text
	case "archive_after":
		r.Archive, err = parseArchive(text)
	case "exclude":
		r.Exclude, err = notation.ParseBool(text)
	}
	return err
}

// readNames reads a name, or a list of names.
func readNames(node *yaml.Node) ([]string, error) {
	items := []*yaml.Node{node}
	if node.Kind == yaml.SequenceNode {
		items = node.Content
	}
	if len(items) == 0 || len(items) > maxNames {
		return nil, fmt.Errorf("must be a name or a list of up to %d names", maxNames)
	}
	var names []string
	for _, item := range items {
		text, err := yamlfile.Text(item)
		if text = strings.TrimSpace(text); err == nil {
			err = notation.CheckLine(text)
		}
		switch {
		case err != nil:
			return nil, err
		case text == "":
			return nil, errors.New("has a name that is empty")
		case !slices.Contains(names, text):
			names = append(names, text)
		}
	}
	return names, nil
}

// readDays reads a list of days, or none.
func readDays(node *yaml.Node) ([]int, error) {
	var text string
	var err error
	if node.Kind == yaml.SequenceNode {
		parts := make([]string, len(node.Content))
		for i, item := range node.Content {
			if parts[i], err = yamlfile.Text(item); err != nil {
				return nil, err
			}
		}
		text = "[" + strings.Join(parts, ",") + "]"
	} else if text, err = yamlfile.Text(node); err != nil {
		return nil, err
	}
	switch strings.TrimSpace(text) {
	case "":
		return nil, errors.New("has no value")
	case None, "[]":
		return []int{}, nil
	}
	days, err := notation.ParseDays(strings.TrimSpace(text))
	if err != nil {
		return nil, err
	}
	return days, notation.CheckDays(days)
}

func parseArchive(text string) (Archive, error) {
	if text == None {
		return Archive{Set: true, Never: true}, nil
	}
	days, err := notation.ParseNumber(text)
	if err != nil || days < 0 || days > notation.MaxDay {
		return Archive{}, fmt.Errorf("must be a number of days between 0 and %d, or %s", notation.MaxDay, None)
	}
	return Archive{Set: true, Days: days}, nil
}

// checkSet refuses what is not the name of a folder directly below another one.
func checkSet(name string) error {
	if !regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]*$`).MatchString(name) {
		return errors.New("must be the name of a folder in templates.dir, of letters, digits, - and _")
	}
	if slices.Contains([]string{"texts", "questionnaires"}, name) {
		return fmt.Errorf("must not be %s: that folder has other files", name)
	}
	return nil
}

// String returns the list in one line, which [Parse] reads as the same list. It is
// [] for no rules.
func (l List) String() string { return yamledit.Inline(l.Node()) }

// Node returns the list as YAML.
func (l List) Node() *yaml.Node {
	list := &yaml.Node{Kind: yaml.SequenceNode}
	for _, r := range l {
		list.Content = append(list.Content, r.node())
	}
	return list
}

func (r Rule) node() *yaml.Node {
	fields := &yaml.Node{Kind: yaml.MappingNode}
	put := func(name string, value *yaml.Node) { fields.Content = append(fields.Content, text(name), value) }
	for _, c := range r.conditions() {
		switch len(*c.names) {
		case 0:
		case 1:
			put(c.field, text((*c.names)[0]))
		default:
			put(c.field, list(*c.names, text))
		}
	}
	if r.Days != nil {
		put("days", list(r.Days, func(day int) *yaml.Node { return plain(strconv.Itoa(day)) }))
	}
	mailbox := func(a address.Address) string {
		if a.IsZero() {
			return ""
		}
		return a.String()
	}
	for _, f := range [][2]string{
		{"templates", r.Templates}, {"from", mailbox(r.From)}, {"reply_to", mailbox(r.ReplyTo)}, {"questionnaire", r.Questionnaire},
	} {
		if f[1] != "" {
			put(f[0], text(f[1]))
		}
	}
	switch {
	case r.Archive.Never:
		put("archive_after", plain(None))
	case r.Archive.Set:
		put("archive_after", plain(strconv.Itoa(r.Archive.Days)))
	}
	if r.Exclude {
		put("exclude", plain("true"))
	}
	return fields
}

func list[T any](items []T, node func(T) *yaml.Node) *yaml.Node {
	l := &yaml.Node{Kind: yaml.SequenceNode}
	for _, item := range items {
		l.Content = append(l.Content, node(item))
	}
	return l
}

func text(value string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: value}
}

func plain(value string) *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Value: value} }
