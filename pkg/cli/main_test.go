package cli

import (
	"bytes"
	"io/fs"
	"strings"
	"testing"
	"time"

	"github.com/crm-tool/crm-tool/pkg/hostfile"
)

// runTool starts the program with arguments and returns what it prints.
func runTool(t *testing.T, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	clock := func() time.Time { return time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC) }
	status = Main(Env{
		Args: args, Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs, Clock: clock,
		Environ: []string{"HOME=" + t.TempDir()}, Abort: func(int) {}, Files: untouched{},
	})
	return status, out.String(), errs.String()
}

// untouched is a host on which nobody has set up crm-tool, whatever this one
// is.
type untouched struct{ hostfile.Files }

// ReadFile does not find the configuration of this host.
func (f untouched) ReadFile(name string) ([]byte, error) {
	if strings.HasPrefix(name, "/etc/crm-tool/") {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return f.Files.ReadFile(name)
}

// Stat does not find it either.
func (f untouched) Stat(name string) (fs.FileInfo, error) {
	if strings.HasPrefix(name, "/etc/crm-tool/") {
		return nil, &fs.PathError{Op: "stat", Path: name, Err: fs.ErrNotExist}
	}
	return f.Files.Stat(name)
}
