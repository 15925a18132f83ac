// Package configfile writes the configuration file: its template, which has every
// setting and what it does, and changes of one setting.
//
// A change leaves every other byte of the file as it was. Package config says what
// settings there are and how a file is read.
package configfile

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/crm-tool/crm-tool/pkg/config"
	"github.com/crm-tool/crm-tool/pkg/config/yamledit"
)

// templateWidth is the longest line of a comment in the template.
const templateWidth = 79

const templateHead = `# yaml-language-server: $schema=` + config.SchemaURL + `
# Settings of crm-tool.
#
# What is commented out shows the default. Settings marked "shared" live in
# Odoo and count for every host, see "crm-tool config set"; here they
# override that on this host, except that a switch which is off stays off.
`

// Template returns the text of a configuration file with every setting and
// what it does. The given values, by the name of the key, are set; the others
// are commented out. An invalid value or an unknown name is a [config.Problem].
func Template(values map[string]string) (string, error) {
	canonical := make(map[string]string, len(values))
	for _, name := range slices.Sorted(maps.Keys(values)) {
		value, err := config.ParseValue(name, values[name])
		if err != nil {
			return "", err
		}
		canonical[name] = value
	}
	var b strings.Builder
	b.WriteString(templateHead)
	section := ""
	for _, k := range config.Keys() {
		parent := config.Key{Name: k.Section()}
		indent := strings.Repeat("  ", strings.Count(k.Name, "."))
		switch {
		case k.Section() == "":
			b.WriteString("\n")
		case k.Section() == section:
		case parent.Section() == "":
			fmt.Fprintf(&b, "\n%s:\n", parent.Leaf())
		default:
			fmt.Fprintf(&b, "%s%s:\n", indent[2:], parent.Leaf())
		}
		section = k.Section()
		writeComment(&b, indent, k)
		value, ok := canonical[k.Name]
		if !ok {
			value, indent = k.Default, indent+"# "
		}
		fmt.Fprintf(&b, "%s%s: %s\n", indent, k.Leaf(), yamledit.Inline(node(k, value)))
	}
	return b.String(), nil
}

// writeComment writes what a setting does, in lines of limited length.
func writeComment(b *strings.Builder, indent string, k config.Key) {
	doc := k.Doc
	if k.Shared {
		doc += " (shared)"
	}
	line := indent + "#"
	for word := range strings.FieldsSeq(doc) {
		if len(line)+1+len(word) > templateWidth {
			b.WriteString(line + "\n")
			line = indent + "#"
		}
		line += " " + word
	}
	b.WriteString(line + "\n")
}
