// Command gendocs writes what is generated from the command line itself: the
// command reference (cli/*.md), the manual pages (man/*), the completions of shells
// (completion/*), and the schema of the configuration file, into the folder that it is
// given. Nothing in them depends on when or where it is run.
//
// With -check it writes nothing and fails when a file is not as it should be.
package main

//go:generate go run . ../../docs

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/crm-tool/crm-tool/pkg/cli"
)

func main() { os.Exit(run(os.Args[1:], os.Stderr)) }

// run writes or checks the files and returns the exit status.
func run(args []string, stderr io.Writer) int {
	flags := flag.NewFlagSet("gendocs", flag.ContinueOnError)
	flags.SetOutput(stderr)
	checking := flags.Bool("check", false, "write nothing; fail when a file is out of date")
	if err := flags.Parse(args); err != nil || flags.NArg() != 1 {
		_, _ = fmt.Fprintln(stderr, "usage: gendocs [-check] FOLDER")
		return 2
	}
	if err := generate(flags.Arg(0), *checking); err != nil {
		_, _ = fmt.Fprintln(stderr, "gendocs:", err)
		return 1
	}
	return 0
}

func generate(dir string, checking bool) error {
	wanted, err := files(cli.Tree())
	if err != nil {
		return err
	}
	stale, err := outOfDate(dir, wanted)
	if err != nil || len(stale) == 0 {
		return err
	}
	if checking {
		return fmt.Errorf("these files are not what the commands say; run: go generate ./...\n  %s", strings.Join(stale, "\n  "))
	}
	return write(dir, wanted, stale)
}

// folders are those that hold generated files and nothing else.
func folders() []string { return []string{"cli", "man", "completion"} }

// outOfDate returns the files below dir that lack, differ, or do not belong
// there.
func outOfDate(dir string, wanted map[string][]byte) ([]string, error) {
	var stale []string
	for name, content := range wanted {
		there, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		if err != nil || !bytes.Equal(there, content) {
			stale = append(stale, name)
		}
	}
	for _, folder := range folders() {
		entries, err := os.ReadDir(filepath.Join(dir, folder))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		for _, entry := range entries {
			name := folder + "/" + entry.Name()
			if _, ok := wanted[name]; !ok {
				stale = append(stale, name)
			}
		}
	}
	slices.Sort(stale)
	return stale, nil
}

// write brings the stale files up to date.
func write(dir string, wanted map[string][]byte, stale []string) error {
	for _, name := range stale {
		path := filepath.Join(dir, name)
		content, ok := wanted[name]
		err := os.MkdirAll(filepath.Dir(path), 0o755) //nolint:gosec // These are documents for everybody.
		switch {
		case err != nil:
		case ok:
			err = os.WriteFile(path, content, 0o644) //nolint:gosec // These are documents for everybody.
		default:
			err = os.Remove(path)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
