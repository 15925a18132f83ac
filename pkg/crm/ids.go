package crm

import "slices"

// IDs returns an id of each element, without zeros and repetitions, ascending.
func IDs[T any, ID ~int64](list []T, id func(T) ID) []ID {
	ids := make([]ID, len(list))
	for i, element := range list {
		ids[i] = id(element)
	}
	return Distinct(ids)
}

// Distinct returns the ids without zeros and repetitions, ascending.
func Distinct[ID ~int64](ids []ID) []ID {
	ids = slices.DeleteFunc(slices.Clone(ids), func(id ID) bool { return id == 0 })
	slices.Sort(ids)
	return slices.Compact(ids)
}

// OpportunityIDs returns the ids of opportunities.
func OpportunityIDs(list []Opportunity) []OpportunityID {
	return IDs(list, func(o Opportunity) OpportunityID { return o.ID })
}

// OpportunitiesOf returns the opportunities whose chatter holds the entries.
func OpportunitiesOf(entries []Entry) []OpportunityID {
	return IDs(entries, func(e Entry) OpportunityID { return e.On })
}

// EntryIDs returns the ids of entries.
func EntryIDs(entries []Entry) []EntryID {
	return IDs(entries, func(e Entry) EntryID { return e.ID })
}

// ByID returns opportunities by their ids.
func ByID(list []Opportunity) map[OpportunityID]Opportunity {
	opportunities := make(map[OpportunityID]Opportunity, len(list))
	for _, o := range list {
		opportunities[o.ID] = o
	}
	return opportunities
}
