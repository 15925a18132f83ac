package run

import (
	"slices"

	"github.com/crm-tool/crm-tool/pkg/crm"
)

// distinct returns the ids without zeros and repetitions, ascending.
func distinct[T ~int64](ids []T) []T {
	ids = slices.DeleteFunc(slices.Clone(ids), func(id T) bool { return id == 0 })
	slices.Sort(ids)
	return slices.Compact(ids)
}

func byID(list []crm.Opportunity) map[crm.OpportunityID]crm.Opportunity {
	opportunities := make(map[crm.OpportunityID]crm.Opportunity, len(list))
	for _, o := range list {
		opportunities[o.ID] = o
	}
	return opportunities
}

func idsOf(list []crm.Opportunity) []crm.OpportunityID {
	ids := make([]crm.OpportunityID, len(list))
	for i, o := range list {
		ids[i] = o.ID
	}
	return ids
}

func onOf(entries []crm.Entry) []crm.OpportunityID {
	on := make([]crm.OpportunityID, len(entries))
	for i, e := range entries {
		on[i] = e.On
	}
	return on
}

func ids(entries []crm.Entry) []crm.EntryID {
	list := make([]crm.EntryID, len(entries))
	for i, e := range entries {
		list[i] = e.ID
	}
	return list
}
