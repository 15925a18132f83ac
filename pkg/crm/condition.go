package crm

import "slices"

// Condition is what an opportunity has to be like: of one of the teams, in one of
// the stages, with one of the tags, of one of the companies. A list that is empty
// asks for nothing, and the zero Condition holds for every opportunity.
type Condition struct {
	Teams  []TeamID
	Stages []StageID
	Tags   []TagID
	// Companies has 0 for opportunities without a company.
	Companies []CompanyID
}

// Holds tells whether the condition holds for an opportunity.
func (c Condition) Holds(o Opportunity) bool {
	hasTag := func(t TagID) bool { return slices.Contains(c.Tags, t) }
	return asked(c.Teams, o.Team) && asked(c.Stages, o.Stage.ID) && asked(c.Companies, o.Company) &&
		(len(c.Tags) == 0 || slices.ContainsFunc(o.Tags, hasTag))
}

// Always tells whether the condition holds for every opportunity.
func (c Condition) Always() bool {
	return len(c.Teams)+len(c.Stages)+len(c.Tags)+len(c.Companies) == 0
}

func asked[ID comparable](wanted []ID, has ID) bool {
	return len(wanted) == 0 || slices.Contains(wanted, has)
}

// Branch says whether opportunities for which a condition holds are meant.
type Branch struct {
	If    Condition
	Meant bool
}

// Choice is a list of branches: the first one whose condition holds for an
// opportunity decides whether it is meant. Without such a branch it is.
type Choice []Branch

// Has tells whether an opportunity is meant.
func (c Choice) Has(o Opportunity) bool {
	for _, b := range c {
		if b.If.Holds(o) {
			return b.Meant
		}
	}
	return true
}
