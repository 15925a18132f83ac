package config

import "fmt"

// Layer is a place that settings come from. A higher one wins over a lower
// one, except that a switch is off if any layer says so.
type Layer int

// The layers, lowest first.
const (
	// FromDefault is the built-in value.
	FromDefault Layer = iota
	// FromOdoo is what all hosts share.
	FromOdoo
	// FromFile is the YAML file.
	FromFile
	// FromEnvironment is a variable whose name begins with CRM_TOOL_.
	FromEnvironment
)

// Source is where a value comes from.
type Source struct {
	Layer Layer
	// Name is the path of the file or the name of the variable; empty for
	// the other layers.
	Name string
	// Line counts from 1; it is 0 for everything but a file.
	Line int
}

// String names the source as a person would look for it, as in "default", "Odoo",
// "/etc/crm-tool/config.yaml:7" or "CRM_TOOL_SMTP_PORT".
func (s Source) String() string {
	switch s.Layer {
	case FromDefault:
		return "default"
	case FromOdoo:
		return "Odoo"
	case FromFile:
		if s.Line == 0 {
			return s.Name
		}
		return fmt.Sprintf("%s:%d", s.Name, s.Line)
	case FromEnvironment:
		return s.Name
	}
	return fmt.Sprintf("layer %d", int(s.Layer))
}
