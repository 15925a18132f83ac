package archive

// BeginWithPagesOf sets the size of the first page.
func (a *Run) BeginWithPagesOf(size int) { a.firstSize = size }
