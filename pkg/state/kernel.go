package state

import "os"

// unknown stands for what a system does not tell.
const unknown = "unknown"

// kernel is what a journal asks of the operating system.
type kernel struct {
	// bootID names the time since the machine was started.
	bootID func() string
	// identity tells a file from its copies, and is unknown on a file system
	// that is not this machine's alone.
	identity func(*os.File) string
	// changed is when a file was changed last, in nanoseconds.
	changed func(*os.File) (at int64, ok bool)
	// now is the time with which changes of files are marked.
	now func() int64
}
