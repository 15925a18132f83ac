package cli

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/crm-tool/crm-tool/pkg/archive"
	"github.com/crm-tool/crm-tool/pkg/config"
	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/odoo"
)

// keepModels are the models whose names archive.keep may hold, by the kind of
// the rule.
func keepModels() map[string]string {
	return map[string]string{"stage": "crm.stage", "tag": "crm.tag"}
}

// keep resolves the rules of archive.keep. A name that Odoo does not have is a
// problem of the configuration.
func (s *session) keep(ctx context.Context, rules []string) (archive.Keep, error) {
	known := map[string][]odoo.Named{}
	for _, rule := range rules {
		kind, _, _ := strings.Cut(rule, ":")
		model := keepModels()[kind]
		if _, read := known[kind]; read || model == "" {
			continue
		}
		names, err := s.gateway.Names(ctx, model, s.odoo.Language)
		if err != nil {
			return archive.Keep{}, fmt.Errorf("read the names of %ss: %w", kind, err)
		}
		known[kind] = names
	}
	keep, problems := resolveKeep(rules, known)
	if len(problems) == 0 {
		return keep, nil
	}
	if value, err := s.settings.Value("archive.keep"); err == nil {
		for i := range problems {
			problems[i].Place = value.Source.String()
		}
	}
	return keep, &config.ProblemsError{Problems: problems}
}

// resolveKeep turns rules into what they keep. One name may be that of several
// records, such as the stages of several teams: all of them are kept.
func resolveKeep(rules []string, known map[string][]odoo.Named) (archive.Keep, []config.Problem) {
	var keep archive.Keep
	var problems []config.Problem
	for _, rule := range rules {
		kind, name, _ := strings.Cut(rule, ":")
		found := false
		for _, n := range known[kind] {
			if !strings.EqualFold(strings.TrimSpace(n.Name), strings.TrimSpace(name)) {
				continue
			}
			found = true
			if kind == "stage" {
				keep.Stages = append(keep.Stages, crm.StageID(n.ID))
			} else {
				keep.Tags = append(keep.Tags, crm.TagID(n.ID))
			}
		}
		switch {
		case rule == "won":
			keep.Won = true
		case rule == "open-activity":
			keep.OpenActivity = true
		case !found:
			problems = append(problems, unknownName(rule, kind, name, known[kind]))
		}
	}
	return keep, problems
}

// unknownName names the names that are near, or else some that there are.
func unknownName(rule, kind, name string, known []odoo.Named) config.Problem {
	var names []string
	for _, n := range known {
		names = append(names, n.Name)
	}
	slices.Sort(names)
	names = slices.Compact(names)
	p := config.Problem{Key: "archive.keep", Value: rule, Cause: "Odoo has no " + kind + " of this name"}
	if near := config.Nearest(name, names); near != "" {
		p.Nearest = kind + ":" + near
		return p
	}
	const some = 10
	p.Cause += "; it has " + cmp.Or(strings.Join(names[:min(some, len(names))], ", "), "none at all")
	if len(names) > some {
		p.Cause += " and others"
	}
	return p
}
