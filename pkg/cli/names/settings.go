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
	"github.com/crm-tool/crm-tool/pkg/rule"
	"github.com/crm-tool/crm-tool/pkg/spelling"
)

// Named says whether a setting holds names that Odoo must have.
func Named(key string) bool {
	return slices.Contains([]string{"archive.keep", "reminders.opt_out_tag", "feedback.rules", "feedback.score_field", "feedback.tags", "rules"}, key)
}

// Check returns the problems of the names in a value of a setting, which need not
// be set yet, as a [config.ProblemsError].
func (r Resolver) Check(ctx context.Context, key, value string) error {
	if key == "rules" {
		list, err := rule.Parse(value)
		if err == nil {
			_, err = r.Rules(ctx, list)
		}
		return err
	}
	r.Settings = config.Shared(map[string]string{key: value})
	c, err := r.Settings.Config(0)
	if err != nil {
		return err
	}
	switch key {
	case "archive.keep":
		_, err = r.Keep(ctx, c.Archive.Keep)
	case "reminders.opt_out_tag":
		_, err = r.OptOut(ctx, c.Reminders.OptOutTag)
	case "feedback.rules":
		_, err = r.FeedbackPolicy(ctx, c.Feedback)
	case "feedback.score_field", "feedback.tags":
		_, err = r.Marking(ctx, c.Feedback)
	}
	return err
}

// Keep resolves the rules of archive.keep.
func (r Resolver) Keep(ctx context.Context, rules []string) (archiveplan.Keep, error) {
	var keep archiveplan.Keep
	names := r.lookup()
	for _, one := range rules {
		switch one {
		case "won":
			keep.Won = true
			continue
		case "open-activity":
			keep.OpenActivity = true
			continue
		case "unanswered":
			keep.Unanswered = true
			continue
		}
		first, name, _ := strings.Cut(one, ":")
		found, err := names.find(ctx, "archive.keep", one, kind(first), name)
		if err != nil {
			return archiveplan.Keep{}, err
		}
		if kind(first) == stage {
			keep.Stages = append(keep.Stages, ids[crm.StageID](found)...)
		} else {
			keep.Tags = append(keep.Tags, ids[crm.TagID](found)...)
		}
	}
	return keep, names.err()
}

// OptOut resolves reminders.opt_out_tag; no name is no tag.
func (r Resolver) OptOut(ctx context.Context, name string) ([]crm.TagID, error) {
	if name == "" {
		return nil, nil
	}
	names := r.lookup()
	found, err := names.find(ctx, "reminders.opt_out_tag", name, tag, name)
	if err != nil {
		return nil, err
	}
	return ids[crm.TagID](found), names.err()
}

// FeedbackPolicy resolves the activity types in feedback.rules. When feedback was
// installed is left to the caller.
func (r Resolver) FeedbackPolicy(ctx context.Context, c config.Feedback) (feedbackplan.Policy, error) {
	policy := feedbackplan.Policy{CooldownDays: c.CooldownDays, Questionnaire: unlessNone(c.Questionnaire)}
	names := r.lookup()
	for _, one := range c.Rules {
		types, err := names.find(ctx, "feedback.rules", one.ActivityType, activityType, one.ActivityType)
		if err != nil {
			return policy, err
		}
		policy.Rules = append(policy.Rules, feedbackplan.Rule{
			Types: ids[crm.ActivityTypeID](types), Questionnaire: unlessNone(one.Questionnaire),
		})
	}
	return policy, names.err()
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
	names := r.lookup()
	if c.ScoreField != "" {
		fields, err := r.Odoo.LeadFields(ctx)
		if err != nil {
			return m, fmt.Errorf("read the fields of opportunities: %w", err)
		}
		names.unknown = unfit(c.ScoreField, fields)
		m.Whole = fields[c.ScoreField].Type == "integer"
	}
	for _, band := range c.Tags {
		tags, err := names.find(ctx, "feedback.tags", band.Tag, tag, band.Tag)
		if err != nil {
			return m, err
		}
		if len(tags) > 0 {
			m.Tags = append(m.Tags, feedbackplan.ScoreTag{From: float64(band.From), Below: float64(band.Below), Tag: crm.TagID(tags[0].ID)})
		}
	}
	return m, names.err()
}

// unfit says why a field of opportunities cannot take scores.
func unfit(name string, fields map[string]gateway.Field) []config.Problem {
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
	return []config.Problem{p}
}
