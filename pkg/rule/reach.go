package rule

import "github.com/crm-tool/crm-tool/pkg/crm"

// maxLooks bounds how many opportunities are imagined for one rule.
const maxLooks = 10_000

// Unreachable returns the rules that never count, because earlier ones count for
// whatever they would be about. It looks at the conditions by ids.
func (l List) Unreachable() []Rule {
	var never []Rule
	for i, r := range l {
		if l[:i].cover(r.If) {
			never = append(never, r)
		}
	}
	return never
}

// cover tells whether one of the rules counts for every opportunity for which a
// condition holds. What a condition leaves open is imagined as something that no rule
// names, and of several tags only one is there: who has more meets more conditions.
func (l List) cover(c crm.Condition) bool {
	teams, stages, tags, companies := open(c.Teams), open(c.Stages), open(c.Tags), open(c.Companies)
	if len(teams)*len(stages)*len(tags)*len(companies) > maxLooks {
		return false
	}
	for _, team := range teams {
		for _, stage := range stages {
			for _, company := range companies {
				for _, tag := range tags {
					o := crm.Opportunity{Team: team, Stage: crm.Stage{ID: stage}, Company: company, Tags: []crm.TagID{tag}}
					if l.For(o).Number == 0 {
						return false
					}
				}
			}
		}
	}
	return true
}

// open returns the ids of a condition, or one that no record has.
func open[ID ~int64](ids []ID) []ID {
	if len(ids) == 0 {
		return []ID{-1}
	}
	return ids
}
