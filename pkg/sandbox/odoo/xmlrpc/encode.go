package xmlrpc

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Object is a struct of an answer. Its members keep their order, as those of
// a Python dict do.
type Object []member

// member is one name and value of an object.
type member struct {
	name  string
	value any
}

// NewObject returns an object with these names, each followed by its value.
func NewObject(pairs ...any) Object { return Object{}.With(pairs...) }

// With returns the object with more names, each followed by its value.
func (o Object) With(pairs ...any) Object {
	for pair := range slices.Chunk(pairs, 2) {
		name, _ := pair[0].(string)
		o = append(o, member{name, pair[1]})
	}
	return o
}

// None is Python's None: the result of a method that returns nothing.
type None struct{}

// Recordset is a result that is neither a value nor a list of them: the name
// of the model whose record a method returned.
type Recordset string

// errNone says that a value cannot travel over XML-RPC.
var errNone = errors.New("cannot marshal None unless allow_none is enabled")

// Response writes the answer to a call, byte for byte as that version of
// Odoo does.
func Response(version int, result any) ([]byte, error) {
	var b bytes.Buffer
	if err := encodeValue(&b, result); err != nil {
		return nil, err
	}
	return envelope(version, "<params>\n<param>\n"+b.String()+"</param>\n</params>\n"), nil
}

// Fault writes a fault.
func Fault(version, code int, text string) []byte {
	return envelope(version, fmt.Sprintf("<fault>\n<value><struct>\n<member>\n<name>faultCode</name>\n<value><int>%d</int></value>\n"+
		"</member>\n<member>\n<name>faultString</name>\n<value><string>%s</string></value>\n"+
		"</member>\n</struct></value>\n</fault>\n", code, Escape(text)))
}

// envelope wraps an answer. Up to 17 Python's marshaller writes it, from 18 on
// a template of Odoo's own.
func envelope(version int, content string) []byte {
	if version < 18 {
		return []byte("<?xml version='1.0'?>\n<methodResponse>\n" + content + "</methodResponse>\n")
	}
	return []byte("<?xml version=\"1.0\"?>\n<methodResponse>\n" + content + "\n</methodResponse>\n")
}

// encodeValue writes one value with its line break.
func encodeValue(b *bytes.Buffer, v any) error {
	switch v := v.(type) {
	case bool:
		n := 0
		if v {
			n = 1
		}
		fmt.Fprintf(b, "<value><boolean>%d</boolean></value>\n", n)
	case int:
		fmt.Fprintf(b, "<value><int>%d</int></value>\n", v)
	case int64:
		fmt.Fprintf(b, "<value><int>%d</int></value>\n", v)
	case float64:
		fmt.Fprintf(b, "<value><double>%s</double></value>\n", pythonFloat(v))
	case string:
		fmt.Fprintf(b, "<value><string>%s</string></value>\n", Escape(v))
	case []any:
		return encodeArray(b, v)
	case Object:
		return encodeObject(b, v)
	case None:
		return errNone
	case Recordset:
		return fmt.Errorf("cannot marshal <class 'odoo.api.%s'> objects", string(v))
	default:
		return fmt.Errorf("cannot marshal %T", v)
	}
	return nil
}

// encodeArray writes an array.
func encodeArray(b *bytes.Buffer, items []any) error {
	b.WriteString("<value><array><data>\n")
	for _, item := range items {
		if err := encodeValue(b, item); err != nil {
			return err
		}
	}
	b.WriteString("</data></array></value>\n")
	return nil
}

// encodeObject writes a struct.
func encodeObject(b *bytes.Buffer, members Object) error {
	b.WriteString("<value><struct>\n")
	for _, m := range members {
		fmt.Fprintf(b, "<member>\n<name>%s</name>\n", Escape(m.name))
		if err := encodeValue(b, m.value); err != nil {
			return err
		}
		b.WriteString("</member>\n")
	}
	b.WriteString("</struct></value>\n")
	return nil
}

// Escape replaces what XML reserves, and drops the control characters that
// XML 1.0 cannot hold, as Odoo's marshaller does.
func Escape(s string) string {
	clean := strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' && r != '\n' && r != '\r' {
			return -1
		}
		return r
	}, s)
	// Most texts hold none of them; a Replacer would be built for each.
	for _, reserved := range [][2]string{{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}} {
		clean = strings.ReplaceAll(clean, reserved[0], reserved[1])
	}
	return clean
}
