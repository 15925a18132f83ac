package catalog

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"

	"github.com/crm-tool/crm-tool/templates"
)

// Copy writes the built-in files that a folder lacks. It returns how many those
// were, and which files existed already. Texts of mails are no secret, and the
// user that runs crm-tool must be able to read them.
func Copy(dir string) (written int, kept []string, err error) {
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
