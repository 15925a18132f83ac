package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"github.com/crm-tool/crm-tool/pkg/cli/command"
	"github.com/crm-tool/crm-tool/templates"
)

func newTemplatesInitCmd(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:   "init DIR",
		Short: "Copy the built-in templates and questionnaires into a folder, to be changed",
		Long: "Copy the built-in templates and questionnaires into the folder DIR, which is made when it is missing. A file\n" +
			"that is there already is never touched. Delete the files that you do not change: the built-in ones take their\n" +
			"place, also those of later versions.",
		Example: "  crm-tool templates init ~/crm-tool-templates",
		Args:    command.Exactly(1),
		RunE:    func(_ *cobra.Command, args []string) error { return g.runTemplatesInit(args[0]) },
	}
}

func (g *globals) runTemplatesInit(dir string) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	written, kept, err := copyTemplates(dir)
	if err != nil || g.Quiet {
		return err
	}
	if err := g.Print("%d files written to %s\n", written, dir); err != nil {
		return err
	}
	const few = 5
	switch {
	case len(kept) > few:
		g.Say("%d were there already and are left as they are\n", len(kept))
	case len(kept) > 0:
		g.Say("left as they are, because they were there already: %s\n", strings.Join(kept, ", "))
	}
	g.Say("A mail has three files: its subject, its HTML for most people, and its txt for the others, which says the same.\n"+
		"Next: change what you like, delete what you do not change, and then\n"+
		"  crm-tool config set templates.dir %s\n"+
		"  crm-tool templates check\n"+
		"  crm-tool preview remind OPPORTUNITY\n", shellWord(dir))
	return nil
}

// copyTemplates writes the built-in files that the folder lacks, and returns
// how many they were and which were there already. Texts of mails are no
// secret, and whoever runs crm-tool has to read them.
func copyTemplates(dir string) (written int, kept []string, err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // others may read it; see above
		return 0, nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return 0, nil, err
	}
	// Nothing is written through the folder's own handle.
	defer func() { _ = root.Close() }()
	err = fs.WalkDir(templates.FS, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		switch err := copyTemplate(root, name); {
		case errors.Is(err, fs.ErrExist):
			kept = append(kept, name)
		case err != nil:
			return fmt.Errorf("write a template into %s: %w", dir, err)
		default:
			written++
		}
		return nil
	})
	return written, kept, err
}

// copyTemplate writes one built-in file; it must be new.
func copyTemplate(root *os.Root, name string) error {
	text, err := fs.ReadFile(templates.FS, name)
	if err != nil {
		return err
	}
	if folder := path.Dir(name); folder != "." {
		if err := root.MkdirAll(folder, 0o755); err != nil {
			return err
		}
	}
	f, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	return errors.Join(err, f.Close())
}

var plainWord = regexp.MustCompile(`^[A-Za-z0-9_./:@%+=,~-]+$`)

// shellWord writes a text as one word of a shell's command line.
func shellWord(s string) string {
	if plainWord.MatchString(s) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
