package orm

import (
	"strings"
	"time"

	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/value"
	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/xmlrpc"
)

// chronology compares times. Up to 18 a value stands for its first instant and
// a date for the day in UTC; from 19 on a value stands for its whole second and
// a date for the day in the user's zone.
func (l leaf) chronology() func(any) bool {
	at := l.instant(l.value)
	s, _ := l.value.(string)
	width := time.Duration(0)
	switch {
	case len(s) == len(time.DateOnly):
		width = 24 * time.Hour
	case l.Version >= 19:
		width = time.Second
	}
	op := l.op
	if op == "<=" || op == ">" {
		switch {
		case width == 0:
		case l.Version < 19:
			at = at.Add(width - time.Second)
		default: // the instant after it is the first that is later
			op, at = map[string]string{"<=": "<", ">": ">="}[op], at.Add(width)
		}
	}
	return func(v any) bool {
		t, ok := v.(time.Time)
		return ok && value.InOrder(op, t.Compare(at))
	}
}

// instant reads a time of a domain.
func (l leaf) instant(v any) time.Time {
	s, _ := v.(string)
	zone := time.UTC
	if len(s) == len(time.DateOnly) && l.Version >= 19 {
		zone = l.Zone()
	}
	t, err := value.Time(s, zone, l.Version < 19)
	_, zoned := time.Parse(time.RFC3339, s)
	switch {
	case err == nil:
	case l.Version < 19:
		l.fail("psycopg2.errors.InvalidDatetimeFormat: invalid input syntax for type timestamp: %s\n", xmlrpc.Repr(v))
	case zoned == nil:
		l.fail("ValueError: expecting only datetimes with no timezone: %s", xmlrpc.Repr(v))
	case s == "":
		l.fail("ValueError: Failed to cast %s into a datetime", xmlrpc.Repr(v))
	default:
		l.fail("ValueError: Invalid term %s in expression date: %s", xmlrpc.Repr(s), xmlrpc.Repr(s))
	}
	return t
}

// Zone is the time zone of the context or of the user, else UTC.
func (e *Env) Zone() *time.Location {
	name, _ := e.Context["tz"].(string)
	if name == "" {
		name = e.Text(e.User, "tz")
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return time.UTC
	}
	return zone
}

// pattern compares with a pattern in which % stands for any characters and _
// for one. Without "=" in the operator the pattern may match anywhere.
func (l leaf) pattern() func(any) bool {
	wanted, _ := l.value.(string)
	op, negative := strings.CutPrefix(l.op, "not ")
	fold := strings.HasSuffix(op, "ilike")
	if !strings.HasPrefix(op, "=") {
		wanted = "%" + wanted + "%"
	}
	if fold {
		wanted = strings.ToLower(wanted)
	}
	matches := value.Like(wanted)
	return func(v any) bool {
		if v == nil {
			return negative
		}
		s, _ := v.(string)
		if fold {
			s = strings.ToLower(s)
		}
		return matches(s) != negative
	}
}
