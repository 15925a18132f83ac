package names

import (
	"context"
	"fmt"
	"slices"
	"strings"

	archiveplan "github.com/crm-tool/crm-tool/pkg/archive/plan"
	"github.com/crm-tool/crm-tool/pkg/config"
	"github.com/crm-tool/crm-tool/pkg/crm"
	feedbackplan "github.com/crm-tool/crm-tool/pkg/feedback/plan"
	"github.com/crm-tool/crm-tool/pkg/odoo/gateway"
	"github.com/crm-tool/crm-tool/pkg/questionnaire"
	"github.com/crm-tool/crm-tool/pkg/spelling"
)

// Keep resolves the rules of archive.keep.
func (r Resolver) Keep(ctx context.Context, rules []string) (archiveplan.Keep, error) {
	var keep archiveplan.Keep
	var unknown problems
	known := map[kind][]gateway.Named{}
	for _, rule := range rules {
		first, name, _ := strings.Cut(rule, ":")
		k := kind(first)
		switch {
		case rule == "won":
			keep.Won = true
			continue
		case rule == "open-activity":
			keep.OpenActivity = true
			continue
		case known[k] == nil:
			var err error
			if known[k], err = r.read(ctx, k); err != nil {
				return archiveplan.Keep{}, err
			}
		}
		found := called(known[k], name)
		if len(found) == 0 {
			unknown.unknown("archive.keep", rule, k, name, known[k])
		}
		for _, n := range found {
			if k == stage {
				keep.Stages = append(keep.Stages, crm.StageID(n.ID))
			} else {
				keep.Tags = append(keep.Tags, crm.TagID(n.ID))
			}
		}
	}
	return keep, r.asError(unknown)
}

// FeedbackPolicy resolves the activity types in feedback.rules. When feedback was
// installed is left to the caller.
func (r Resolver) FeedbackPolicy(ctx context.Context, c config.Feedback) (feedbackplan.Policy, error) {
	policy := feedbackplan.Policy{CooldownDays: c.CooldownDays, Questionnaire: unlessNone(c.Questionnaire)}
	if len(c.Rules) == 0 {
		return policy, nil
	}
	types, err := r.read(ctx, activityType)
	if err != nil {
		return policy, err
	}
	var unknown problems
	for _, rule := range c.Rules {
		chosen := feedbackplan.Rule{Questionnaire: unlessNone(rule.Questionnaire)}
		found := called(types, rule.ActivityType)
		if len(found) == 0 {
			unknown.unknown("feedback.rules", rule.ActivityType, activityType, rule.ActivityType, types)
		}
		for _, t := range found {
			chosen.Types = append(chosen.Types, crm.ActivityTypeID(t.ID))
		}
		policy.Rules = append(policy.Rules, chosen)
	}
	return policy, r.asError(unknown)
}

// unlessNone returns the name of a questionnaire, empty for the word that stands
// for asking nothing.
func unlessNone(name string) string {
	if name == questionnaire.None {
		return ""
	}
	return name
}

// Marking resolves feedback.score_field and feedback.tags.
func (r Resolver) Marking(ctx context.Context, c config.Feedback) (feedbackplan.Marking, error) {
	m := feedbackplan.Marking{Field: c.ScoreField}
	var unknown problems
	if c.ScoreField != "" {
		fields, err := r.Odoo.LeadFields(ctx)
		if err != nil {
			return m, fmt.Errorf("read the fields of opportunities: %w", err)
		}
		unknown = unfit(c.ScoreField, fields)
		m.Whole = fields[c.ScoreField].Type == "integer"
	}
	var tags []gateway.Named
	if len(c.Tags) > 0 {
		var err error
		if tags, err = r.read(ctx, tag); err != nil {
			return m, err
		}
	}
	for _, band := range c.Tags {
		found := called(tags, band.Tag)
		if len(found) == 0 {
			unknown.unknown("feedback.tags", band.Tag, tag, band.Tag, tags)
			continue
		}
		m.Tags = append(m.Tags, feedbackplan.ScoreTag{From: float64(band.From), Below: float64(band.Below), Tag: crm.TagID(found[0].ID)})
	}
	return m, r.asError(unknown)
}

// unfit says why a field of opportunities cannot take scores.
func unfit(name string, fields map[string]gateway.Field) problems {
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
		p.Cause, p.Nearest = "opportunities have no such field in Odoo: add one for decimal numbers there", spelling.Nearest(name, custom)
	case !numeric(field):
		p.Cause = "must be a field for numbers: in Odoo it is of the type " + field.Type
	case !field.Writable:
		p.Cause = "must be a field that can be written: in Odoo it is computed or read-only"
	default:
		return nil
	}
	return problems{p}
}
