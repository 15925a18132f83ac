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

// maxDepth limits how deep elements may be nested in a request; a list in a list
// is three of them deeper.
const maxDepth = 200

// Decode reads an XML-RPC method call. Structs become map[string]any, arrays
// []any, integers int64, doubles float64, base64 and dates strings, nil becomes
// nil.
func Decode(r io.Reader) (method string, params []any, err error) {
	tokens := &limitedTokens{Decoder: xml.NewDecoder(r)}
	var call struct {
		XMLName xml.Name `xml:"methodCall"`
		Method  string   `xml:"methodName"`
		Params  []node   `xml:"params>param>value"`
	}
	if err := xml.NewTokenDecoder(tokens).Decode(&call); err != nil {
		var syntax *xml.SyntaxError
		if errors.Is(err, io.EOF) || errors.As(err, &syntax) { // as Python's parser says it
			line, column := tokens.InputPos()
			err = fmt.Errorf("no element found: line %d, column %d", line, column-1)
		}
		return "", nil, err
	}
	params, err = values(call.Params)
	return strings.TrimSpace(call.Method), params, err
}

// limitedTokens reads elements that are not nested too deeply.
type limitedTokens struct {
	*xml.Decoder
	depth int
}

// Token returns the next token.
func (l *limitedTokens) Token() (xml.Token, error) {
	t, err := l.Decoder.Token()
	switch t.(type) {
	case xml.StartElement:
		l.depth++
	case xml.EndElement:
		l.depth--
	}
	if l.depth > maxDepth {
		return nil, errors.New("nested too deeply")
	}
	return t, err
}

// node is an element of a request.
type node struct {
	XMLName xml.Name
	Text    string `xml:",chardata"`
	Nodes   []node `xml:",any"`
}

// child returns the first element of that name inside; a missing one is empty.
func (n node) child(name string) node {
	for _, c := range n.Nodes {
		if c.XMLName.Local == name {
			return c
		}
	}
	return node{}
}

// values returns what several value elements hold.
func values(nodes []node) ([]any, error) {
	list := make([]any, len(nodes))
	for i, n := range nodes {
		v, err := n.value()
		if err != nil {
			return nil, err
		}
		list[i] = v
	}
	return list, nil
}

// value returns what a value element holds; one without a type is a string.
func (n node) value() (any, error) {
	if len(n.Nodes) == 0 {
		return n.Text, nil
	}
	typed := n.Nodes[0]
	trimmed := strings.TrimSpace(typed.Text)
	switch typed.XMLName.Local {
	case "struct":
		members := map[string]any{}
		for _, m := range typed.Nodes {
			v, err := m.child("value").value()
			if err != nil {
				return nil, err
			}
			members[m.child("name").Text] = v
		}
		return members, nil
	case "array":
		return values(typed.child("data").Nodes)
	case "int", "i4", "i8":
		return strconv.ParseInt(trimmed, 10, 64)
	case "boolean":
		return trimmed == "1", nil
	case "double":
		return strconv.ParseFloat(trimmed, 64)
	case "string", "dateTime.iso8601":
		return typed.Text, nil
	case "base64":
		raw, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(trimmed), ""))
		return string(raw), err
	case "nil":
		return nil, nil
	}
	return nil, fmt.Errorf("unknown type %s", typed.XMLName.Local)
}
