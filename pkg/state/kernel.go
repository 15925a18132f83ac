package state

import "os"

// unknown stands for what a system does not report.
const unknown = "unknown"

// kernel is what a journal asks of the operating system.
type kernel struct {
	// bootID returns an id that is new after each start of the machine.
	bootID func() string
	// identity returns an id that no copy of a file shares. It is unknown on a
	// file system that other machines may use as well.
	identity func(*os.File) string
	// changed returns when a file was changed last, in nanoseconds.
	changed func(*os.File) (at int64, ok bool)
	// now returns the time that changed would return for a change made now.
	now func() int64
}
