package configfile

import (
	"bytes"
	"errors"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/crm-tool/crm-tool/pkg/config"
	"github.com/crm-tool/crm-tool/pkg/config/notation"
	"github.com/crm-tool/crm-tool/pkg/config/yamledit"
	"github.com/crm-tool/crm-tool/pkg/hostfile"
	"github.com/crm-tool/crm-tool/pkg/rule"
	"github.com/crm-tool/crm-tool/pkg/yamlfile"
)

// EditError says why a file was not changed. The file is as it was.
type EditError struct {
	// Place is the file, with the line if it is in one.
	Place string
	Cause string
}

// Error names the place and the cause; it quotes no value.
func (e *EditError) Error() string { return "edit " + e.Place + ": " + e.Cause }

// Set writes one setting into a YAML file. Everything else in the file stays
// as it is, byte for byte: comments, order, line endings, mode and owner. What
// cannot be changed that safely is refused with an [*EditError]. A new file has
// mode 0600, and folders made for it 0700. A value that is not valid is a
// [config.Problem]. If two processes edit at the same moment, the later one wins.
func Set(path, name, text string) error {
	k, err := config.ResolveKey(name)
	if err != nil {
		return err
	}
	canonical, err := config.ParseValue(k.Name, text)
	if err != nil {
		return err
	}
	_, err = edit(path, k, func(data []byte, names []string) ([]byte, error) {
		return yamledit.Set(data, names, node(k, canonical))
	})
	return err
}

// Unset removes one setting from a YAML file and reports whether it was there.
// A comment on the same line goes with it. Otherwise it is as [Set].
func Unset(path, name string) (bool, error) {
	k, err := config.ResolveKey(name)
	if err != nil {
		return false, err
	}
	return edit(path, k, yamledit.Unset)
}

// edit changes a file unless it is uncertain what the file says about the key.
// It reports whether there was anything to change.
func edit(path string, k config.Key, change func(data []byte, names []string) ([]byte, error)) (bool, error) {
	f, err := hostfile.Open(path)
	if errors.Is(err, hostfile.ErrNotRegular) {
		return false, &EditError{path, hostfile.ErrNotRegular.Error()}
	}
	if err != nil {
		return false, err
	}
	if flaw, ok := config.Flaw(path, f.Data, k); ok {
		return false, &EditError{flaw.Place, flaw.Cause}
	}
	after, err := change(f.Data, strings.Split(k.Name, "."))
	if bad, ok := errors.AsType[*yamlfile.Error](err); ok {
		return false, &EditError{config.Source{Layer: config.FromFile, Name: path, Line: bad.Line}.String(), bad.Cause}
	}
	if err != nil || bytes.Equal(after, f.Data) {
		return false, err
	}
	return true, f.Replace(after)
}

// node returns a canonical value as it is written to a file.
func node(k config.Key, canonical string) *yaml.Node {
	switch k.Kind {
	case config.Days, config.Periods, config.Rules, config.ActivityRules, config.ScoreTags:
		list := &yaml.Node{Kind: yaml.SequenceNode}
		if canonical != "" && canonical != notation.NoRules {
			for item := range strings.SplitSeq(canonical, ",") {
				list.Content = append(list.Content, itemNode(k, item))
			}
		}
		return list
	case config.OpportunityRules:
		list, err := rule.Parse(canonical)
		if err != nil { // It was canonical.
			return scalar(canonical, "!!str", 0)
		}
		return list.Node()
	case config.Switch, config.Bool, config.Number, config.Decimal, config.Fraction, config.Duration, config.Choice:
		return scalar(canonical, "", 0)
	default:
		return scalar(canonical, "!!str", 0)
	}
}

// itemNode returns one item of a list.
func itemNode(k config.Key, item string) *yaml.Node {
	name, value, _ := strings.Cut(item, "=")
	quoted := func(text string) *yaml.Node { return scalar(text, "!!str", yaml.DoubleQuotedStyle) }
	fields := &yaml.Node{Kind: yaml.MappingNode}
	switch k.Kind {
	case config.Days:
		return scalar(item, "", 0)
	case config.ActivityRules:
		fields.Content = append(fields.Content, scalar("activity_type", "", 0), quoted(name), scalar("questionnaire", "", 0), quoted(value))
	case config.ScoreTags:
		for word := range strings.FieldsSeq(name) { // from 50 below 80
			fields.Content = append(fields.Content, scalar(word, "", 0))
		}
		fields.Content = append(fields.Content, scalar("tag", "", 0), quoted(value))
	default:
		return scalar(item, "!!str", 0)
	}
	return fields
}

func scalar(text, tag string, style yaml.Style) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: text, Style: style}
}
