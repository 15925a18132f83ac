package crm

import (
	"slices"
)

// Distinct returns the ids without zeros and repetitions, ascending.
func Distinct[T ~int64](ids []T) []T {
	ids = slices.DeleteFunc(slices.Clone(ids), func(id T) bool { return id == 0 })
	slices.Sort(ids)
	return slices.Compact(ids)
}

func ByID(list []Opportunity) map[OpportunityID]Opportunity {
	opportunities := make(map[OpportunityID]Opportunity, len(list))
	for _, o := range list {
		opportunities[o.ID] = o
	}
	return opportunities
}

func OpportunityIDs(list []Opportunity) []OpportunityID {
	ids := make([]OpportunityID, len(list))
	for i, o := range list {
		ids[i] = o.ID
	}
	return ids
}

func OpportunitiesOf(entries []Entry) []OpportunityID {
	on := make([]OpportunityID, len(entries))
	for i, e := range entries {
		on[i] = e.On
	}
	return on
}

func EntryIDs(entries []Entry) []EntryID {
	list := make([]EntryID, len(entries))
	for i, e := range entries {
		list[i] = e.ID
	}
	return list
}
