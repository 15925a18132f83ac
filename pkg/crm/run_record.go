package crm

// RunRecord is the history of one run as it is kept: two texts, so that a list
// of runs need not read what each of them did. They hold ids and words of
// crm-tool's own, no names and no addresses.
type RunRecord struct {
	// Run is the run's name.
	Run string
	// Head says what the run was and how much it did, Items what became of
	// each record.
	Head, Items string
}
