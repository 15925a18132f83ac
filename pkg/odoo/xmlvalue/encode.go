package xmlvalue

import (
	"fmt"
	"math"
	"reflect"
	"regexp"
	"strings"
	"time"

	"github.com/kolo/xmlrpc"
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
	plain := make([]any, len(params))
	for i, p := range params {
		v, err := wire(p)
		if err != nil {
			return nil, err
		}
		plain[i] = v
	}
	return xmlrpc.EncodeMethodCall(method, plain...)
}

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
