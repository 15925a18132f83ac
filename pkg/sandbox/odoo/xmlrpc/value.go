package xmlrpc

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// normalize turns what Go code passes into what arrives over the wire.
func normalize(v any) any {
	switch v := v.(type) {
	case int:
		return int64(v)
	case json.Number:
		return number(v)
	case time.Time:
		return v.UTC().Format(time.DateTime)
	case []any:
		return List(v)
	case []int64:
		return List(v)
	case []string:
		return List(v)
	case map[string]any:
		return Members(v)
	default:
		return v
	}
}

// List normalizes the items of a list.
func List[T any](items []T) []any {
	list := make([]any, len(items))
	for i, item := range items {
		list[i] = normalize(item)
	}
	return list
}

// Members normalizes the members of a struct.
func Members(members map[string]any) map[string]any {
	m := make(map[string]any, len(members))
	for name, value := range members {
		m[name] = normalize(value)
	}
	return m
}

// Plain turns the objects of a result into maps, and what cannot
// travel into nil.
func Plain(v any) any {
	switch v := v.(type) {
	case None, Recordset:
		return nil
	case Object:
		m := make(map[string]any, len(v))
		for _, member := range v {
			m[member.name] = Plain(member.value)
		}
		return m
	case []any:
		items := make([]any, len(v))
		for i, item := range v {
			items[i] = Plain(item)
		}
		return items
	default:
		return v
	}
}

// Repr prints a value as Python's repr does.
func Repr(v any) string {
	switch v := v.(type) {
	case nil:
		return "None"
	case bool:
		return map[bool]string{true: "True", false: "False"}[v]
	case string:
		if strings.Contains(v, "'") && !strings.Contains(v, `"`) {
			return `"` + v + `"`
		}
		return "'" + strings.ReplaceAll(v, "'", `\'`) + "'"
	case []any:
		items := make([]string, len(v))
		for i, item := range v {
			items[i] = Repr(item)
		}
		return "[" + strings.Join(items, ", ") + "]"
	case float64:
		return pythonFloat(v)
	default:
		return fmt.Sprint(v)
	}
}

// pythonFloat prints a float as Python's repr does for usual magnitudes.
func pythonFloat(f float64) string {
	s := strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(s, ".") {
		s += ".0"
	}
	return s
}
