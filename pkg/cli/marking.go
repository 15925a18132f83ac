package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/crm-tool/crm-tool/pkg/config"
	"github.com/crm-tool/crm-tool/pkg/crm"
	feedbackplan "github.com/crm-tool/crm-tool/pkg/feedback/plan"
	"github.com/crm-tool/crm-tool/pkg/odoo/gateway"
)

// marking resolves feedback.score_field and feedback.tags. A field or a tag that
// Odoo does not have is a problem of the configuration.
func (s *session) marking(ctx context.Context, c config.Feedback) (feedbackplan.Marking, error) {
	m := feedbackplan.Marking{Field: c.ScoreField}
	var problems []config.Problem
	if c.ScoreField != "" {
		fields, err := s.gateway.LeadFields(ctx)
		if err != nil {
			return m, fmt.Errorf("read the fields of opportunities: %w", err)
		}
		if problem, bad := unfit(c.ScoreField, fields); bad {
			problems = append(problems, problem)
		}
		m.Whole = fields[c.ScoreField].Type == "integer"
	}
	if len(c.Tags) > 0 {
		tags, err := s.gateway.Names(ctx, "crm.tag", s.odoo.Language)
		if err != nil {
			return m, fmt.Errorf("read the names of tags: %w", err)
		}
		for _, band := range c.Tags {
			i := slices.IndexFunc(tags, func(t gateway.Named) bool { return strings.EqualFold(strings.TrimSpace(t.Name), band.Tag) })
			if i < 0 {
				problem := unknownName("tag", band.Tag, tags)
				problem.Key, problem.Value = "feedback.tags", band.Tag
				problems = append(problems, problem)
				continue
			}
			m.Tags = append(m.Tags, feedbackplan.ScoreTag{From: float64(band.From), Below: float64(band.Below), Tag: crm.TagID(tags[i].ID)})
		}
	}
	return m, s.misfit(problems)
}

// unfit says why a field of opportunities cannot take scores.
func unfit(name string, fields map[string]gateway.Field) (config.Problem, bool) {
	p := config.Problem{Key: "feedback.score_field", Value: name}
	numeric := func(f gateway.Field) bool { return slices.Contains([]string{"float", "integer", "monetary"}, f.Type) }
	field, exists := fields[name]
	switch {
	case !exists:
		var custom []string
		for other, f := range fields {
			if strings.HasPrefix(other, "x_") && numeric(f) && f.Writable {
				custom = append(custom, other)
			}
		}
		slices.Sort(custom)
		p.Cause, p.Nearest = "opportunities have no such field in Odoo: add one for decimal numbers there", config.Nearest(name, custom)
	case !numeric(field):
		p.Cause = "must be a field for numbers: in Odoo it is of the type " + field.Type
	case !field.Writable:
		p.Cause = "must be a field that can be written: in Odoo it is computed or read-only"
	default:
		return p, false
	}
	return p, true
}
