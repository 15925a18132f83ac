package names

import (
	"context"
	"fmt"
	"slices"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/odoo/gateway"
	"github.com/crm-tool/crm-tool/pkg/rule"
)

// Rules resolves the conditions of rules. Without a rule it asks nothing.
func (r Resolver) Rules(ctx context.Context, list rule.List) (rule.List, error) {
	names := r.lookup()
	resolved := slices.Clone(list)
	for i, one := range list {
		c, err := names.condition(ctx, one)
		if err != nil {
			return nil, err
		}
		resolved[i].If = c
	}
	if err := names.err(); err != nil {
		return nil, err
	}
	return resolved, nil
}

// condition resolves the conditions of one rule. Opportunities without a company are
// written to in the name of the user's.
func (l *lookup) condition(ctx context.Context, r rule.Rule) (c crm.Condition, err error) {
	find := func(k kind, names []string) (all []gateway.Named) {
		for _, name := range names {
			if err != nil {
				return nil
			}
			var found []gateway.Named
			before := len(l.unknown)
			found, err = l.findFirst(ctx, "rules", name, k, name)
			for i := range l.unknown[before:] {
				l.unknown[before+i].Cause = fmt.Sprintf("in rule %d: %s", r.Number, l.unknown[before+i].Cause)
			}
			all = append(all, found...)
		}
		return all
	}
	c.Teams = crm.Distinct(ids[crm.TeamID](find(team, r.Names.Team)))
	c.Stages = crm.Distinct(ids[crm.StageID](find(stage, r.Names.Stage)))
	c.Tags = crm.Distinct(ids[crm.TagID](find(tag, r.Names.Tag)))
	c.Companies = crm.Distinct(ids[crm.CompanyID](find(company, r.Names.Company)))
	if slices.Contains(c.Companies, l.Company) {
		c.Companies = append(c.Companies, 0)
	}
	return c, err
}
