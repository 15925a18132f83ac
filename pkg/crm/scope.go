package crm

// Scope selects active opportunities: those of its Windows that have no entry
// of Kind for the window's step yet, and those in Also whatever entries they
// have, within the windows too. Among, unless it is empty, names those that come
// into question.
type Scope struct {
	Kind    EntryKind
	Windows []Window
	Also    []OpportunityID
	Among   []OpportunityID
}

// Shard is the part of the records that a run takes: the Index-th of Count,
// by opportunity id. The zero value takes all.
type Shard struct {
	Index, Count int
}

// Has returns whether the record belongs to the shard.
func (s Shard) Has(id OpportunityID) bool {
	return s.Count <= 1 || int64(id)%int64(s.Count) == int64(s.Index)
}
