// Package schema describes the configuration file as a JSON Schema (2020-12), by which
// editors complete and check it. It is made from [config.Keys]: a new setting is in it
// by itself.
//
// The schema accepts whatever [config.Load] accepts. What it refuses is wrong; what it
// accepts may still be wrong, since it knows nothing of files, of names in Odoo, and of
// settings that contradict each other.
package schema

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/crm-tool/crm-tool/pkg/config"
)

// object is a JSON object whose fields keep their order.
type object []field

type field struct {
	name  string
	value any
}

// MarshalJSON writes the fields in their order, and <, > and & as they are.
func (o object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	b.WriteByte('{')
	for i, f := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		if err := encoder.Encode(f.name); err != nil {
			return nil, err
		}
		b.WriteByte(':')
		if err := encoder.Encode(f.value); err != nil {
			return nil, err
		}
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// JSON returns the schema, indented, with a newline at its end.
func JSON() []byte {
	root := append(object{
		{"$schema", "https://json-schema.org/draft/2020-12/schema"},
		{"$id", config.SchemaURL},
		{"title", "Settings of crm-tool"},
	}, section(config.Keys(), "")...)
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(root); err != nil {
		panic(fmt.Sprintf("encode the schema: %v", err)) // It has nothing but texts, numbers and lists.
	}
	return b.Bytes()
}

// section describes what may stand below a section, whose name ends with a dot; the
// empty one is the whole file.
func section(keys []config.Key, prefix string) object {
	var settings object
	below := map[string]bool{}
	for _, k := range keys {
		rest, inside := strings.CutPrefix(k.Name, prefix)
		name, _, nested := strings.Cut(rest, ".")
		switch {
		case !inside || below[name]:
		case nested:
			below[name] = true
			settings = append(settings, field{name, section(keys, prefix+name+".")})
		default:
			settings = append(settings, field{name, setting(k)})
		}
	}
	return object{{"type", types("object", "null")}, {"additionalProperties", false}, {"properties", settings}}
}

// setting describes one setting.
func setting(k config.Key) object {
	about := k.Doc + "\n\nIn the environment: " + k.Env() + "."
	if k.Shared {
		about += " Shared: crm-tool config set writes it into Odoo, for every host; here it counts for this host."
	}
	o := object{{"description", about}}
	if k.Default != "" {
		o = append(o, field{"default", defaultOf(k)})
	}
	return append(o, formOf(k)...)
}

// defaultOf returns the default as the file would have it.
func defaultOf(k config.Key) any {
	switch k.Kind {
	case config.Bool, config.Switch, config.Number, config.Decimal, config.Fraction, config.OpportunityRules:
		return json.RawMessage(k.Default)
	case config.Days:
		return json.RawMessage("[" + k.Default + "]")
	case config.Rules:
		return strings.Split(k.Default, ",")
	default:
		return k.Default
	}
}
