// Package xmlrpc reads the calls of Odoo's XML-RPC dialect and writes its
// answers, byte for byte as each version of Odoo does. It knows nothing of
// models: values are what [Decode] describes, and an answer's structs are
// [Object], whose members keep their order.
package xmlrpc

import (
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// maxDepth limits how deep values may be nested in a request.
const maxDepth = 64

// Decode reads an XML-RPC method call. Structs become map[string]any,
// arrays []any, integers int64, doubles float64, base64 and dates strings, nil
// becomes nil.
func Decode(r io.Reader) (method string, params []any, err error) {
	d := callDecoder{xml: xml.NewDecoder(r)}
	if err := d.expect("methodCall"); err != nil {
		return "", nil, err
	}
	if err := d.expect("methodName"); err != nil {
		return "", nil, err
	}
	if method, err = d.text(); err != nil {
		return "", nil, err
	}
	params, err = d.params()
	return strings.TrimSpace(method), params, err
}

// callDecoder walks over the tokens of one request.
type callDecoder struct {
	xml   *xml.Decoder
	depth int
}

// params reads what follows the method's name, up to the end of the call.
func (d *callDecoder) params() ([]any, error) {
	params := []any{}
	for {
		start, err := d.next()
		if err != nil {
			return nil, err
		}
		switch {
		case start == nil: // the end of a parameter, or of their list
			if d.depth == 0 {
				return params, nil
			}
			d.depth--
		case start.Name.Local == "value":
			v, err := d.value()
			if err != nil {
				return nil, err
			}
			params = append(params, v)
		case start.Name.Local == "params", start.Name.Local == "param":
			d.depth++
		default:
			return nil, fmt.Errorf("unexpected element %s", start.Name.Local)
		}
	}
}

// next returns the next start element, or nil at an end element.
func (d *callDecoder) next() (*xml.StartElement, error) {
	for {
		tok, err := d.xml.Token()
		if err != nil {
			return nil, d.ended(err)
		}
		switch t := tok.(type) {
		case xml.StartElement:
			return &t, nil
		case xml.EndElement:
			return nil, nil
		}
	}
}

// expect reads the start element of that name.
func (d *callDecoder) expect(name string) error {
	start, err := d.next()
	if err != nil {
		return err
	}
	if start == nil || start.Name.Local != name {
		return fmt.Errorf("expected element %s", name)
	}
	return nil
}

// ended words the end of a body as Python's XML parser does.
func (d *callDecoder) ended(err error) error {
	var syntax *xml.SyntaxError
	if errors.Is(err, io.EOF) || errors.As(err, &syntax) {
		line, column := d.xml.InputPos()
		return fmt.Errorf("no element found: line %d, column %d", line, column-1)
	}
	return err
}

// text reads the characters up to the end of the element that is open.
func (d *callDecoder) text() (string, error) {
	var b strings.Builder
	for {
		tok, err := d.xml.Token()
		if err != nil {
			return "", d.ended(err)
		}
		switch t := tok.(type) {
		case xml.CharData:
			b.Write(t)
		case xml.EndElement:
			return b.String(), nil
		case xml.StartElement:
			return "", fmt.Errorf("unexpected element %s", t.Name.Local)
		}
	}
}

// value reads one value whose start element was read, with its end element.
func (d *callDecoder) value() (any, error) {
	d.depth++
	defer func() { d.depth-- }()
	if d.depth > maxDepth {
		return nil, errors.New("nested too deeply")
	}
	var bare strings.Builder
	for {
		tok, err := d.xml.Token()
		if err != nil {
			return nil, d.ended(err)
		}
		switch t := tok.(type) {
		case xml.CharData:
			bare.Write(t)
		case xml.EndElement: // a value without a type is a string
			return bare.String(), nil
		case xml.StartElement:
			v, err := d.typed(t.Name.Local)
			if err != nil {
				return nil, err
			}
			_, err = d.text() // the end of the value
			return v, err
		}
	}
}

// typed reads the content of a type element, with its end element.
func (d *callDecoder) typed(kind string) (any, error) {
	switch kind {
	case "struct":
		return d.structure()
	case "array":
		return d.array()
	}
	s, err := d.text()
	if err != nil {
		return nil, err
	}
	switch kind {
	case "int", "i4", "i8":
		return strconv.ParseInt(strings.TrimSpace(s), 10, 64)
	case "boolean":
		return strings.TrimSpace(s) == "1", nil
	case "double":
		return strconv.ParseFloat(strings.TrimSpace(s), 64)
	case "string", "dateTime.iso8601":
		return s, nil
	case "base64":
		raw, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(s), ""))
		return string(raw), err
	case "nil":
		return nil, nil
	}
	return nil, fmt.Errorf("unknown type %s", kind)
}

// array reads the content of an array, with its end element.
func (d *callDecoder) array() ([]any, error) {
	if err := d.expect("data"); err != nil {
		return nil, err
	}
	items := []any{}
	for {
		start, err := d.next()
		if err != nil {
			return nil, err
		}
		if start == nil { // the end of data
			_, err := d.text()
			return items, err
		}
		v, err := d.value()
		if err != nil {
			return nil, err
		}
		items = append(items, v)
	}
}

// structure reads the content of a struct, with its end element.
func (d *callDecoder) structure() (map[string]any, error) {
	members := map[string]any{}
	for {
		start, err := d.next()
		if err != nil {
			return nil, err
		}
		if start == nil {
			return members, nil
		}
		if err := d.expect("name"); err != nil {
			return nil, err
		}
		name, err := d.text()
		if err != nil {
			return nil, err
		}
		if err := d.expect("value"); err != nil {
			return nil, err
		}
		v, err := d.value()
		if err != nil {
			return nil, err
		}
		members[name] = v
		if _, err := d.text(); err != nil { // the end of the member
			return nil, err
		}
	}
}
