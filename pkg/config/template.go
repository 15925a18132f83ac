package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/crm-tool/crm-tool/pkg/config/yamledit"
)

// templateWidth is the longest line of a comment in the template.
const templateWidth = 79

// SchemaURL is where the JSON Schema of the file is, for editors.
const SchemaURL = "https://raw.githubusercontent.com/crm-tool/crm-tool/main/docs/config.schema.json"

const templateHead = `# yaml-language-server: $schema=` + SchemaURL + `
# Settings of crm-tool.
#
# What is commented out shows the default. Settings marked "shared" live in
# Odoo and count for every host, see "crm-tool config set"; here they
# override that on this host, except that a switch which is off stays off.
`

// Template returns the text of a configuration file with every setting and
// what it does. The given values, by the name of the key, are set; the others
// are commented out. An invalid value or an unknown name is a [Problem].
func Template(values map[string]string) (string, error) {
	canonical := make(map[string]string, len(values))
	for _, name := range slices.Sorted(maps.Keys(values)) {
		value, err := ParseValue(name, values[name])
		if err != nil {
			return "", err
		}
		canonical[name] = value
	}
	var b strings.Builder
	b.WriteString(templateHead)
	section := ""
	for _, k := range allKeys() {
		around, name := split(k.Section())
		indent := strings.Repeat("  ", strings.Count(k.Name, "."))
		switch {
		case k.Section() == "":
			b.WriteString("\n")
		case k.Section() == section:
		case around == "":
			fmt.Fprintf(&b, "\n%s:\n", name)
		default:
			fmt.Fprintf(&b, "%s%s:\n", indent[2:], name)
		}
		section = k.Section()
		writeComment(&b, indent, k)
		value, ok := canonical[k.Name]
		if !ok {
			value, indent = k.Default, indent+"# "
		}
		fmt.Fprintf(&b, "%s%s: %s\n", indent, k.Leaf(), yamledit.Inline(k.node(value)))
	}
	return b.String(), nil
}

// writeComment writes what a setting does, in lines of limited length.
func writeComment(b *strings.Builder, indent string, k Key) {
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
