package xmlvalue

import (
	"bytes"
	"fmt"
	"math"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

// TimeLayout is how an instant is written, always in UTC.
const TimeLayout = "2006-01-02 15:04:05"

// Terms is a value that travels as a list.
type Terms interface {
	// Terms returns the list.
	Terms() []any
}

// memberName is what the codec can write as a name: it escapes none.
var memberName = regexp.MustCompile(`^[A-Za-z0-9_.-]+$`)

// Encode writes an XML-RPC methodCall.
func Encode(method string, params []any) ([]byte, error) {
	var to bytes.Buffer
	to.WriteString(`<?xml version="1.0" encoding="UTF-8"?><methodCall><methodName>` + method + "</methodName><params>")
	for _, p := range params {
		v, err := wire(p)
		if err != nil {
			return nil, err
		}
		to.WriteString("<param>")
		write(&to, v)
		to.WriteString("</param>")
	}
	to.WriteString("</params></methodCall>")
	return to.Bytes(), nil
}

// write writes a value that [wire] returned, as the codec does, which would copy it once
// for each list around it.
func write(to *bytes.Buffer, v any) {
	to.WriteString("<value>")
	switch v := v.(type) {
	case bool:
		digit := "0"
		if v {
			digit = "1"
		}
		to.WriteString("<boolean>" + digit + "</boolean>")
	case int64:
		to.WriteString("<int>")
		to.Write(strconv.AppendInt(to.AvailableBuffer(), v, 10))
		to.WriteString("</int>")
	case float64:
		to.WriteString("<double>")
		to.Write(strconv.AppendFloat(to.AvailableBuffer(), v, 'f', -1, 64))
		to.WriteString("</double>")
	case string:
		to.WriteString("<string>")
		_, _ = escapes().WriteString(to, v) // A buffer takes everything.
		to.WriteString("</string>")
	case []any:
		to.WriteString("<array><data>")
		for _, item := range v {
			write(to, item)
		}
		to.WriteString("</data></array>")
	case map[string]any:
		to.WriteString("<struct>")
		for name, member := range v {
			to.WriteString("<member><name>" + name + "</name>")
			write(to, member)
			to.WriteString("</member>")
		}
		to.WriteString("</struct>")
	}
	to.WriteString("</value>")
}

// escapes replaces what has a meaning in XML, and white space that a reader may change,
// as encoding/xml does.
var escapes = sync.OnceValue(func() *strings.Replacer { //nolint:gochecknoglobals // A constant that Go has no form for.
	return strings.NewReplacer(`"`, "&#34;", "'", "&#39;", "&", "&amp;", "<", "&lt;", ">", "&gt;", "\t", "&#x9;", "\n", "&#xA;", "\r", "&#xD;")
})

// IsName tells whether a text can be the name of a model, a method or a member.
func IsName(s string) bool { return memberName.MatchString(s) }

// Plain turns named values into those of which a call consists: bool, int64, float64,
// string, []any and map[string]any. nil becomes false, which is Odoo's null; an instant
// becomes its text in UTC, without fractions.
func Plain(named map[string]any) (any, error) { return wireStruct(reflect.ValueOf(named)) }

// wire turns a value into one that the codec writes as Odoo understands it:
// bool, int64, float64, string, []any and map[string]any. nil becomes false,
// which is Odoo's null; an instant becomes its text in UTC, without fractions.
func wire(v any) (any, error) {
	switch v := v.(type) {
	case nil:
		return false, nil
	case Terms:
		return wire(v.Terms())
	case time.Time:
		return v.UTC().Format(TimeLayout), nil
	}
	val := reflect.ValueOf(v)
	kind := val.Kind()
	switch {
	case kind == reflect.Bool:
		return val.Bool(), nil
	case val.CanInt():
		return val.Int(), nil
	case val.CanFloat() && !math.IsNaN(val.Float()) && !math.IsInf(val.Float(), 0):
		return val.Float(), nil
	case kind == reflect.String:
		return Text(val.String()), nil
	case kind == reflect.Slice && val.Type().Elem().Kind() != reflect.Uint8:
		return wireList(val)
	case kind == reflect.Map && val.Type().Key().Kind() == reflect.String:
		return wireStruct(val)
	}
	return nil, fmt.Errorf("encode %T for Odoo: XML-RPC has no such value", v)
}

func wireList(list reflect.Value) (any, error) {
	out := make([]any, list.Len())
	for i := range out {
		v, err := wire(list.Index(i).Interface())
		if err != nil {
			return nil, err
		}
		out[i] = v
	}
	return out, nil
}

func wireStruct(members reflect.Value) (any, error) {
	out := make(map[string]any, members.Len())
	for iter := members.MapRange(); iter.Next(); {
		name := iter.Key().String()
		if !memberName.MatchString(name) {
			return nil, fmt.Errorf("encode the member %q for Odoo: not a name", name)
		}
		v, err := wire(iter.Value().Interface())
		if err != nil {
			return nil, err
		}
		out[name] = v
	}
	return out, nil
}

// Text drops what XML 1.0 cannot carry (section 2.2), most of all control
// characters; Odoo does the same to what it sends. Bytes that are not UTF-8
// become U+FFFD.
func Text(s string) string {
	return strings.Map(func(r rune) rune {
		if inXML(r) {
			return r
		}
		return -1
	}, strings.ToValidUTF8(s, "\uFFFD"))
}

func inXML(r rune) bool {
	return r >= ' ' && r != '\uFFFE' && r != '\uFFFF' || r == '\t' || r == '\n' || r == '\r'
}
