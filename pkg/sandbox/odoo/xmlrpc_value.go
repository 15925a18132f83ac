package odoo

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// dateTimeLayout and dateLayout are how Odoo writes times, always in UTC.
const (
	dateTimeLayout = "2006-01-02 15:04:05"
	dateLayout     = "2006-01-02"
)

// normalize turns what Go code passes into what arrives over the wire.
func normalize(v any) any {
	switch v := v.(type) {
	case int:
		return int64(v)
	case time.Time:
		return v.UTC().Format(dateTimeLayout)
	case []any:
		return each(v)
	case []int64:
		return each(v)
	case []int:
		return each(v)
	case []string:
		return each(v)
	case map[string]any:
		return eachMember(v)
	default:
		return v
	}
}

// each normalizes the items of a list.
func each[T any](items []T) []any {
	list := make([]any, len(items))
	for i, item := range items {
		list[i] = normalize(item)
	}
	return list
}

// eachMember normalizes the members of a struct.
func eachMember(members map[string]any) map[string]any {
	m := make(map[string]any, len(members))
	for name, value := range members {
		m[name] = normalize(value)
	}
	return m
}

// plain turns the objects of a result into maps, and what cannot
// travel into nil.
func plain(v any) any {
	switch v := v.(type) {
	case none, recordset:
		return nil
	case object:
		m := make(map[string]any, len(v))
		for _, member := range v {
			m[member.name] = plain(member.value)
		}
		return m
	case []any:
		items := make([]any, len(v))
		for i, item := range v {
			items[i] = plain(item)
		}
		return items
	default:
		return v
	}
}

// python prints a value as Python's repr does.
func python(v any) string {
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
			items[i] = python(item)
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
