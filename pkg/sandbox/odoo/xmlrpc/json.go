package xmlrpc

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// JSON writes a result as Odoo answers it over JSON-2, where None can travel and a
// recordset is a list of ids.
func JSON(result any) ([]byte, error) {
	var b bytes.Buffer
	err := encodeJSON(&b, result)
	return b.Bytes(), err
}

func encodeJSON(b *bytes.Buffer, v any) error {
	switch v := v.(type) {
	case nil, None:
		b.WriteString("null")
	case Recordset:
		b.WriteString("[]")
	case float64:
		b.WriteString(pythonFloat(v))
	case bool, int, int64, string:
		encoder := json.NewEncoder(b)
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(v); err != nil {
			return err
		}
		b.Truncate(b.Len() - 1) // The line's end.
	case []any:
		return encodeEach(b, "[]", v, func(item any) error { return encodeJSON(b, item) })
	case Object:
		return encodeEach(b, "{}", v, func(m member) error {
			b.WriteString(strconv.Quote(m.name) + ": ")
			return encodeJSON(b, m.value)
		})
	default:
		return fmt.Errorf("Object of type %T is not JSON serializable", v)
	}
	return nil
}

// encodeEach writes items between brackets.
func encodeEach[T any](b *bytes.Buffer, brackets string, items []T, write func(T) error) error {
	b.WriteByte(brackets[0])
	for i, item := range items {
		if i > 0 {
			b.WriteString(", ")
		}
		if err := write(item); err != nil {
			return err
		}
	}
	b.WriteByte(brackets[1])
	return nil
}

// DecodeJSON reads the arguments of a call over JSON-2, as the values of [Decode].
func DecodeJSON(r io.Reader) (map[string]any, error) {
	d := json.NewDecoder(r)
	d.UseNumber()
	arguments := map[string]any{}
	err := d.Decode(&arguments)
	return Members(arguments), err
}

// number reads a JSON number.
func number(n json.Number) any {
	if !strings.ContainsAny(n.String(), ".eE") {
		if i, err := n.Int64(); err == nil {
			return i
		}
	}
	f, _ := n.Float64() // The decoder accepted it.
	return f
}
