package cli

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	archiveplan "github.com/crm-tool/crm-tool/pkg/archive/plan"
	"github.com/crm-tool/crm-tool/pkg/config"
	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/odoo/gateway"
)

// keepModels are the models whose names archive.keep may hold, by the kind of
// the rule.
func keepModels() map[string]string {
	return map[string]string{"stage": "crm.stage", "tag": "crm.tag"}
}

// keep resolves the rules of archive.keep. A name that Odoo does not have is a
// problem of the configuration.
func (s *session) keep(ctx context.Context, rules []string) (archiveplan.Keep, error) {
	known := map[string][]gateway.Named{}
	for _, rule := range rules {
		kind, _, _ := strings.Cut(rule, ":")
		model := keepModels()[kind]
		if _, read := known[kind]; read || model == "" {
			continue
		}
		names, err := s.gateway.Names(ctx, model, s.odoo.Language)
		if err != nil {
			return archiveplan.Keep{}, fmt.Errorf("read the names of %ss: %w", kind, err)
		}
		known[kind] = names
	}
	keep, problems := resolveKeep(rules, known)
	return keep, s.misfit(problems)
}

// resolveKeep turns rules into what they keep. One name may be that of several
// records, such as the stages of several teams: all of them are kept.
func resolveKeep(rules []string, known map[string][]gateway.Named) (archiveplan.Keep, []config.Problem) {
	var keep archiveplan.Keep
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
			problem := unknownName(kind, name, known[kind])
			problem.Key, problem.Value = "archive.keep", rule
			if problem.Nearest != "" {
				problem.Nearest = kind + ":" + problem.Nearest
			}
			problems = append(problems, problem)
		}
	}
	return keep, problems
}

// unknownName says that Odoo has no such name, and names the nearest, or else
// some that there are.
func unknownName(kind, name string, known []gateway.Named) config.Problem {
	var names []string
	for _, n := range known {
		names = append(names, n.Name)
	}
	slices.Sort(names)
	names = slices.Compact(names)
	p := config.Problem{Cause: "Odoo has no " + kind + " of this name", Nearest: config.Nearest(name, names)}
	if p.Nearest != "" {
		return p
	}
	const some = 10
	p.Cause += "; it has " + cmp.Or(strings.Join(names[:min(some, len(names))], ", "), "none at all")
	if len(names) > some {
		p.Cause += " and others"
	}
	return p
}

// misfit is the error about settings that Odoo has nothing for, with the place
// of each.
func (s *session) misfit(problems []config.Problem) error {
	if len(problems) == 0 {
		return nil
	}
	for i, p := range problems {
		if value, err := s.settings.Value(p.Key); err == nil {
			problems[i].Place = value.Source.String()
		}
	}
	return &config.ProblemsError{Problems: problems}
}
