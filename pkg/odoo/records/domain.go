package records

import (
	"slices"
	"time"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/odoo"
)

// Active selects active opportunities.
func Active() odoo.Domain {
	return odoo.And(odoo.Term("type", "=", "opportunity"), odoo.Term("active", "=", true))
}

// Due selects active opportunities within one of the windows. One whose step
// has an entry is left out. The Message-ID alone decides, since a domain cannot
// ask for two properties of the same message; Also names those that must be
// looked at in spite of their entry.
//
// The windows stand there twice. PostgreSQL tests the cheapest of what must hold first,
// but within an alternative what it reads first: it would look for the entries of every
// active opportunity.
//
// If c is not zero, it tells of the windows, see [crm.Conversions.Tell]: the opportunities
// are found by when they were made.
func Due(s crm.Scope, c crm.Conversions) odoo.Domain {
	// Looking for entries is what takes Odoo long, so each step is looked for once.
	var steps []int
	var windows []odoo.Domain
	ofStep := map[int][]odoo.Domain{}
	for _, w := range s.Windows {
		if ofStep[w.Step] == nil {
			steps = append(steps, w.Step)
		}
		theirs := odoo.Domain{}
		if len(w.Resources) > 0 {
			theirs = odoo.Term("user_id.resource_ids", "in", w.Resources)
		}
		ofStep[w.Step] = append(ofStep[w.Step], odoo.And(origin(w), chosen(w.Of), theirs))
		windows = append(windows, origin(w))
	}
	due := make([]odoo.Domain, len(steps))
	for i, step := range steps {
		open := odoo.Not(odoo.Term("message_ids.message_id", "=like", s.Kind.StepMessageIDs(step)))
		if len(s.Also) > 0 {
			open = odoo.Or(open, odoo.Term("id", "in", s.Also))
		}
		due[i] = odoo.And(odoo.Or(ofStep[step]...), open)
	}
	named := odoo.Domain{}
	if len(s.Among) > 0 {
		named = odoo.Term("id", "in", s.Among)
	}
	if without := besides(s.Without, s.Also); len(without) > 0 {
		named = odoo.And(named, odoo.Not(odoo.Term("id", "in", without)))
	}
	return odoo.And(Active(), named, won(s.Won), made(s.Windows, c), odoo.Or(windows...), odoo.Or(due...))
}

// besides returns the ids that are not among others.
func besides(ids, others []crm.OpportunityID) []crm.OpportunityID {
	return slices.DeleteFunc(slices.Clone(ids), func(id crm.OpportunityID) bool { return slices.Contains(others, id) })
}

// Done selects active opportunities within one of the windows that have an entry.
func Done(s crm.Scope) odoo.Domain {
	var windows, entries []odoo.Domain
	for _, w := range s.Windows {
		windows = append(windows, origin(w))
		entries = append(entries, odoo.Term("message_ids.message_id", "=like", s.Kind.StepMessageIDs(w.Step)))
	}
	return odoo.And(Active(), won(s.Won), odoo.Or(windows...), odoo.Or(entries...))
}

// made selects all that can be within the windows, by fields of which PostgreSQL has
// indexes; all opportunities if nothing is known of conversions.
func made(windows []crm.Window, c crm.Conversions) odoo.Domain {
	if c.At.IsZero() {
		return odoo.And()
	}
	converted := []odoo.Domain{odoo.Term("create_date", ">=", c.Created)}
	if len(c.Among) > 0 {
		converted = append(converted, odoo.Term("id", "in", c.Among))
	}
	for _, w := range windows {
		converted = append(converted, within("create_date", w))
	}
	return odoo.Or(converted...)
}

// Converted selects the opportunities that were leads until some time or later.
func Converted(since time.Time) odoo.Domain { return odoo.Term("date_conversion", ">=", since) }

// won selects by what the stage says. An opportunity without one is not won.
func won(w crm.WonFilter) odoo.Domain {
	switch w {
	case crm.NotWon:
		return odoo.Or(odoo.Term("stage_id", "=", false), odoo.Term("stage_id.is_won", "=", false))
	case crm.OnlyWon:
		return odoo.Term("stage_id.is_won", "=", true)
	case crm.WonOrNot:
	}
	return odoo.And()
}

// origin selects what began within the window, see [crm.Opportunity.Origin].
func origin(w crm.Window) odoo.Domain {
	return odoo.Or(
		odoo.And(odoo.Term("date_conversion", "=", false), within("create_date", w)),
		within("date_conversion", w),
	)
}

// within selects by a time that is within the window.
func within(field string, w crm.Window) odoo.Domain {
	if w.From.IsZero() {
		return odoo.Term(field, "<", w.Until)
	}
	return odoo.And(odoo.Term(field, ">=", w.From), odoo.Term(field, "<", w.Until))
}

// chosen selects the opportunities that a choice has.
func chosen(c crm.Choice) odoo.Domain {
	rest := odoo.And()
	for _, b := range slices.Backward(c) {
		if b.Meant {
			rest = odoo.Or(condition(b.If), rest)
		} else {
			rest = odoo.And(odoo.Not(condition(b.If)), rest)
		}
	}
	return rest
}

// condition selects the opportunities for which a condition holds.
func condition(c crm.Condition) odoo.Domain {
	return odoo.And(
		among("team_id", c.Teams), among("stage_id", c.Stages), among("tag_ids", c.Tags), among("company_id", c.Companies),
	)
}

// among selects by the ids in a field; no ids select all, and 0 is an empty field.
func among[ID ~int64](field string, ids []ID) odoo.Domain {
	if len(ids) == 0 {
		return odoo.And()
	}
	there := slices.DeleteFunc(slices.Clone(ids), func(id ID) bool { return id == 0 })
	if len(there) == len(ids) {
		return odoo.Term(field, "in", ids)
	}
	return odoo.Or(odoo.Term(field, "=", false), odoo.Term(field, "in", there))
}

// clocksApart is more than Odoo's clock and the one that dates its records ever differ.
const clocksApart = time.Hour

// Unseen selects the messages that a search has to look at which is about the open claims
// of a kind and the mails since some time, and returns when all were looked at last.
func Unseen(l crm.Looked, kind crm.EntryKind, since, now time.Time) (odoo.Domain, time.Time) {
	mark, ok := l.Mark(kind, now)
	up := mark.Up
	if !since.IsZero() {
		up = min(up, before(l, since))
	}
	if !ok || up == 0 {
		return odoo.And(), now
	}
	return odoo.Or(odoo.Term("id", ">", up), odoo.Term("id", "in", mark.Open)), mark.Full
}

// Since selects the messages that were written since some time. PostgreSQL has an index of
// their ids, and none of their times.
func Since(l crm.Looked, since time.Time) odoo.Domain {
	return odoo.And(odoo.Term("create_date", ">=", since), odoo.Term("id", ">", before(l, since)))
}

// before returns an id below those of all messages that were written since some time.
func before(l crm.Looked, since time.Time) crm.EntryID { return l.Before(since.Add(-clocksApart)) }
